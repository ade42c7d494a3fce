"""Fitting what labels the turns of one language: the networks, and the linear heads that explain them."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from models.turns.heads import HEADS, LINEAR_GROUPS, VIOLATIONS, Group
from models.turns.layout import rows_of
from models.turns.ngrams import NgramOptions, Vocabulary, build_vocabulary
from models.turns.units import find_units
from models.turns.weights import LanguageWeights
from training.dataset import Dataset, Known
from training.linear import Target, fit_linear
from training.recurrent import RecurrentOptions, View, fit_recurrent

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

NGRAMS: Final = {
    "zh": NgramOptions(characters=(1, 2, 3, 4)),
    "en": NgramOptions(characters=(3, 4, 5), words=(1, 2, 3)),
}


UNITS: Final = {"zh": NgramOptions(characters=(1,)), "en": NgramOptions(characters=(), words=(1,))}
NGRAM_NETWORK: Final = RecurrentOptions(encoder="ngrams", size=288, state=160, epochs=16, left_out=0.5)
UNIT_NETWORK: Final = RecurrentOptions(encoder="units", size=128, state=128, epochs=12, left_out=0.15)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """How large everything is; the values are those that measured best within the budget (``docs/training.md``)."""

    vocabulary: int = 18_000
    """How many n-grams are known."""
    units: int = 10_000
    """How many characters or words are known at most."""
    networks: tuple[RecurrentOptions, ...] = (NGRAM_NETWORK, NGRAM_NETWORK, UNIT_NETWORK)
    """The networks that are blended; equals differ by their random beginnings."""
    strength: float = 5.0
    """Inverse of the linear heads' L2 penalty."""
    iterations: int = 25
    """At most so many steps for the linear heads."""


OPTIONS: Final = {"zh": FitOptions(), "en": FitOptions()}
"""By language."""


def fit_members(
    dataset: Dataset, language: str, conversations: Indices, options: FitOptions
) -> LanguageWeights:
    """Fit vocabularies and networks on ``conversations``.

    The blend is still to be fitted, and what explains the labels (``fit_explaining``).
    """
    texts = [dataset.layout.texts[row] for row in dataset.rows(conversations)]
    vocabulary = build_vocabulary(texts, NGRAMS[language], min_texts=2, size=options.vocabulary)
    units = build_vocabulary(texts, UNITS[language], min_texts=3, size=options.units)
    as_written, as_heard = (
        View(
            features=vocabulary.vectorize(layout.texts),
            units=find_units(layout.texts, units),
            surroundings=layout.surroundings,
        )
        for layout in (dataset.layout, dataset.heard)
    )
    arrays: dict[str, Floats] = {}
    for number, network in enumerate(options.networks):
        fitted = fit_recurrent(
            dataset,
            as_written,
            as_heard,
            conversations,
            units=len(units.keys),
            options=network,
            seed=number,
        )
        arrays |= fitted.arrays(f"network{number}")
    return LanguageWeights(vocabulary=vocabulary, units=units, arrays=arrays)


def fit_explaining(
    dataset: Dataset, vocabulary: Vocabulary, conversations: Indices, options: FitOptions
) -> dict[str, Floats]:
    """Fit the linear heads that say which words speak for a label, on ``conversations``."""
    features = vocabulary.vectorize(dataset.layout.texts)
    arrays: dict[str, Floats] = {}
    for group in LINEAR_GROUPS:
        arrays |= _fit_group(group, features, dataset, conversations, options)
    return arrays


def _fit_group(
    group: Group, features: Any, dataset: Dataset, conversations: Indices, options: FitOptions
) -> dict[str, Floats]:
    layout = dataset.layout
    known = np.any([dataset.turns[group, head.name].weight > 0 for head in HEADS[group]], axis=0)
    inside = np.zeros(len(layout.texts), dtype=bool)
    inside[dataset.rows(conversations)] = True
    rows = rows_of(group, layout)
    rows = rows[(known & inside)[rows]]
    blocks = {"ngrams": features[rows], "surroundings": sparse.csr_matrix(layout.surroundings[rows])}
    stacked = sparse.hstack(list(blocks.values()), format="csr", dtype=np.float32)
    targets = [
        _target(dataset.turns[group, head.name], rows, options.strength, balanced=head.name in VIOLATIONS)
        for head in HEADS[group]
    ]
    weights, bias = fit_linear(stacked, targets, iterations=options.iterations)
    edges = np.cumsum([matrix.shape[1] for matrix in blocks.values()])[:-1]
    parts = np.split(weights, edges)
    found = {f"linear.{group}.{block}": part for block, part in zip(blocks, parts, strict=True)}
    return found | {f"linear.{group}.bias": bias}


def _target(known: Known, rows: Indices, strength: float, *, balanced: bool) -> Target:
    """Take a head's rows; rare positives count up to the square root of their rarity."""
    shares, weight = known.shares[rows], known.weight[rows].copy()
    if balanced:
        positive = float((shares[:, 0] * weight).sum())
        weight *= np.where(shares[:, 0] > 0, np.sqrt((weight.sum() - positive) / max(positive, 1)), 1)
    return Target(shares=shares, weight=weight.astype(np.float32), strength=strength)
