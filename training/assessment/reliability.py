"""Reliability: how often what was said with some probability came true (DeGroot and Fienberg 1983)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.proportion import exact_interval
from training.assessment.measures import BINS

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Cases that were said with about the same probability."""

    cases: int
    stated: float
    """Mean probability that was said."""
    observed: float
    """Share that came true."""
    low: float
    """95 % interval of the share, exact."""
    high: float


def reliability(probability: Array, came_true: Array) -> tuple[Bin, ...]:
    """Give the bins that hold cases, by equal widths of probability."""
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    bins = []
    for at in np.unique(place):
        own = place == at
        cases, hits = int(own.sum()), int(came_true[own].sum())
        low, high = exact_interval(hits, cases)
        bins.append(
            Bin(
                cases=cases,
                stated=float(probability[own].mean()),
                observed=hits / cases,
                low=low,
                high=high,
            )
        )
    return tuple(bins)
