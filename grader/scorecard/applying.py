"""A scorecard applied to a conversation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.grade import CriterionGrade, State
from grader.scorecard.causes import Cause, Causes
from grader.scorecard.evidence import Highlight, evidence
from grader.scorecard.expression import Parsed, names
from grader.scorecard.findings import Findings
from grader.scorecard.observation import Observation
from grader.scorecard.plan import Plan, Resolved
from grader.scorecard.reasons import join, language_of, tell
from grader.scorecard.scorecard import Criterion, Deduction, Scorecard

LIKELY: Final = 0.5
"""Probability from which on something is taken to be so, where the scorecard sets no line of its own."""


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
    raw: Mapping[str, float]
    """By id, the probability of being met before calibration, for the criteria that apply and could be measured."""


@dataclass(frozen=True, slots=True)
class _Judged:
    grade: CriterionGrade
    raw: float | None = None
    fatal: tuple[str, ...] = ()


def as_is(_criterion: Criterion, probability: float) -> float:
    """Calibrate nothing."""
    return probability


def apply(
    scorecard: Scorecard,
    observation: Observation,
    *,
    calibrate: Callable[[Criterion, float], float] = as_is,
    highlight: Highlight | None = None,
) -> Verdicts:
    """Judge every criterion.

    Args:
        scorecard: what to judge by.
        observation: the conversation with all that is known of it.
        calibrate: turns the raw probability that a criterion is met into one that keeps its word.
        highlight: tells which words of a turn made the classifier give a label; without it, the whole turn is shown.
    """
    judge = _Judge(scorecard, observation, calibrate, highlight)
    judged = [judge.judge(criterion) for criterion in scorecard.criteria]
    fatal = tuple(dict.fromkeys(code for item in judged for code in item.fatal))
    score = 0.0 if fatal else _score(scorecard, [item.grade for item in judged])
    return Verdicts(
        criteria=tuple(item.grade for item in judged),
        score=score,
        passed=None if score is None else not fatal and score >= scorecard.pass_score,
        fatal=fatal,
        raw={item.grade.id: item.raw for item in judged if item.raw is not None},
    )


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


def _score(scorecard: Scorecard, grades: list[CriterionGrade]) -> float | None:
    """Average the sections' shares of points by weight; what left the denominator does not count."""
    earned: dict[str, float] = {}
    possible: dict[str, float] = {}
    for criterion, grade in zip(scorecard.criteria, grades, strict=True):
        earned[criterion.section] = earned.get(criterion.section, 0.0) + grade.points
        possible[criterion.section] = possible.get(criterion.section, 0.0) + grade.max_points
    judged = [section for section in scorecard.sections if possible.get(section.id)]
    if not judged:
        return None
    weighted = sum(section.weight * earned[section.id] / possible[section.id] for section in judged)
    return round(100 * weighted / sum(section.weight for section in judged), 2)


class _Judge:
    """Judges the criteria of one scorecard on one conversation."""

    def __init__(
        self,
        scorecard: Scorecard,
        observation: Observation,
        calibrate: Callable[[Criterion, float], float],
        highlight: Highlight | None,
    ) -> None:
        self._scorecard = scorecard
        self._conversation = observation.conversation
        self._calibrate = calibrate
        self._highlight = highlight
        self._findings = Findings(scorecard, observation)
        self._causes = Causes(scorecard, self._findings)
        self._language = language_of(scorecard.language)

    def judge(self, criterion: Criterion) -> _Judged:
        """Give the verdict on one criterion."""
        plan = self._scorecard.plans[criterion.id]
        if plan.applicable and criterion.applicable:
            applies = self._findings.chance(plan.applicable)
            if applies is None:
                return self._unmeasured(criterion, plan.applicable)
            if applies < LIKELY:
                causes = self._causes.of(criterion.applicable.root, holds=False)
                reason = self._reason(causes, before=[self._language.not_applicable])
                return _Judged(_unjudged(criterion, "not_applicable", reason))
        raw = self._findings.chance(plan.met)
        if raw is None:
            # A fatal condition that cannot be measured does not keep the rest from being judged.
            raw = self._findings.chance(plan.goal)
        if raw is None:
            return self._unmeasured(criterion, plan.goal)
        probability = min(max(self._calibrate(criterion, raw), 0.0), 1.0)
        if abs(probability - criterion.decide_at) < self._scorecard.abstain_within:
            return _Judged(self._abstain(criterion, probability), raw)
        if probability >= criterion.decide_at:
            return _Judged(self._grade(criterion, probability, fatal=()), raw)
        fatal = self._fatal(criterion, plan, raw, probability)
        return _Judged(self._grade(criterion, probability, fatal=fatal), raw, fatal)

    def _unmeasured(self, criterion: Criterion, asked: Resolved) -> _Judged:
        missing = [self._scorecard.conditions[name].name or name for name in self._findings.unmeasured(asked)]
        said = self._language.unmeasured.format(self._language.between.join(missing))
        return _Judged(_unjudged(criterion, "not_evaluated", join([said], self._language)))

    def _abstain(self, criterion: Criterion, probability: float) -> CriterionGrade:
        said = self._language.close.format(
            probability=probability, line=criterion.decide_at, band=self._scorecard.abstain_within
        )
        causes = self._causes.of(criterion.question, holds=probability >= criterion.decide_at)
        return CriterionGrade(
            id=criterion.id,
            state="abstained",
            probability=probability,
            points=0,
            max_points=0,
            reason=self._reason(causes, before=[said]),
            evidence=evidence(causes, self._conversation, self._highlight),
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
        causes = self._causes.of(criterion.question, holds=met)
        return CriterionGrade(
            id=criterion.id,
            state="met" if met else "not_met",
            probability=probability,
            points=points,
            max_points=criterion.points,
            reason=self._reason(causes, after=[self._language.fatal] if fatal else costs),
            evidence=evidence(causes, self._conversation, self._highlight),
        )

    def _deductions(self, criterion: Criterion) -> list[Deduction]:
        plans = self._scorecard.plans[criterion.id].deductions
        return [
            deduction
            for deduction, resolved in zip(criterion.deductions, plans, strict=True)
            if (self._findings.chance(resolved) or 0.0) >= LIKELY
        ]

    def _fatal(self, criterion: Criterion, plan: Plan, raw: float, probability: float) -> tuple[str, ...]:
        """Name what is fatal about a criterion that is not met."""
        if criterion.fatal is True:
            return (criterion.id,)
        hit = self._findings.chance(plan.fatal) if plan.fatal else None
        if not isinstance(criterion.fatal, Parsed) or not hit:
            return ()
        # What calibration takes from or gives to "not met" it takes from or gives to its fatal part in proportion.
        share = hit / max(1 - raw, hit)
        if (1 - probability) * share < LIKELY:
            return ()
        chances = {name: self._findings.known(name) or 0.0 for name in names(criterion.fatal.root)}
        return tuple(name for name, p in chances.items() if p >= min(LIKELY, max(chances.values())))

    def _reason(
        self, causes: Sequence[Cause], *, before: Sequence[str] = (), after: Sequence[str] = ()
    ) -> str:
        told = tell(causes, self._conversation, self._language)
        return join([*before, *told, *after], self._language)
