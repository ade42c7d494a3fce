"""From the members' scores to calibrated probabilities: one small logistic regression a head, fitted out of fold."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.turns.heads import Head

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def log_softmax(scores: npt.NDArray[np.floating]) -> Doubles:
    """Turn each row of scores into log probabilities."""
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def comparable(head: Head, scores: npt.NDArray[np.floating]) -> Doubles:
    """Bring a member's scores on the scale that is blended: log probabilities, or the log-odds of yes."""
    return log_softmax(scores) if head.values else scores.astype(np.float64)


def blend(head: Head, members: Sequence[npt.NDArray[np.floating]], coefficients: Floats) -> Doubles:
    """Give the probabilities of a head: rows x values, each row a distribution; rows x 1 for yes/no.

    Args:
        head: The head.
        members: Each member's scores, rows x width.
        coefficients: One factor a member, then one offset a value.
    """
    factors, offsets = coefficients[: len(members)], coefficients[len(members) :]
    parts = [factor * comparable(head, scores) for factor, scores in zip(factors, members, strict=True)]
    scores = np.sum(parts, axis=0) + offsets
    if head.values:
        probabilities = np.exp(log_softmax(scores))
        return np.asarray(probabilities / probabilities.sum(axis=1, keepdims=True))
    return np.asarray(0.5 * (1 + np.tanh(0.5 * scores)))
