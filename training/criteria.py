"""Calibration of the scorecards' criteria, on verdicts about conversations the classifier never saw.

What a criterion should have come to is what its own definition says once the classifier's distributions are replaced by
people's labels; where the source states a verdict itself (the script, compliance), that counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from grader.calibration import CLIP, Calibration, CriterionCalibration
from grader.codebook import AGENT_LEVELS
from grader.scorecard import Criterion, Scorecard, apply, fingerprint, load, observe, shipped
from grader.scorecard.consistency import reached
from grader.scorecard.expression import names
from models.interfaces import ConversationLabels, TurnLabels
from training.corpus import TurnGold, kind
from training.metrics import expected_calibration_error
from training.noise import MISHEARD
from training.predictions import Predicted
from training.prevalence import calibration_weights
from training.risk_control import choose_threshold

Array = npt.NDArray[Any]

MOST_RISK: Final = 0.2
"""No single verdict of more than this risk is answered automatically, even where the average would allow it."""

FEWEST: Final = 2
"""Verdicts of the rarer kind below which nothing can be learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """The verdicts on one criterion, by conversation."""

    raw: Array
    """Probability of being met before calibration."""
    gold: Array
    """Whether it was met."""
    fold: Array
    weight: Array
    """How much each conversation counts in the calibration (``training.prevalence``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionFigures:
    """How a criterion's verdicts do on conversations that neither classifier nor calibration saw."""

    scorecard: str
    id: str
    conversations: int
    met: float
    """Share of them that met it."""
    error: float
    """Share of wrong verdicts, all answered."""
    ece: float
    """Expected calibration error."""
    max_risk: float
    coverage: float
    """Share answered automatically at ``max_risk``."""
    answered_error: float
    """Share of wrong verdicts among the answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A conversation with what the machine and people say of its criteria."""

    predicted: Predicted
    raw: Mapping[str, float]
    """Probability of being met before calibration, by criterion; those that apply."""
    gold: Mapping[str, bool]
    """Whether it was met; those that people's labels decide."""


def judged(predicted: Sequence[Predicted], scorecard: Scorecard) -> list[Judged]:
    """Judge the labelled conversations in the scorecard's language."""
    return [
        Judged(
            predicted=one,
            raw=apply(scorecard, observe(one.conversation, one.labels)).raw,
            gold=_gold(one, scorecard),
        )
        for one in predicted
        if _concerns(one, scorecard)
    ]


def collect(predicted: Sequence[Predicted], scorecard: Scorecard) -> dict[str, Cases]:
    """Give for every criterion the verdicts on the conversations in the scorecard's language."""
    every = judged(predicted, scorecard)
    found = {
        c.id: gather(c, [one for one in every if c.id in one.raw.keys() & one.gold.keys()])
        for c in scorecard.criteria
    }
    return {criterion: cases for criterion, cases in found.items() if len(cases.gold)}


def gather(criterion: Criterion, judged: Sequence[Judged]) -> Cases:
    """Give the verdicts on one criterion of conversations that all have one."""
    gold = np.array([one.gold[criterion.id] for one in judged], dtype=bool)
    own = np.array([kind(one.predicted.source) == "own" for one in judged], dtype=bool)
    return Cases(
        raw=np.array([one.raw[criterion.id] for one in judged], dtype=float),
        gold=gold,
        fold=np.array([one.predicted.fold for one in judged], dtype=int),
        weight=calibration_weights(criterion, gold, own),
    )


def _concerns(one: Predicted, scorecard: Scorecard) -> bool:
    """Tell whether people labelled the conversation after the codebook, and the scorecard is for its language."""
    labelled = all(turn.levels or turn.flags for turn in one.gold.turns)
    return labelled and one.conversation.language == scorecard.language


def _gold(one: Predicted, scorecard: Scorecard) -> dict[str, bool]:
    labels = ConversationLabels(turns=tuple(map(_certain, one.gold.turns)), outcome=one.gold.outcome)
    unknown = _unknown_labels(one)
    met = {
        criterion: probability >= 0.5
        for criterion, probability in apply(scorecard, observe(one.conversation, labels)).raw.items()
        if not unknown & _labels_asked(scorecard, criterion)
    }
    # The rules that help the classifier to find violations must not judge themselves.
    if "compliance" in met:
        met["compliance"] = not any(turn.violations for turn in one.gold.turns)
    if "script" in met and one.gold.script:
        met["script"] = one.gold.script["met"]
    return met


def _unknown_labels(one: Predicted) -> set[str]:
    """Give the agent's labels that nobody gave to some turn (courtesy, in translations)."""
    said = zip(one.conversation.turns, one.gold.turns, strict=True)
    agent = [gold.levels.keys() for turn, gold in said if turn.speaker == "agent"]
    return {label for label in AGENT_LEVELS if any(label not in levels for levels in agent)}


def _labels_asked(scorecard: Scorecard, criterion_id: str) -> set[str]:
    """Give the labels that a criterion's verdict rests on."""
    criterion = next(c for c in scorecard.criteria if c.id == criterion_id)
    conditions = [
        scorecard.conditions[name] for name in reached(names(criterion.question), scorecard.conditions)
    ]
    return {condition.label.name for condition in conditions if condition.label}


def _certain(gold: TurnGold) -> TurnLabels:
    """Give people's labels as distributions."""
    labels: TurnLabels = {label: {level: 1.0} for label, level in gold.levels.items()}
    labels |= {label: float(flag) for label, flag in gold.flags.items()}
    if gold.violations is not None:
        labels["violation"] = dict.fromkeys(gold.violations, 1.0)
    if gold.nugget:
        labels["nugget"] = gold.nugget
    return labels


def calibrate(
    cases: Mapping[str, Cases],
    scorecard: Scorecard,
    *,
    sensitivity: Mapping[str, float],
    error_rate: float,
    confidence: float,
) -> tuple[dict[str, CriterionCalibration], list[CriterionFigures]]:
    """Fit Platt's map and the review threshold of every criterion that rests on labels.

    The threshold is chosen, and the figures are measured, on probabilities that other folds calibrated.

    Args:
        cases: from ``collect``.
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
        unseen = calibrated_out_of_fold(case)
        verdict = unseen >= criterion.decide_at
        wrong = verdict != case.gold
        risk = np.where(verdict, 1 - unseen, unseen)
        most_risk = most_single_risk(criterion, error_rate=error_rate)
        threshold = choose_threshold(
            risk, wrong, error_rate=error_rate, confidence=confidence, most_risk=most_risk
        )
        slope, intercept = _platt(case.raw, case.gold, case.weight)
        learnt[fingerprint(scorecard, criterion)] = CriterionCalibration(
            id=criterion.id,
            slope=slope,
            intercept=intercept,
            noise_sensitivity=sensitivity[criterion.id],
            max_risk=threshold.max_risk,
            coverage=threshold.coverage,
            conversations=len(case.gold),
        )
        figures.append(
            CriterionFigures(
                scorecard=scorecard.name,
                id=criterion.id,
                conversations=len(case.gold),
                met=float(case.gold.mean()),
                error=float(wrong.mean()),
                ece=expected_calibration_error(unseen, case.gold),
                max_risk=threshold.max_risk,
                coverage=threshold.coverage,
                answered_error=threshold.errors / max(threshold.answered, 1),
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
    rules_alone = set(np.unique(case.raw)) <= {0.0, 1.0}
    return not rules_alone and min(case.gold.sum(), (~case.gold).sum()) >= FEWEST


def noise_sensitivity(
    written: Sequence[Predicted], misheard: Sequence[Predicted], scorecard: Scorecard
) -> dict[str, float]:
    """Give by criterion which share of the log-odds is lost for each share of misheard words.

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
            if _concerns(one, scorecard)
        ]
        for part in (written, misheard)
    )
    return {c.id: _loss_of_log_odds(clean, noisy, c.id) for c in scorecard.criteria}


def _loss_of_log_odds(
    clean: Sequence[Mapping[str, float]], noisy: Sequence[Mapping[str, float]], criterion: str
) -> float:
    pairs = [
        (c[criterion], n[criterion])
        for c, n in zip(clean, noisy, strict=True)
        if {criterion} <= c.keys() & n.keys()
    ]
    if not pairs:
        return 1.0
    wanted, given = np.array(pairs).T
    verdict, odds = wanted >= 0.5, _log_odds(given)

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


def calibrated_out_of_fold(cases: Cases) -> Array:
    """Give probabilities that Platt's map makes of raw ones, fitted on the other folds each time."""
    probability = np.empty(len(cases.raw))
    for number in np.unique(cases.fold):
        held = cases.fold == number
        slope, intercept = _platt(cases.raw[~held], cases.gold[~held], cases.weight[~held])
        probability[held] = 1 / (1 + np.exp(-(slope * _log_odds(cases.raw[held]) + intercept)))
    return probability


def _platt(raw: Array, gold: Array, weight: Array) -> tuple[float, float]:
    """Fit gold on the log-odds of raw."""
    fitted = LogisticRegression(C=10).fit(_log_odds(raw)[:, None], gold, sample_weight=weight)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _log_odds(raw: Array) -> Array:
    kept = np.clip(raw, CLIP, 1 - CLIP)
    return np.asarray(np.log(kept / (1 - kept)))
