"""A figure with its interval."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.assessment.resampling import draws, interval

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One figure."""

    value: float
    """NaN where it is not defined, such as a precision without a hit."""
    low: float
    """95 % bootstrap interval over conversations."""
    high: float


def estimate(measure: Callable[[Array], Array], conversations: int) -> Estimate:
    """Measure as it is, and in every bootstrap round.

    Args:
        measure: Takes the weights of the conversations, rounds x conversations; gives a value a round.
        conversations: How many there are.
    """
    value = float(measure(np.ones((1, conversations)))[0])
    low, high = interval(measure(draws(conversations)))
    return Estimate(value=value, low=low, high=high)


def recentred(measure: Callable[[Array], Array], conversations: int) -> Estimate:
    """Do the same for a measure of gaps (calibration errors): drawing again makes gaps of its own, which are taken off."""
    value = float(measure(np.ones((1, conversations)))[0])
    rounds = measure(draws(conversations))
    low, high = interval(np.maximum(rounds - np.nanmedian(rounds) + value, 0))
    return Estimate(value=value, low=low, high=high)
