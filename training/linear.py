"""Fitting linear heads: softmax and logistic regression on soft targets, several heads at once.

The heads share the products with the sparse features, which are what costs; their losses simply add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What one head should say of each row."""

    shares: Floats
    """Rows x values: shares of the votes (each row sums to 1); rows x 1 for yes/no."""
    weight: Floats
    """How much each row counts; 0 where nothing is known."""
    strength: float
    """Inverse of the L2 penalty, scikit-learn's ``C``."""


def fit_linear(features: Any, targets: Sequence[Target], *, iterations: int = 100) -> tuple[Floats, Floats]:
    """Fit the heads by L-BFGS; give weights (columns x all values) and biases.

    Args:
        features: CSR matrix of the rows.
        targets: One a head; their columns stand side by side in the result.
        iterations: At most so many steps of L-BFGS.
    """
    columns = features.shape[1]
    widths = [target.shares.shape[1] for target in targets]
    edges = np.concatenate([[0], np.cumsum(widths)])
    outputs = int(edges[-1])
    penalty = np.repeat([1 / target.strength for target in targets], widths).astype(np.float32)
    transposed = features.T.tocsr()

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        both = flat.astype(np.float32).reshape(columns + 1, outputs)
        weights, bias = both[:-1], both[-1]
        scores = features @ weights + bias
        total, gradient = 0.0, np.empty_like(scores)
        for target, first, last in zip(targets, edges, edges[1:], strict=False):
            value, part = _head_loss(scores[:, first:last], target)
            total += value
            gradient[:, first:last] = part
        total += 0.5 * float((penalty * (weights * weights).sum(axis=0)).sum())
        slope = np.vstack([transposed @ gradient + penalty * weights, gradient.sum(axis=0)])
        return total, slope.astype(np.float64).ravel()

    start = np.zeros((columns + 1) * outputs)
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 10, "ftol": 1e-6}
    )
    both = found.x.astype(np.float32).reshape(columns + 1, outputs)
    return both[:-1], both[-1]


def _head_loss(scores: Floats, target: Target) -> tuple[float, Floats]:
    """Give a head's weighted cross-entropy and its slope by the scores."""
    weight = target.weight[:, None]
    if target.shares.shape[1] == 1:
        probability = (1 / (1 + np.exp(-scores))).astype(np.float32)
        losses = np.logaddexp(0, scores) - target.shares * scores
        slope: Floats = weight * (probability - target.shares)
        return float((weight * losses).sum()), slope
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    slope = (weight * (np.exp(logs) - target.shares)).astype(np.float32)
    return float(-(weight * target.shares * logs).sum()), slope
