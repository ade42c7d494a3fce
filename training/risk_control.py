"""Review thresholds with a guarantee: the highest risk at which the promised error rate still holds.

Learn then Test (Angelopoulos, Bates, Candès, Jordan, Lei, "Learn then Test: Calibrating predictive algorithms to achieve
risk control", arXiv 2110.01052): every candidate threshold is a null hypothesis "the error rate among what it answers
exceeds the promise"; exact binomial tests along fixed sequences, from safer candidates to bolder ones, keep the family-wise
error, so that with the stated confidence over calibration sets the chosen threshold keeps the promise. There are several
sequences, which share the error between them (section 4.1 there, fixed sequence testing with several starts): with
one alone, two wrong verdicts among the surest few dozen would end the search. As in Jung, Brahman and Choi, "Trust or
Escalate" (arXiv 2407.18370), the risk is that among the answered, not among all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

CANDIDATES = 50
"""Thresholds tried: quantiles of the predicted risk, which do not look at the labels."""
STARTS = 5
"""Sequences of tests at most; they begin at evenly spaced candidates."""
CASES_A_START = 500
"""Small sets have one sequence: they cannot afford to share the error."""


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
    candidates = np.unique(np.quantile(risks, np.linspace(0, 1, CANDIDATES + 1))) if len(risks) else risks
    smallest = smallest_sample(error_rate=error_rate, confidence=confidence)
    tried = [one for one in candidates if one <= most_risk and int((risks <= one).sum()) >= smallest]
    starts = min(STARTS, 1 + len(risks) // CASES_A_START)
    for start in range(0, len(tried), -(-len(tried) // starts) or 1):
        for candidate in tried[start:]:
            answered = risks <= candidate
            n, errors = int(answered.sum()), int(wrong[answered].sum())
            if binom.cdf(errors, n, error_rate) > (1 - confidence) / starts:
                break
            if n > chosen.answered:
                chosen = Threshold(
                    max_risk=float(candidate), coverage=n / len(risks), errors=errors, answered=n
                )
    return chosen


def answered_out_of_fold(
    risks: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    fold: NDArray[np.int64],
    *,
    error_rate: float,
    confidence: float,
    most_risk: float,
) -> NDArray[np.bool_]:
    """Mark what is answered automatically, each fold at the threshold that the others choose, shape (n,).

    On the cases that chose a threshold it looks a little better than it is. The arguments are those of
    ``choose_threshold``, and the fold of each case, shape (n,).
    """
    answered = np.zeros(len(risks), dtype=bool)
    for number in np.unique(fold):
        held = fold == number
        threshold = choose_threshold(
            risks[~held], wrong[~held], error_rate=error_rate, confidence=confidence, most_risk=most_risk
        )
        answered[held] = risks[held] <= threshold.max_risk
    return answered


def smallest_sample(*, error_rate: float, confidence: float) -> int:
    """Give how many verdicts without any error it takes to believe in ``error_rate``; fewer can prove nothing."""
    return int(np.ceil(np.log(1 - confidence) / np.log(1 - error_rate)))
