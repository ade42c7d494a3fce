"""Whether conversations are rightly called failed, and how often a clean turn is called a violation."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.scorecard import Scorecard
from training.corrected_examples import COMPLIANCE
from training.criteria import calibrated_out_of_fold, teaches
from training.judged import Judged, decided, gather, judged
from training.predicted import Predicted

Array = npt.NDArray[Any]


def called_failed(predicted: Sequence[Predicted], scorecard: Scorecard) -> tuple[list[Judged], Array]:
    """Give the labelled conversations in the scorecard's language, and whether each is called failed on compliance.

    As the program does: the criterion's raw probability, calibrated on the other folds, against its ``decide_at``.
    Nothing where there is nothing to calibrate on.
    """
    criterion = next(one for one in scorecard.criteria if one.id == COMPLIANCE)
    cases = [one for one in judged(predicted, scorecard) if decided(one, COMPLIANCE)]
    gathered = gather(criterion, cases)
    if not teaches(gathered):
        return [], np.zeros(0, dtype=bool)
    return cases, calibrated_out_of_fold(gathered, criterion).met < criterion.decide_at


def chance_of_any(one: Predicted, turn: int) -> float:
    """Give the chance that a turn carries any violation, the codes taken as independent; 0 without the label.

    Codes border on one another: a turn that is half rude and half a blame is a hit, though neither is likely.
    """
    distribution: Any = one.labels.turns[turn].get("violation", {})
    chance: float = 1 - math.prod(1 - probability for probability in distribution.values())
    return chance


def false_hits(predicted: Sequence[Predicted]) -> Array:
    """Tell of every clean STC-3 agent turn whether it more likely carries a violation than not."""
    return np.array(
        [
            chance_of_any(one, turn) > 0.5
            for one in predicted
            if one.source == "stc3"
            for turn, known in enumerate(one.gold.turns)
            if known.violations == frozenset()
        ],
        dtype=bool,
    )


def f1(gold: Array, said: Array) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is hit."""
    hits = float((gold & said).sum())
    return 2 * hits / max(float(gold.sum() + said.sum()), 1e-9)
