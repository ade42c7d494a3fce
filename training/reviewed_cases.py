"""Reviewed grades as cases to calibrate on: what the classifier says, beside what the reviewer said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from grader.calibration import CLIP, UNCALIBRATED, Calibration
from grader.pipeline import folded
from grader.scorecard import Judge, Scorecard, fingerprint, observe
from grader.transcription import certainty
from models.interfaces import TurnClassifier
from training.corrections import Reviewed
from training.folds import fold_of
from training.verdict_cases import NOT_APPLICABLE, STATES, Gold, Verdict

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedCases:
    """The verdicts on one criterion, by reviewed conversation."""

    applies: Array
    """Probability of applying, as calibrated; 1 where the criterion always does."""
    odds: Array
    """Log-odds of being met that the calibration which stands gives to words that are sure."""
    weight: Array
    """Share of the log-odds that is left for how surely the words were heard; 1 for text."""
    gold: Gold
    """As the reviewer left it."""
    random: Array
    """Whether the conversation belongs to the random share, which stands for all conversations."""
    fold: Array


def reviewed_cases(
    reviews: Sequence[Reviewed],
    scorecard: Scorecard,
    *,
    classifier: TurnClassifier,
    calibration: Calibration,
) -> dict[str, ReviewedCases]:
    """Give by criterion the cases among the reviews of grades by ``scorecard``.

    Appeals and reviews that somebody asked for are left out: they were chosen for being wrong. Triage chooses by what the
    machine says, which calibration knows; and its random share stands for all.

    Args:
        reviews: from ``training.corrections``.
        scorecard: the one the grades were given by.
        classifier: labels the turns anew.
        calibration: what stands until now.
    """
    own = [review for review in reviews if review.kind == "triage" and _by(review, scorecard)]
    labels = classifier.predict([folded(review.conversation) for review in own])
    judge = Judge(scorecard, [observe(one.conversation, said) for one, said in zip(own, labels, strict=True)])
    known = {
        c.id: calibration.criteria.get(fingerprint(scorecard, c), UNCALIBRATED) for c in scorecard.criteria
    }
    rows: dict[str, list[_Row]] = {}
    for at, review in enumerate(own):
        states = review.states()
        sure = certainty(review.conversation)
        for criterion, raw in judge.verdicts(at).raw.items():
            state = states.get(criterion)
            if state not in STATES or raw.met is None:
                continue
            stands = known[criterion]
            asked = scorecard.plans[criterion].applicable is not None
            rows.setdefault(criterion, []).append(
                _Row(
                    applies=stands.applies.probability(raw.applies, certainty=sure) if asked else 1.0,
                    odds=stands.met.slope * _log_odds(raw.met) + stands.met.intercept,
                    weight=max(1 - stands.met.noise_sensitivity * (1 - sure), 0.0),
                    gold=Verdict(applies=state != STATES[NOT_APPLICABLE], met=state == "met"),
                    random=review.random_share,
                    fold=fold_of(review.key),
                )
            )
    return {criterion: _columns(found) for criterion, found in rows.items()}


def graded_by(reviews: Sequence[Reviewed], scorecards: Sequence[Scorecard]) -> Mapping[str, int]:
    """Count the reviews of grades by none of ``scorecards``, by the scorecard's name and version."""
    counts: dict[str, int] = {}
    for review in reviews:
        if not any(_by(review, scorecard) for scorecard in scorecards):
            name = review.grade.scorecard
            told = f"{name.name} version {name.version}"
            counts[told] = counts.get(told, 0) + 1
    return counts


def _by(review: Reviewed, scorecard: Scorecard) -> bool:
    name = review.grade.scorecard
    return (name.name, name.version) == (scorecard.name, scorecard.version)


def _log_odds(raw: float) -> float:
    kept = min(max(raw, CLIP), 1 - CLIP)
    return float(np.log(kept / (1 - kept)))


class _Row(NamedTuple):
    """A reviewed verdict (``ReviewedCases``)."""

    applies: float
    odds: float
    weight: float
    gold: Verdict
    random: bool
    fold: int


def _columns(rows: Sequence[_Row]) -> ReviewedCases:
    applies, odds, weight, gold, random, fold = zip(*rows, strict=True)
    return ReviewedCases(
        applies=np.array(applies),
        odds=np.array(odds),
        weight=np.array(weight),
        gold=Gold.of(gold),
        random=np.array(random),
        fold=np.array(fold),
    )
