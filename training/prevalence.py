"""How much a conversation counts where probabilities are calibrated, so that faults are not taken for common."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from grader.scorecard import Criterion

Array = npt.NDArray[Any]

FAILING: Final = 0.25
"""Share of failing conversations that a fatal criterion is calibrated for: that of the data folder. Half of the project's
own fail, because they were written in pairs with and without a violation; in life far fewer do."""


def calibration_weights(criterion: Criterion, gold: Array, own: Array) -> Array:
    """Weigh the project's own conversations so that ``FAILING`` of them fail a criterion that can be fatal.

    Prior shift by weights on the classes (Elkan, "The foundations of cost-sensitive learning", 2001). All others count 1.

    Args:
        criterion: whose verdicts are calibrated.
        gold: whether each conversation met it, shape (n,).
        own: whether the project wrote it, shape (n,).
    """
    weight = np.ones(len(gold))
    failing = float((~gold[own]).mean()) if own.any() else 0.0
    if criterion.fatal is not None and 0 < failing < 1:
        weight[own] = np.where(gold[own], (1 - FAILING) / (1 - failing), FAILING / failing)
    return weight
