"""A scorecard applied to a conversation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from grader.conversation import Conversation
from grader.grade import CriterionGrade, Question, State
from grader.scorecard.causes import Cause, Causes
from grader.scorecard.chance import LIKELY
from grader.scorecard.evidence import Highlight, evidence
from grader.scorecard.expression import Parsed, names
from grader.scorecard.findings import Findings, known
from grader.scorecard.observation import Observation
from grader.scorecard.plan import Plan, Resolved
from grader.scorecard.reasons import Language, Teller, join, language_of
from grader.scorecard.scorecard import Criterion, Deduction, Scorecard
from grader.scorecard.total import total


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """What is known of a criterion before calibration."""

    applies: float
    """Probability that it applies; 1 where it always does."""
    met: float | None
    """Probability that it is met where it applies; None where that cannot be measured (and it is likely not to apply)."""


Calibrate: TypeAlias = Callable[[Criterion, Question, float], float]
"""Turns the raw answer to a question about a criterion into one that keeps its word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What a scorecard says of a conversation."""

    criteria: tuple[CriterionGrade, ...]
    """In the scorecard's order."""
    score: float | None
    """0 to 100; None where no criterion could be judged."""
    passed: bool | None
    fatal: tuple[str, ...]
    """Names of the fatal conditions that were hit, or the criterion's id where any failure of it is fatal."""
    raw: Mapping[str, Raw]
    """By id, for the criteria that could be judged."""


@dataclass(frozen=True, slots=True)
class _Judged:
    grade: CriterionGrade
    raw: Raw | None = None
    fatal: tuple[str, ...] = ()


def as_is(_criterion: Criterion, _question: Question, probability: float) -> float:
    """Calibrate nothing."""
    return probability


def apply(
    scorecard: Scorecard,
    observation: Observation,
    *,
    calibrate: Calibrate = as_is,
    highlight: Highlight | None = None,
) -> Verdicts:
    """Judge every criterion.

    Args:
        scorecard: what to judge by.
        observation: the conversation with all that is known of it.
        calibrate: makes probabilities that keep their word.
        highlight: tells which words of a turn made the classifier give a label; without it, the whole turn is shown.
    """
    return Judge(scorecard, [observation]).verdicts(0, calibrate=calibrate, highlight=highlight)


def not_evaluated(scorecard: Scorecard, reason: str) -> Verdicts:
    """Judge nothing: the conversation is not fit for it.

    Args:
        scorecard: what would have been judged by.
        reason: a sentence, or one of the codes of ``grader.scorecard.reasons.Language.unfit``.
    """
    language = language_of(scorecard.language)
    told = language.unfit.get(reason)
    text = join([told], language) if told else reason
    grades = tuple(_unjudged(criterion, "not_evaluated", text) for criterion in scorecard.criteria)
    return Verdicts(criteria=grades, score=None, passed=None, fatal=(), raw={})


def _unjudged(criterion: Criterion, state: State, reason: str) -> CriterionGrade:
    return CriterionGrade(
        id=criterion.id, state=state, probability=None, points=0, max_points=0, reason=reason
    )


class Judge:
    """A scorecard applied to a batch of conversations: what can be is found out for all of them at once."""

    def __init__(self, scorecard: Scorecard, observations: Sequence[Observation]) -> None:
        self._scorecard = scorecard
        self._observations = observations
        self._findings = Findings(scorecard, observations)
        self._causes = Causes(scorecard, self._findings)

    def verdicts(
        self,
        conversation: int,
        *,
        calibrate: Calibrate = as_is,
        highlight: Highlight | None = None,
    ) -> Verdicts:
        """Judge every criterion on one conversation of the batch, as ``apply`` does."""
        scorecard, spoken = self._scorecard, self._observations[conversation].conversation
        hearing = _Hearing(
            scorecard=scorecard,
            findings=self._findings,
            causes=self._causes,
            at=conversation,
            conversation=spoken,
            teller=Teller(spoken, conversation, language_of(scorecard.language)),
            calibrate=calibrate,
            highlight=highlight,
        )
        judged = [hearing.judge(criterion) for criterion in scorecard.criteria]
        fatal = tuple(dict.fromkeys(code for item in judged for code in item.fatal))
        criteria = tuple(item.grade for item in judged)
        result = total(scorecard, criteria, fatal)
        return Verdicts(
            criteria=criteria,
            score=result.score,
            passed=result.passed,
            fatal=fatal,
            raw={item.grade.id: item.raw for item in judged if item.raw is not None},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hearing:
    """One conversation before the judge."""

    scorecard: Scorecard
    findings: Findings
    causes: Causes
    at: int
    """Index of the conversation in the batch."""
    conversation: Conversation
    teller: Teller
    calibrate: Calibrate
    highlight: Highlight | None

    @property
    def _language(self) -> Language:
        return language_of(self.scorecard.language)

    def judge(self, criterion: Criterion) -> _Judged:
        """Give the verdict on one criterion."""
        plan = self.scorecard.plans[criterion.id]
        if not (plan.applicable and criterion.applicable):
            return self._judge_met(criterion, plan, applies=1.0)
        applies = self.findings.chance(plan.applicable, self.at)
        if applies is None:
            return self._unmeasured(criterion, plan.applicable)
        applicability = self._calibrated(criterion, "applies", applies)
        if applicability >= LIKELY:
            judged = self._judge_met(criterion, plan, applies=applies)
        else:
            causes = self.causes.of(criterion.applicable.root, self.at, holds=False)
            reason = self._reason(causes, before=[self._language.not_applicable])
            raw = Raw(applies=applies, met=self._met(plan))
            judged = _Judged(_unjudged(criterion, "not_applicable", reason), raw)
        return replace(judged, grade=judged.grade.model_copy(update={"applicability": applicability}))

    def _judge_met(self, criterion: Criterion, plan: Plan, *, applies: float) -> _Judged:
        """Give the verdict on a criterion that applies."""
        met = self._met(plan)
        if met is None:
            return self._unmeasured(criterion, plan.goal)
        raw = Raw(applies=applies, met=met)
        probability = self._calibrated(criterion, "met", met)
        if abs(probability - criterion.decide_at) < self.scorecard.abstain_within:
            return _Judged(self._abstain(criterion, probability), raw)
        if probability >= criterion.decide_at:
            return _Judged(self._grade(criterion, probability, fatal=()), raw)
        fatal = self._fatal(criterion, plan, met, probability)
        return _Judged(self._grade(criterion, probability, fatal=fatal), raw, fatal)

    def _met(self, plan: Plan) -> float | None:
        met = self.findings.chance(plan.met, self.at)
        # A fatal condition that cannot be measured does not keep the rest from being judged.
        return self.findings.chance(plan.goal, self.at) if met is None else met

    def _calibrated(self, criterion: Criterion, question: Question, raw: float) -> float:
        return min(max(self.calibrate(criterion, question, raw), 0.0), 1.0)

    def _unmeasured(self, criterion: Criterion, asked: Resolved) -> _Judged:
        missing = [
            self.scorecard.conditions[name].name or name for name in self.findings.unmeasured(asked, self.at)
        ]
        said = self._language.unmeasured.format(self._language.between.join(missing))
        return _Judged(_unjudged(criterion, "not_evaluated", join([said], self._language)))

    def _abstain(self, criterion: Criterion, probability: float) -> CriterionGrade:
        said = self._language.close.format(
            probability=probability, line=criterion.decide_at, band=self.scorecard.abstain_within
        )
        causes = self.causes.of(criterion.question, self.at, holds=probability >= criterion.decide_at)
        return CriterionGrade(
            id=criterion.id,
            state="abstained",
            probability=probability,
            points=0,
            max_points=0,
            reason=self._reason(causes, before=[said]),
            evidence=evidence(causes, self.conversation, self.highlight),
        )

    def _grade(self, criterion: Criterion, probability: float, *, fatal: tuple[str, ...]) -> CriterionGrade:
        met = probability >= criterion.decide_at
        deductions = self._deductions(criterion)
        if fatal:
            points = 0.0
        elif deductions:
            points = max(criterion.points - sum(deduction.points for deduction in deductions), 0.0)
        else:
            points = criterion.points if met else 0.0
        costs = [
            self._language.deducted.format(points=deduction.points, reason=deduction.reason)
            for deduction in deductions
        ]
        causes = self.causes.of(criterion.question, self.at, holds=met)
        return CriterionGrade(
            id=criterion.id,
            state="met" if met else "not_met",
            probability=probability,
            points=points,
            max_points=criterion.points,
            reason=self._reason(causes, after=[self._language.fatal] if fatal else costs),
            evidence=evidence(causes, self.conversation, self.highlight),
        )

    def _deductions(self, criterion: Criterion) -> list[Deduction]:
        plans = self.scorecard.plans[criterion.id].deductions
        return [
            deduction
            for deduction, resolved in zip(criterion.deductions, plans, strict=True)
            if (self.findings.chance(resolved, self.at) or 0.0) >= LIKELY
        ]

    def _fatal(self, criterion: Criterion, plan: Plan, raw: float, probability: float) -> tuple[str, ...]:
        """Name what is fatal about a criterion that is not met: some one place must show it, not a sum of doubts."""
        if criterion.fatal is True:
            return (criterion.id,)
        if not isinstance(criterion.fatal, Parsed) or plan.fatal is None:
            return ()
        hit = self.findings.chance(plan.fatal, self.at)
        if not hit:
            return ()
        # What calibration takes from or gives to "not met" it takes from or gives to its fatal part in proportion.
        share = hit / max(1 - raw, hit)
        if (1 - probability) * share < LIKELY or not self._is_shown(plan.fatal):
            return ()
        chances = {
            name: known(float(self.findings.known(name)[self.at])) or 0.0
            for name in names(criterion.fatal.root)
        }
        return tuple(name for name, p in chances.items() if p >= min(LIKELY, max(chances.values())))

    def _is_shown(self, expression: Resolved) -> bool:
        """Tell whether one of the places that an expression rests on is likely by itself; what has no place need not."""
        places = [
            hit.probability for name in expression.names for hit in self.findings.of(name).hits(self.at)
        ]
        return max(places, default=1.0) >= LIKELY

    def _reason(
        self, causes: Sequence[Cause], *, before: Sequence[str] = (), after: Sequence[str] = ()
    ) -> str:
        return join([*before, *self.teller.tell(causes), *after], self._language)
