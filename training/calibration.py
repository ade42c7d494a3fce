"""Fitting the blend of the members on what they say of conversations they never saw."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from models.turns.blend import comparable, log_softmax
from models.turns.heads import Head

Floats = npt.NDArray[np.float32]

PENALTY: Final = 1.0
"""Strength of the pull of the factors to equal shares and of the offsets to 0, in units of one row's loss."""


def even_blend(head: Head, members: int) -> Floats:
    """Give the coefficients that average the members' scores as they are."""
    return np.concatenate([np.full(members, 1 / members), np.zeros(head.width)]).astype(np.float32)


def fit_blend(head: Head, members: Sequence[Floats], shares: Floats, weight: Floats) -> Floats:
    """Fit one factor a member and one offset a value by penalised cross-entropy; factors are never negative.

    A factor below its share draws probabilities to the middle: this is temperature scaling (Guo et al., "On
    Calibration of Modern Neural Networks", 2017), or Platt's method for yes/no, with several scores at once.
    """
    known = weight > 0
    scores = [comparable(head, member[known]) for member in members]
    gold, count = shares[known].astype(np.float64), weight[known].astype(np.float64)
    start = even_blend(head, len(members)).astype(np.float64)

    def loss(given: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        factors, offsets = given[: len(members)], given[len(members) :]
        blended = np.sum([f * s for f, s in zip(factors, scores, strict=True)], axis=0) + offsets
        if head.values:
            logs = log_softmax(blended)
            value = -float((count * (gold * logs).sum(axis=1)).sum())
            slope = count[:, None] * (np.exp(logs) - gold)
        else:
            value = float((count[:, None] * (np.logaddexp(0, blended) - gold * blended)).sum())
            slope = count[:, None] * (0.5 * (1 + np.tanh(0.5 * blended)) - gold)
        gradient = np.concatenate([[float((slope * s).sum()) for s in scores], slope.sum(axis=0)])
        away = given - start
        return value + PENALTY * float(away @ away), gradient + 2 * PENALTY * away

    bounds = [(0.0, None)] * len(members) + [(None, None)] * head.width
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x, dtype=np.float32)


def fit_mixture(head: Head, members: Sequence[Floats], shares: Floats, weight: Floats) -> Floats:
    """Fit how much each member counts in a geometric mean, by cross-entropy; the factors sum to 1, the offsets are 0.

    For shares of votes, which the members are fitted to as they stand: nothing is drawn to the middle.
    """
    known = weight > 0
    logs = np.stack([comparable(head, member[known]) for member in members])
    gold, count = shares[known].astype(np.float64), weight[known].astype(np.float64)

    def loss(given: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        factors = np.exp(log_softmax(given[None])[0])
        mixed = log_softmax(np.tensordot(factors, logs, axes=1))
        slope = count[:, None] * (np.exp(mixed) - gold)
        by_factor = (logs * slope).sum(axis=(1, 2))
        return -float((count * (gold * mixed).sum(axis=1)).sum()), factors * (by_factor - factors @ by_factor)

    found = minimize(loss, np.zeros(len(members)), jac=True, method="L-BFGS-B")
    factors = np.exp(log_softmax(found.x[None])[0])
    return np.concatenate([factors, np.zeros(head.width)]).astype(np.float32)
