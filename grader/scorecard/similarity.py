"""How much a stretch of text is like an example sentence: cosine of character n-gram counts, without any weights.

Bigrams for Chinese, whose words are mostly two characters long, trigrams for other scripts. Punctuation and spaces are
left out, so that a transcript without them compares alike. Every stretch as long as the example is tried. Deterministic.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from grader.text import fold

MIN_LENGTH: Final = 4
"""Letters an example needs for its n-grams to say something."""

_HAN: Final = ("\u3400", "\u9fff")


@dataclass(frozen=True, slots=True)
class Likeness:
    """The stretch of a text that is most like an example."""

    cosine: float
    start: int
    """Character offsets into the text."""
    end: int


_NONE: Final = Likeness(0.0, 0, 0)


class Letters:
    """A folded text without punctuation and spaces."""

    def __init__(self, folded: str) -> None:
        self._folded = folded
        self.text = "".join(filter(str.isalnum, folded))
        self._grams: dict[int, list[str]] = {}

    @cached_property
    def places(self) -> list[int]:
        """Say where each letter stands in the text."""
        return [index for index, c in enumerate(self._folded) if c.isalnum()]

    def grams(self, size: int) -> list[str]:
        """Give the n-grams of a size, in order."""
        if size not in self._grams:
            count = len(self.text) - size + 1
            self._grams[size] = [self.text[index : index + size] for index in range(count)]
        return self._grams[size]


class Example:
    """A sentence to compare with."""

    def __init__(self, sentence: str) -> None:
        letters = Letters(fold(sentence))
        self.length = len(letters.text)
        """Letters and digits."""
        self._size = 2 if any(_HAN[0] <= c <= _HAN[1] for c in letters.text) else 3
        grams = letters.grams(self._size)
        self._ids = {gram: index for index, gram in enumerate(dict.fromkeys(grams))}
        self._counts = np.zeros(len(self._ids))
        for gram in grams:
            self._counts[self._ids[gram]] += 1
        self._norm = float(np.linalg.norm(self._counts))

    def likeness(self, letters: Letters, *, at_least: float = 0.0) -> Likeness:
        """Find the stretch of a text that is most like the example, from the first n-gram they share to the last.

        N-grams of the text that the example lacks count as all different from each other. No stretch where none can
        be as like as ``at_least``.
        """
        grams = letters.grams(self._size)
        width = min(self.length - self._size + 1, len(grams))
        # A stretch has a norm of at least the root of its width, and shares no more than all of the text does.
        shared = sum(self._counts[self._ids[gram]] for gram in grams if gram in self._ids)
        if shared <= at_least * self._norm * math.sqrt(width):
            return _NONE
        known = np.array([self._ids.get(gram, -1) for gram in grams], dtype=np.int64)
        windows = _windows(known, len(self._ids), width)
        inside = windows.sum(axis=1)
        norms = np.sqrt((windows * windows).sum(axis=1) + width - inside)
        cosines = windows @ self._counts / (norms * self._norm)
        best = int(cosines.argmax())
        shared = best + np.flatnonzero(known[best : best + width] >= 0)
        start, last = letters.places[shared[0]], letters.places[shared[-1] + self._size - 1]
        return Likeness(float(cosines[best]), start, last + 1)


def _windows(known: np.ndarray, size: int, width: int) -> np.ndarray:
    """Count the known n-grams of every stretch of ``width``: one row a stretch, one column an n-gram."""
    seen = np.zeros((len(known) + 1, size))
    inside = known >= 0
    seen[1:][inside, known[inside]] = 1
    seen = seen.cumsum(axis=0)
    windows: np.ndarray = seen[width:] - seen[:-width]
    return windows
