"""The single units of a turn in their order: characters in Mandarin, words in English."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from models.turns.ngrams import Vocabulary, occurrences

Positions = npt.NDArray[np.int64]

UNITS_AT_MOST: Final = 200
"""What stands further back in a turn is read as n-grams only."""
UNKNOWN: Final = 0
"""The id of a unit that the vocabulary does not hold; the others are their place in it, from 1 on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The units of a batch of texts, one text after the other."""

    ids: Positions
    first: Positions
    """Where each text's units begin, and where the last one's end."""


def find_units(texts: Sequence[str], vocabulary: Vocabulary) -> Units:
    """Read the units of folded ``texts``; ``vocabulary`` is of n-grams of length 1."""
    found = occurrences(texts, vocabulary.options)
    place = np.minimum(np.searchsorted(vocabulary.keys, found.hashes), len(vocabulary.keys) - 1)
    ids = np.where(vocabulary.keys[place] == found.hashes, place + 1, UNKNOWN)
    first = np.searchsorted(found.rows, np.arange(len(texts) + 1))
    read = np.arange(len(ids)) - first[found.rows] < UNITS_AT_MOST
    counts = np.minimum(np.diff(first), UNITS_AT_MOST)
    return Units(ids=ids[read], first=np.concatenate([[0], np.cumsum(counts)]))
