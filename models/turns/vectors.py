"""From the text of a turn to its vector, in two ways: what n-grams it holds, and how its units follow one another.

N-grams know phrases by heart (Joulin et al., "Bag of Tricks for Efficient Text Classification", 2017); convolutions over
single characters or words see likeness and order (Kim, "Convolutional Neural Networks for Sentence Classification",
2014). They err differently, which is why both are blended.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.turns.units import Units

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]
Weights = Callable[[str], Floats]
"""Gives an array of the member by its name."""

GAP: Final = 2
"""Empty places between two turns: as far as the second convolution reaches."""
TURNS_POOLED: Final = 32
"""Turns that are pooled together: few enough that their n-grams' vectors fit into the caches."""
TURNS_CONVOLVED: Final = 128
"""Turns that are convolved together, likewise."""
MEAN: Final = 0.3
"""What the mean counts beside the greatest value, so that both are of one size at the start."""


def encoded(features: Any, units: Units, arrays: dict[str, Floats], member: str) -> Floats:
    """Give what each turn says, as the encoder of ``member`` reads it: turns x vector.

    Args:
        features: TF-IDF rows of the turns.
        units: Their units.
        arrays: The weights.
        member: The network's name.
    """

    def of(name: str) -> Floats:
        return arrays[f"{member}.{name}"]

    return convolved_units(units, of) if f"{member}.units" in arrays else pooled_ngrams(features, of)


def pooled_ngrams(features: Any, of: Weights) -> Floats:
    """Give the greatest values of the vectors of a turn's n-grams, and the weighted sums of others: turns x both.

    Args:
        features: TF-IDF rows of the turns.
        of: ``loudest`` and ``summed``, n-grams x half the vector.
    """
    vectors = of("loudest")
    greatest = np.zeros((features.shape[0], vectors.shape[1]), dtype=np.float32)
    held = np.flatnonzero(np.diff(features.indptr))
    for at in range(0, len(held), TURNS_POOLED):
        some = held[at : at + TURNS_POOLED]
        begin, end = features.indptr[some[0]], features.indptr[some[-1] + 1]
        given = vectors[features.indices[begin:end]]
        greatest[some] = np.maximum.reduceat(given, features.indptr[some] - begin, axis=0)
    return np.concatenate([greatest, features @ of("summed")], axis=1)


def convolved_units(units: Units, of: Weights) -> Floats:
    """Read the units of each turn with two layers of convolutions, three units wide, the second every other one.

    Args:
        units: The units of the turns.
        of: ``units`` (units x size), ``near.weight`` (3 sizes x filters), ``near.bias``, ``far.weight``
            (3 filters x filters), ``far.bias``, and ``pooled.weight`` (4 filters x vector).

    Returns:
        Turns x vector: of the greatest values and the means of both layers.
    """
    turns = len(units.first) - 1
    parts = [
        _convolved(units, np.arange(at, min(at + TURNS_CONVOLVED, turns)), of)
        for at in range(0, turns, TURNS_CONVOLVED)
    ]
    weight = of("pooled.weight")
    return np.concatenate([np.zeros((0, weight.shape[1]), dtype=np.float32), *parts])


def _convolved(units: Units, turns: Positions, of: Weights) -> Floats:
    counts = units.first[turns + 1] - units.first[turns]
    starts = np.cumsum(counts + GAP) - counts
    places = np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    total = int(counts.sum()) + GAP * (len(turns) + 1)
    vectors = of("units")
    laid = np.zeros((total, vectors.shape[1]), dtype=np.float32)
    laid[places] = vectors[units.ids[units.first[turns[0]] : units.first[turns[-1] + 1]]]
    empty = np.ones(total, dtype=bool)
    empty[places] = False
    near = _layer(laid, of("near.weight"), of("near.bias"), 1, empty)
    far = _layer(near, of("far.weight"), of("far.bias"), 2, empty)
    # Empty places are zeros and values are not negative: a gap behind a turn changes neither maximum nor sum.
    both = (near, far)
    greatest = [np.maximum.reduceat(layer, starts, axis=0) for layer in both]
    root = np.sqrt(np.maximum(counts, 1)).astype(np.float32)[:, None]
    means = [np.add.reduceat(layer, starts, axis=0) * (MEAN / root) for layer in both]
    return np.asarray(np.concatenate(greatest + means, axis=1) @ of("pooled.weight"))


def _layer(given: Floats, weight: Floats, bias: Floats, reach: int, empty: npt.NDArray[np.bool_]) -> Floats:
    """Convolve with the places ``reach`` before, here and ``reach`` after."""
    before, here, after = np.split(weight, 3)
    found = given @ here
    found[reach:] += given[:-reach] @ before
    found[:-reach] += given[reach:] @ after
    found += bias
    np.maximum(found, 0, out=found)
    found[empty] = 0
    return found
