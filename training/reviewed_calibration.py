"""Calibrating on a customer's own reviewed grades: the map of each criterion, and how much it may answer alone.

Map: Platt scaling on top of the calibration that stands, drawn to leaving it as it is, so that few reviews move it
little; that of whether a criterion applies stays. Threshold: Learn then Test (``training.risk_control``) on the random share of the reviews alone; whatever else
people look at was chosen for being doubtful, and says nothing of what is answered automatically.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.stats import binom

from grader.calibration import UNCALIBRATED, Calibration, CriterionCalibration, LogOddsMap
from grader.proportion import exact_interval
from grader.scorecard import Criterion, Scorecard, fingerprint
from models.interfaces import TurnClassifier
from training.corrections import Reviewed
from training.criteria import most_single_risk
from training.reviewed_cases import ReviewedCases, reviewed_cases
from training.risk_control import choose_threshold, smallest_sample
from training.verdict_cases import Answers

Array = npt.NDArray[Any]
Map: TypeAlias = tuple[float, float]
"""Slope and intercept on the log-odds that stand."""

AS_IT_STANDS: Final[Map] = (1.0, 0.0)

PULL: Final = 2.0
"""How strongly a map is drawn to what stands, in units of one case's loss."""

MOST_NEEDED: Final = 100_000
"""Reviews beyond which no number is told."""

Outcome: TypeAlias = Literal["refitted", "too few", "promise broken"]
"""``too few``: what stands is kept. ``promise broken``: what stands answers with more errors than promised, and nothing
else can be shown to keep the promise yet: every verdict goes to review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What is answered automatically, and how often wrongly, in the random share."""

    reviewed: int
    answered: int
    wrong: int

    @property
    def coverage(self) -> float:
        """Share answered automatically."""
        return self.answered / max(self.reviewed, 1)

    @property
    def error(self) -> float:
        """Share of wrong verdicts among the answered."""
        return self.wrong / max(self.answered, 1)

    @property
    def coverage_interval(self) -> tuple[float, float]:
        """95 %, exact."""
        return exact_interval(self.answered, self.reviewed)

    @property
    def error_interval(self) -> tuple[float, float]:
        """95 %, exact."""
        return exact_interval(self.wrong, self.answered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refitted:
    """What became of one criterion."""

    scorecard: str
    id: str
    outcome: Outcome
    reviews: int
    """Reviewed verdicts that the map was fitted on."""
    max_risk: float
    before: Answering
    """As it stands."""
    after: Answering
    """With map and threshold that other folds chose; as before where what stands is kept."""
    more_needed: int | None
    """About how many more reviews of the random share could tell, if errors stay as frequent; None where none is needed,
    or where no number would help: what stands errs as often as promised, or more often."""


def calibrate_on_reviews(
    reviews: Sequence[Reviewed],
    scorecards: Sequence[Scorecard],
    *,
    classifier: TurnClassifier,
    standing: Calibration,
    name: str,
) -> tuple[Calibration, list[Refitted]]:
    """Refit the criteria of ``scorecards`` on reviews; what too few reviews are known of stays as it stands.

    Args:
        reviews: from ``training.corrections``; conversations that the classifier learnt from must not be among them.
        scorecards: by which the reviewed grades were given.
        classifier: labels the turns.
        standing: the calibration until now, whose promise is kept.
        name: of the new calibration.
    """
    learnt = dict(standing.criteria)
    told = []
    for scorecard in scorecards:
        cases = reviewed_cases(reviews, scorecard, classifier=classifier, calibration=standing)
        for criterion in scorecard.criteria:
            case = cases.get(criterion.id)
            if case is None:
                continue
            key = fingerprint(scorecard, criterion)
            fitted = _refit(case, criterion, standing, key)
            told.append(_told(case, criterion, standing, key, fitted, scorecard=scorecard.name))
            if told[-1].outcome != "too few":
                learnt[key] = fitted
    return standing.model_copy(update={"name": name, "criteria": learnt}), told


def _refit(
    case: ReviewedCases, criterion: Criterion, standing: Calibration, key: str
) -> CriterionCalibration:
    """Fit map and threshold; the threshold on probabilities that other folds' maps give."""
    stands = standing.criteria.get(key, UNCALIBRATED)
    unseen = np.empty(len(case.fold))
    for number in np.unique(case.fold):
        held = case.fold == number
        unseen[held] = _probability(case, _fit_map(case, ~held))[held]
    max_risk, coverage = _threshold(case, unseen, case.random, criterion, standing)
    slope, intercept = _fit_map(case, np.ones(len(case.fold), dtype=bool))
    return CriterionCalibration(
        id=criterion.id,
        met=LogOddsMap(
            slope=slope * stands.met.slope,
            intercept=slope * stands.met.intercept + intercept,
            noise_sensitivity=stands.met.noise_sensitivity,
        ),
        applies=stands.applies,
        max_risk=max_risk,
        coverage=coverage,
        conversations=len(case.fold),
    )


def _told(
    case: ReviewedCases,
    criterion: Criterion,
    standing: Calibration,
    key: str,
    fitted: CriterionCalibration,
    *,
    scorecard: str,
) -> Refitted:
    before = _answering(
        case, _probability(case, AS_IT_STANDS), case.random, criterion, standing.max_risk(key)
    )
    outcome: Outcome = "refitted" if fitted.max_risk > 0 else "too few"
    after = _measured(case, criterion, standing) if outcome == "refitted" else before
    if outcome == "too few" and _broken(before, standing):
        outcome, after = "promise broken", Answering(reviewed=before.reviewed, answered=0, wrong=0)
    return Refitted(
        scorecard=scorecard,
        id=criterion.id,
        outcome=outcome,
        reviews=len(case.fold),
        max_risk=standing.max_risk(key) if outcome == "too few" else fitted.max_risk,
        before=before,
        after=after,
        more_needed=_more_needed(before, standing) if outcome == "too few" else None,
    )


def _measured(case: ReviewedCases, criterion: Criterion, standing: Calibration) -> Answering:
    """Answer each fold with the map and the threshold that the others choose."""
    parts = []
    for number in np.unique(case.fold):
        held = case.fold == number
        said = _probability(case, _fit_map(case, ~held))
        max_risk, _ = _threshold(case, said, case.random & ~held, criterion, standing)
        parts.append(_answering(case, said, case.random & held, criterion, max_risk))
    return Answering(
        reviewed=sum(part.reviewed for part in parts),
        answered=sum(part.answered for part in parts),
        wrong=sum(part.wrong for part in parts),
    )


def _threshold(
    case: ReviewedCases, said: Array, chosen: Array, criterion: Criterion, standing: Calibration
) -> tuple[float, float]:
    """Give the highest risk that keeps the promise among the ``chosen`` cases, and how many it answers."""
    risk, wrong = _risk(case, said, criterion)
    found = choose_threshold(
        risk[chosen],
        wrong[chosen],
        error_rate=standing.error_rate,
        confidence=standing.confidence,
        most_risk=most_single_risk(criterion, error_rate=standing.error_rate),
    )
    return found.max_risk, found.coverage


def _answering(
    case: ReviewedCases, said: Array, chosen: Array, criterion: Criterion, max_risk: float
) -> Answering:
    risk, wrong = _risk(case, said, criterion)
    answered = chosen & (risk <= max_risk)
    return Answering(
        reviewed=int(chosen.sum()), answered=int(answered.sum()), wrong=int((answered & wrong).sum())
    )


def _risk(case: ReviewedCases, said: Array, criterion: Criterion) -> tuple[Array, Array]:
    """Give the probability of a wrong verdict, and whether it is one."""
    answers = Answers(applies=case.applies, met=said, decide_at=criterion.decide_at)
    return answers.risk, answers.states != case.gold.states


def _probability(case: ReviewedCases, fitted: Map) -> Array:
    slope, intercept = fitted
    return np.asarray(1 / (1 + np.exp(-case.weight * (slope * case.odds + intercept))))


def _fit_map(case: ReviewedCases, chosen: Array) -> Map:
    """Fit slope and intercept by penalised cross-entropy on the ``chosen`` cases to which the criterion applied."""
    taught = chosen & case.gold.applies
    odds, weight = case.odds[taught], case.weight[taught]
    sign = np.where(case.gold.met[taught], 1.0, -1.0)
    start = np.array(AS_IT_STANDS)

    def loss(given: Array) -> tuple[float, Array]:
        margin = sign * weight * (given[0] * odds + given[1])
        slope = -sign * weight * 0.5 * (1 - np.tanh(0.5 * margin))
        away = given - start
        gradient = np.array([slope @ odds, slope.sum()]) + 2 * PULL * away
        return float(np.logaddexp(0, -margin).sum() + PULL * away @ away), gradient

    # A negative slope would turn every verdict round.
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None), (None, None)]).x
    return float(found[0]), float(found[1])


def _broken(before: Answering, standing: Calibration) -> bool:
    """Tell whether what is answered as it stands is wrong more often than promised, beyond chance (exact test)."""
    surely = binom.sf(before.wrong - 1, before.answered, standing.error_rate)
    return before.wrong > 0 and bool(surely <= 1 - standing.confidence)


def _more_needed(before: Answering, standing: Calibration) -> int | None:
    """Say how many more reviews could show the promise to be kept, if as many are answered and wrong as before."""
    fewest = smallest_sample(error_rate=standing.error_rate, confidence=standing.confidence)
    if before.answered == 0:
        return max(fewest - before.reviewed, 1)
    if before.error >= standing.error_rate:
        return None
    answered = np.arange(max(fewest, before.answered), MOST_NEEDED)
    errors = np.floor(answered * before.error)
    shown = binom.cdf(errors, answered, standing.error_rate) <= 1 - standing.confidence
    if not shown.any():
        return None
    reviewed = int(np.ceil(answered[int(shown.argmax())] / before.coverage))
    return max(reviewed - before.reviewed, 1)
