"""Measures of agreement, calibration and ranking under weights: each takes rounds x something, gives a value a round."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

BINS: Final = 10


def kappa(confusion: Array) -> Array:
    """Cohen's kappa (1960) of tables rounds x gold x said; 1 where one value alone occurs."""
    total = confusion.sum(axis=(1, 2))
    observed = np.trace(confusion, axis1=1, axis2=2) / total
    expected = (confusion.sum(axis=2) * confusion.sum(axis=1)).sum(axis=1) / total**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected >= 1, 1.0, (observed - expected) / (1 - expected))


def alpha(confusion: Array) -> Array:
    """Krippendorff's alpha (2011) for two coders and nominal values, of tables rounds x gold x said."""
    counts = confusion.sum(axis=2) + confusion.sum(axis=1)
    total = counts.sum(axis=1)
    disagreement = 1 - np.trace(confusion, axis1=1, axis2=2) / confusion.sum(axis=(1, 2))
    expected = 1 - (counts * (counts - 1)).sum(axis=1) / (total * (total - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected <= 0, 1.0, 1 - disagreement / expected)


def calibration_error(bins: Array) -> Array:
    """Give the expected calibration error of sums rounds x bins x (cases, stated, observed)."""
    gap = np.abs(bins[:, :, 1] - bins[:, :, 2]).sum(axis=1)
    return np.asarray(gap / bins[:, :, 0].sum(axis=1))


def binned(probability: Array, gold: Array) -> Array:
    """Give each case's bin as cases x bins x (1, stated, observed), to be summed."""
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    table = np.zeros((len(probability), BINS, 3))
    table[np.arange(len(probability)), place] = np.stack(
        [np.ones(len(probability)), probability, gold.astype(float)], axis=1
    )
    return table


def by_owner(rows: Array, owner: Array, owners: int) -> Array:
    """Sum rows by the conversation they belong to."""
    table = np.zeros((owners, *rows.shape[1:]))
    np.add.at(table, owner, rows)
    return table


def weighted(table: Array, weights: Array) -> Array:
    """Sum a table conversations x … under weights rounds x conversations."""
    return np.tensordot(weights, table, axes=1)


def risk_coverage(wrong: Array, weights: Array) -> tuple[Array, Array]:
    """Give coverage and error rate, rounds x cases, when the cases, surest first, are answered one by one."""
    answered = np.cumsum(weights, axis=1)
    errors = np.cumsum(weights * wrong, axis=1)
    return answered / answered[:, -1:], errors / np.maximum(answered, 1e-9)


def area_under_risk_coverage(wrong: Array, weights: Array) -> Array:
    """Give the mean error rate over all coverages (AURC; Geifman and El-Yaniv 2017, arXiv 1705.08500); surest first."""
    _, risk = risk_coverage(wrong, weights)
    return np.asarray((risk * weights).sum(axis=1) / weights.sum(axis=1))


def coverage_at(wrong: Array, weights: Array, *, error: float) -> Array:
    """Give the largest share that can be answered, surest first, with at most ``error`` of it wrong."""
    coverage, risk = risk_coverage(wrong, weights)
    return np.asarray(np.where(risk <= error, coverage, 0).max(axis=1))


def worst_share(gold: Array, share: float) -> Array:
    """Give how far each conversation is among the worst ``share`` (highest ``gold``); ties share the last places."""
    wanted = share * len(gold)
    edge = np.sort(gold)[::-1][int(np.ceil(wanted)) - 1]
    above, at_edge = gold > edge, gold == edge
    return np.where(above, 1.0, np.where(at_edge, (wanted - above.sum()) / at_edge.sum(), 0.0))


def found(worst: Array, weights: Array, effort: float) -> Array:
    """Give the share of the worst that is found when the first ``effort`` of the conversations, in order, is looked at."""
    seen = np.cumsum(weights, axis=1) <= effort * weights.sum(axis=1, keepdims=True) + 1e-6
    return np.asarray((weights * worst * seen).sum(axis=1) / (weights * worst).sum(axis=1))


def precision_at_recall(worst: Array, weights: Array, recall: float) -> Array:
    """Give the share of the worst among what is looked at, in order, until ``recall`` of them is found."""
    hits = np.cumsum(weights * worst, axis=1)
    enough = (hits >= recall * hits[:, -1:]).argmax(axis=1)
    looked = np.cumsum(weights, axis=1)
    rounds = np.arange(len(hits))
    return np.asarray(hits[rounds, enough] / looked[rounds, enough])
