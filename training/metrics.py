"""Measures of agreement, ranking, calibration and distance, with intervals by bootstrap over conversations."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def cohen_kappa(gold: Array, said: Array) -> float:
    """Agreement beyond chance, unweighted (Cohen 1960); 1 where both say one and the same throughout."""
    values = np.unique(np.concatenate([gold, said]))
    observed = float(np.mean(gold == said))
    expected = float(sum(np.mean(gold == value) * np.mean(said == value) for value in values))
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)


def krippendorff_alpha(first: Array, second: Array) -> float:
    """Agreement of two coders beyond chance on nominal values (Krippendorff 2011), without missing values."""
    values, counts = np.unique(np.concatenate([first, second]), return_counts=True)
    total = int(counts.sum())
    disagreement = float(np.mean(first != second))
    expected = 1 - float((counts * (counts - 1)).sum()) / (total * (total - 1))
    return 1.0 if len(values) == 1 else 1 - disagreement / expected


def average_precision(gold: Array, score: Array) -> float:
    """Mean precision at each positive, tied scores counted together; NaN without positives."""
    if not gold.any():
        return float("nan")
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(gold[order])
    last_of_ties = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    recall = np.concatenate([[0], hits[last_of_ties] / hits[-1]])
    precision = hits[last_of_ties] / (last_of_ties + 1)
    return float((np.diff(recall) * precision).sum())


def expected_calibration_error(probability: Array, gold: Array, *, bins: int = 10) -> float:
    """Mean gap between stated and observed frequency over ``bins`` equally wide bins, by their share of cases."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    size = np.bincount(place, minlength=bins)
    stated = np.bincount(place, weights=probability, minlength=bins)
    observed = np.bincount(place, weights=gold.astype(float), minlength=bins)
    return float(np.abs(stated - observed)[size > 0].sum() / len(probability))


def calibrated_error(probability: Array, *, rounds: int = 200) -> float:
    """Give the calibration error that these probabilities would show by chance if they were right.

    Consistency resampling (Bröcker and Smith, "Increasing the reliability of reliability diagrams", 2007): the mean over
    ``rounds`` of outcomes drawn from the probabilities themselves.
    """
    random = np.random.default_rng(0)
    drawn = (random.random(len(probability)) < probability for _ in range(rounds))
    return float(np.mean([expected_calibration_error(probability, outcome) for outcome in drawn]))


def nmd(gold: Array, said: Array) -> Array:
    """Normalised match distance of ordinal distributions, by row (Sakai 2018): mean gap of the cumulated shares."""
    gap = np.abs(np.cumsum(gold, axis=1) - np.cumsum(said, axis=1))
    return np.asarray(gap[:, :-1].sum(axis=1) / (gold.shape[1] - 1))


def rsnod(gold: Array, said: Array) -> Array:
    """Root symmetric normalised order-aware divergence of ordinal distributions, by row (Sakai 2018)."""
    levels = gold.shape[1]
    square = (gold - said) ** 2
    distance = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels)))
    weighted = square @ distance
    # An order-aware divergence averages over the levels that have any gold share; symmetric: both ways.
    forth = _mean_where(weighted, gold > 0)
    back = _mean_where(weighted, said > 0)
    return np.asarray(np.sqrt((forth + back) / 2 / (levels - 1)))


def _mean_where(values: Array, chosen: Array) -> Array:
    return np.asarray((values * chosen).sum(axis=1) / np.maximum(chosen.sum(axis=1), 1))


def jsd(gold: Array, said: Array) -> Array:
    """Jensen-Shannon divergence of nominal distributions, by row, base 2 (Lin 1991)."""
    middle = (gold + said) / 2
    return (_divergence(gold, middle) + _divergence(said, middle)) / 2


def _divergence(from_: Array, to: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(from_ > 0, from_ * np.log2(from_ / to), 0)
    return np.asarray(terms.sum(axis=1))


def rnss(gold: Array, said: Array) -> Array:
    """Root normalised sum of squared errors of nominal distributions, by row (Sakai 2018)."""
    return np.asarray(np.sqrt(((gold - said) ** 2).sum(axis=1) / 2))


def risk_coverage(confidence: Array, wrong: Array) -> tuple[Array, Array]:
    """Give coverage and error rate when the most confident answers are kept, from one answer to all."""
    order = np.argsort(-confidence, kind="stable")
    count = np.arange(1, len(order) + 1)
    return count / len(order), np.cumsum(wrong[order]) / count


def coverage_at(confidence: Array, wrong: Array, *, error: float) -> float:
    """Largest share of answers that can be kept, most confident first, with at most ``error`` of them wrong."""
    coverage, risk = risk_coverage(confidence, wrong)
    kept = np.flatnonzero(risk <= error)
    return float(coverage[kept[-1]]) if len(kept) else 0.0


def bootstrap(
    measure: Callable[[Array], float], groups: Sequence[str], *, rounds: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Give the 95 % percentile interval of ``measure`` when whole groups are drawn with replacement.

    Args:
        measure: Takes the indices of the cases drawn; NaN results are left out.
        groups: The group (conversation) of each case.
        rounds: How many samples are drawn.
        seed: Of the random draws.
    """
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(group.max() + 2))
    members = [order[first:last] for first, last in pairwise(edges)]
    random = np.random.default_rng(seed)
    results = [
        measure(np.concatenate([members[one] for one in random.integers(len(members), size=len(members))]))
        for _ in range(rounds)
    ]
    if np.isnan(results).all():
        return float("nan"), float("nan")
    low, high = np.nanpercentile(results, [2.5, 97.5])
    return float(low), float(high)
