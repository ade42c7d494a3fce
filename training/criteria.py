"""Calibration of the scorecards' criteria, on verdicts about conversations the classifier never saw.

Two questions are calibrated each by itself: whether a criterion applies, and whether it is met where it does. The
promise is about the verdict that both come to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from grader.calibration import AS_IT_IS, CLIP, Calibration, CriterionCalibration, LogOddsMap
from grader.grade import Question
from grader.scorecard import Criterion, Scorecard, apply, fingerprint, load, observe, shipped
from grader.scorecard.chance import LIKELY
from training.judged import Cases, collect, concerns
from training.metrics import expected_calibration_error
from training.noise import MISHEARD
from training.predicted import Predicted
from training.risk_control import answered_out_of_fold, choose_threshold
from training.verdict_cases import Answers

Array = npt.NDArray[Any]
Map: TypeAlias = tuple[float, float]
"""Slope and intercept on log-odds."""

MOST_RISK: Final = 0.2
"""No single verdict of more than this risk is answered automatically, even where the average would allow it."""

FEWEST: Final = 2
"""Verdicts of the rarer kind below which nothing can be learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionFigures:
    """How a criterion's verdicts do on conversations that neither classifier nor calibration saw."""

    scorecard: str
    id: str
    conversations: int
    applies: float
    """Share of them that it applied to."""
    met: float
    """Share of these that met it."""
    error: float
    """Share of wrong verdicts (met, not met, or not applicable), all answered."""
    ece: float
    """Expected calibration error of the probability of being met, where it applied."""
    applies_ece: float | None
    """The same of the probability of applying; None where that is not asked."""
    max_risk: float
    coverage: float
    """Share answered automatically, each fold at the threshold that the others choose."""
    answered_error: float
    """Share of wrong verdicts among the answered."""


def calibrate(
    cases: Mapping[str, Cases],
    scorecard: Scorecard,
    *,
    sensitivity: Mapping[str, Mapping[Question, float]],
    error_rate: float,
    confidence: float,
) -> tuple[dict[str, CriterionCalibration], list[CriterionFigures]]:
    """Fit Platt's maps and the review threshold of every criterion that rests on labels.

    The threshold is chosen on probabilities that other folds calibrated; the figures are of such probabilities, and of
    thresholds that other folds chose.

    Args:
        cases: from ``training.judged.collect``.
        scorecard: the one they are about.
        sensitivity: from ``noise_sensitivity``.
        error_rate: promised share of wrong verdicts among the answered.
        confidence: probability over calibration sets that the promise is kept.
    """
    learnt, figures = {}, []
    for criterion in scorecard.criteria:
        case = cases.get(criterion.id)
        if case is None or not teaches(case):
            continue
        unseen = calibrated_out_of_fold(case, criterion)
        wrong = unseen.states != case.gold.states
        promise = {
            "error_rate": error_rate,
            "confidence": confidence,
            "most_risk": most_single_risk(criterion, error_rate=error_rate),
        }
        threshold = choose_threshold(unseen.risk, wrong, **promise)
        lost = sensitivity[criterion.id]
        learnt[fingerprint(scorecard, criterion)] = CriterionCalibration(
            id=criterion.id,
            met=_as_map(_platt_met(case), lost["met"]),
            applies=_as_map(_platt_applies(case), lost["applies"]),
            max_risk=threshold.max_risk,
            coverage=threshold.coverage,
            conversations=len(wrong),
        )
        answered = answered_out_of_fold(unseen.risk, wrong, case.fold, **promise)
        applied = case.gold.applies
        figures.append(
            CriterionFigures(
                scorecard=scorecard.name,
                id=criterion.id,
                conversations=len(wrong),
                applies=float(applied.mean()),
                met=float(case.gold.met[applied].mean()),
                error=float(wrong.mean()),
                ece=expected_calibration_error(unseen.met[applied], case.gold.met[applied]),
                applies_ece=expected_calibration_error(unseen.applies, applied) if _asks(case) else None,
                max_risk=threshold.max_risk,
                coverage=float(answered.mean()),
                answered_error=float(wrong[answered].mean()) if answered.any() else 0.0,
            )
        )
    return learnt, figures


def most_single_risk(criterion: Criterion, *, error_rate: float) -> float:
    """Give the highest risk that a single verdict on the criterion may have, however well the average keeps the promise.

    Fatal faults are rare: an average over many clean conversations would let the few pass unseen.
    """
    return MOST_RISK if criterion.fatal is None else error_rate


def teaches(case: Cases) -> bool:
    """Tell whether there is something to calibrate: not pure rules, and verdicts of both kinds."""
    met = case.gold.met[case.gold.applies]
    return not _rules_alone(case.met) and _both_occur(met)


def _rules_alone(raw: Array) -> bool:
    return set(np.unique(raw)) <= {0.0, 1.0}


def _both_occur(said: Array) -> bool:
    return bool(min(said.sum(), (~said).sum()) >= FEWEST)


def _asks(case: Cases) -> bool:
    """Tell whether it is uncertain if the criterion applies, and both occur."""
    return not _rules_alone(case.applies) and _both_occur(case.gold.applies)


def noise_sensitivity(
    written: Sequence[Predicted], misheard: Sequence[Predicted], scorecard: Scorecard
) -> dict[str, dict[Question, float]]:
    """Give by criterion and question which share of the log-odds is lost for each share of misheard words.

    The factor on the log-odds of the misheard conversations is the one under which they predict the verdicts on the
    same conversations as written best.

    Args:
        written: conversations with what is said of them as they stand.
        misheard: the same ones, in the same order, with what is said of them as a recogniser might leave them.
        scorecard: whose criteria.
    """
    clean, noisy = (
        [
            apply(scorecard, observe(one.conversation, one.labels)).raw
            for one in part
            if concerns(one, scorecard)
        ]
        for part in (written, misheard)
    )
    lost: dict[str, dict[Question, float]] = {}
    for criterion in scorecard.criteria:
        pairs = [
            (c[criterion.id], n[criterion.id])
            for c, n in zip(clean, noisy, strict=True)
            if {criterion.id} <= c.keys() & n.keys()
        ]
        lost[criterion.id] = {
            "applies": _loss_of_log_odds([(c.applies, n.applies) for c, n in pairs]),
            "met": _loss_of_log_odds(
                [
                    (c.met, n.met)
                    for c, n in pairs
                    if c.applies >= LIKELY and c.met is not None and n.met is not None
                ]
            ),
        }
    return lost


def _loss_of_log_odds(pairs: Sequence[tuple[float, float]]) -> float:
    if not pairs:
        return 1.0
    wanted, given = np.array(pairs).T
    verdict, odds = wanted >= LIKELY, _log_odds(given)

    def loss(factor: float) -> float:
        return float(np.logaddexp(0, np.where(verdict, -1, 1) * factor * odds).sum())

    factor = minimize_scalar(loss, bounds=(0, 1), method="bounded").x
    return float((1 - factor) / MISHEARD)


def fit_calibration(
    written: Sequence[Predicted],
    misheard: Sequence[Predicted],
    *,
    name: str,
    error_rate: float = 0.05,
    confidence: float = 0.90,
) -> tuple[Calibration, list[CriterionFigures]]:
    """Calibrate the criteria of every shipped scorecard."""
    learnt: dict[str, CriterionCalibration] = {}
    figures: list[CriterionFigures] = []
    for scorecard in map(load, shipped()):
        found, measured = calibrate(
            collect(written, scorecard),
            scorecard,
            sensitivity=noise_sensitivity(written, misheard, scorecard),
            error_rate=error_rate,
            confidence=confidence,
        )
        learnt |= found
        figures += measured
    return Calibration(name=name, error_rate=error_rate, confidence=confidence, criteria=learnt), figures


def calibrated_out_of_fold(cases: Cases, criterion: Criterion) -> Answers:
    """Give what Platt's maps make of the raw probabilities, fitted on the other folds each time."""
    applies, met = np.empty(len(cases.fold)), np.empty(len(cases.fold))
    for number in np.unique(cases.fold):
        held = cases.fold == number
        applies[held] = _mapped(cases.applies[held], _platt_applies(cases, ~held))
        met[held] = _mapped(cases.met[held], _platt_met(cases, ~held))
    return Answers(applies=applies, met=met, decide_at=criterion.decide_at)


def _platt_met(cases: Cases, chosen: Array | None = None) -> Map:
    """Fit whether the criterion was met, where it applied."""
    taught = cases.gold.applies if chosen is None else chosen & cases.gold.applies
    return _platt(cases.met[taught], cases.gold.met[taught], cases.weight[taught])


def _platt_applies(cases: Cases, chosen: Array | None = None) -> Map:
    """Fit whether it applied; what is certain, or always so, is left as it is."""
    if not _asks(cases):
        return AS_IT_IS.slope, AS_IT_IS.intercept
    taught = np.ones(len(cases.fold), dtype=bool) if chosen is None else chosen
    return _platt(cases.applies[taught], cases.gold.applies[taught], cases.weight[taught])


def _platt(raw: Array, gold: Array, weight: Array) -> Map:
    """Fit gold on the log-odds of raw."""
    fitted = LogisticRegression(C=10).fit(_log_odds(raw)[:, None], gold, sample_weight=weight)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _mapped(raw: Array, fitted: Map) -> Array:
    slope, intercept = fitted
    return np.asarray(1 / (1 + np.exp(-(slope * _log_odds(raw) + intercept))))


def _as_map(fitted: Map, noise_sensitivity: float) -> LogOddsMap:
    slope, intercept = fitted
    return LogOddsMap(slope=slope, intercept=intercept, noise_sensitivity=noise_sensitivity)


def _log_odds(raw: Array) -> Array:
    kept = np.clip(raw, CLIP, 1 - CLIP)
    return np.asarray(np.log(kept / (1 - kept)))
