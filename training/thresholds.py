"""From which chance of any violation on a turn counts as a hit."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from training.folds import FOLDS
from training.predictions import Predicted

Array = npt.NDArray[Any]

MOST_FALSE_HITS: Final = 2 / 1000
"""Share of clean real agent turns that may be called a violation, whatever the code."""
FAILING: Final = 0.25
"""Share of failing conversations that the threshold is made for: that of the data folder. Half of the project's own
fail, because they were written in pairs with and without a violation; in life far fewer do."""
CANDIDATES: Final = np.linspace(0.02, 0.98, 97)


def chance_of_any(one: Predicted, turn: int) -> float:
    """Give the chance that a turn carries any violation, the codes taken as independent; 0 without the label.

    Codes border on one another: a turn that is half rude and half a blame is a hit, though neither reaches the threshold.
    """
    distribution: Any = one.labels.turns[turn].get("violation", {})
    chance: float = 1 - math.prod(1 - probability for probability in distribution.values())
    return chance


def false_hits(predicted: Sequence[Predicted]) -> Array:
    """Give the chance of any violation in every clean STC-3 agent turn."""
    return np.array(
        [
            chance_of_any(one, turn)
            for one in predicted
            if one.source == "stc3"
            for turn, known in enumerate(one.gold.turns)
            if known.violations == frozenset()
        ]
    )


def compliance(predicted: Sequence[Predicted]) -> tuple[Array, Array]:
    """Give for every written conversation whether it fails, and the greatest chance of any violation in a turn."""
    judged = [one for one in predicted if one.gold.compliant is not None]
    failed = np.array([not one.gold.compliant for one in judged], dtype=bool)
    worst = [
        max((chance_of_any(one, turn) for turn in range(len(one.labels.turns))), default=0.0)
        for one in judged
    ]
    return failed, np.array(worst)


def f1(gold: Array, said: Array, weight: Array | float = 1.0) -> float:
    """Harmonic mean of precision and recall, cases counted by ``weight``; 0 where nothing is hit."""
    hits = float((weight * (gold & said)).sum())
    return 2 * hits / max(float((weight * gold).sum() + (weight * said).sum()), 1e-9)


def _as_in_life(failed: Array) -> Array:
    """Weigh conversations so that ``FAILING`` of them fail."""
    share = float(failed.mean()) if len(failed) else 0.0
    return np.where(failed, FAILING / max(share, 1e-9), (1 - FAILING) / max(1 - share, 1e-9))


def choose_threshold(predicted: Sequence[Predicted]) -> float:
    """Give the threshold with the best F1 of failed conversations among those that keep the false hits rare."""
    clean = false_hits(predicted)
    failed, worst = compliance(predicted)
    # The scores of close candidates differ by chance: means over neighbours, then the middle of the best.
    weight = _as_in_life(failed)
    each = np.array([f1(failed, worst >= candidate, weight) for candidate in CANDIDATES])
    smooth = np.convolve(np.pad(each, 3, mode="edge"), np.ones(7) / 7, mode="valid")
    rare = np.array([np.mean(clean >= candidate) <= MOST_FALSE_HITS for candidate in CANDIDATES])
    if len(clean) and rare.any():
        smooth = np.where(rare, smooth, -1)
    best = np.flatnonzero(smooth == smooth.max())
    return round(float(CANDIDATES[best[len(best) // 2]]), 2)


def hits_out_of_fold(predicted: Sequence[Predicted]) -> tuple[list[Predicted], Array]:
    """Give written conversations and whether each is called failed at the threshold the other folds choose."""
    order: list[Predicted] = []
    called: list[bool] = []
    for fold in range(FOLDS):
        threshold = choose_threshold([one for one in predicted if one.fold != fold])
        held = [one for one in predicted if one.fold == fold and one.gold.compliant is not None]
        order += held
        called += (compliance(held)[1] >= threshold).tolist()
    return order, np.array(called, dtype=bool)
