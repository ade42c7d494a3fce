"""Review thresholds with a guarantee: the highest risk at which the promised error rate still holds.

Learn then Test (Angelopoulos, Bates, Candès, Jordan, Lei, "Learn then Test: Calibrating predictive algorithms to achieve
risk control", arXiv 2110.01052): every candidate threshold is a null hypothesis "the error rate among what it answers
exceeds the promise"; exact binomial tests along a fixed sequence from the safest candidate on keep the family-wise error,
so that with the stated confidence over calibration sets the chosen threshold keeps the promise. As in Jung, Brahman and
Choi, "Trust or Escalate" (arXiv 2407.18370), the risk is that among the answered, not among all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

CANDIDATES = 50
"""Thresholds tried: quantiles of the predicted risk, which do not look at the labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A chosen review threshold and how it did on the calibration set."""

    max_risk: float
    """Answer automatically at or below this predicted risk; 0 where no candidate keeps the promise."""
    coverage: float
    """Share of the calibration set answered automatically."""
    errors: int
    """Wrong verdicts among the answered."""
    answered: int


def choose_threshold(
    risks: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    *,
    error_rate: float = 0.05,
    confidence: float = 0.90,
    most_risk: float = 1.0,
) -> Threshold:
    """Choose the highest risk that keeps ``error_rate`` with ``confidence``.

    Args:
        risks: predicted probability of a wrong verdict, shape (n,).
        wrong: whether the verdict was wrong, shape (n,).
        error_rate: promised share of wrong verdicts among the answered.
        confidence: probability over calibration sets that the promise is kept.
        most_risk: no single verdict of more than this risk is answered, however well the promise is kept.
    """
    chosen = Threshold(max_risk=0.0, coverage=0.0, errors=0, answered=0)
    smallest = smallest_sample(error_rate=error_rate, confidence=confidence)
    for candidate in np.unique(np.quantile(risks, np.linspace(0, 1, CANDIDATES + 1))) if len(risks) else ():
        answered = risks <= candidate
        n, errors = int(answered.sum()), int(wrong[answered].sum())
        if n < smallest:
            continue
        if candidate > most_risk:
            break
        if binom.cdf(errors, n, error_rate) > 1 - confidence:
            break
        chosen = Threshold(max_risk=float(candidate), coverage=n / len(risks), errors=errors, answered=n)
    return chosen


def smallest_sample(*, error_rate: float, confidence: float) -> int:
    """Give how many verdicts without any error it takes to believe in ``error_rate``; fewer can prove nothing."""
    return int(np.ceil(np.log(1 - confidence) / np.log(1 - error_rate)))
