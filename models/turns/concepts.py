"""What the codebook speaks of, as patterns and words: a time limit, an apology, a one-time code, an insult.

N-grams learn these only where the training text happens to spell them the same way, and often enough; a pattern or a
lexicon says them once. Each is one column beside the n-grams, and the weights decide what it is worth. Texts are folded
(simplified, half width, lower case).

Two automata a language read a text once each, however many patterns and words there are (``models.turns.automata``).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.turns.automata import Automaton
from models.turns.lexicon import CLASSES, lexicon
from models.turns.patterns import patterns

READ_AT_MOST: Final = 1000
"""Characters of a turn that are searched."""

_HAN: Final = re.compile(r"[一-鿿]")
_NO_WORD: Final = re.compile(r"[^a-z0-9']")
_NAMED: Final = tuple(patterns("zh") | patterns("en"))
_WORDS: Final = tuple(f"words of {name}" for name in CLASSES.values())
NAMES: Final = (*_NAMED, *_WORDS)
"""What each column is: a pattern that matches or does not, or a class of words."""
CONCEPTS: Final = len(NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptSpans:
    """Where a text names concepts."""

    concepts: npt.NDArray[np.int64]
    """Column of each concept named."""
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    shares: npt.NDArray[np.float32]
    """What of the column's value is due to each place."""


def concepts(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Say for each folded text which concepts it names: texts x ``CONCEPTS``.

    A pattern counts 1 where it matches; a class of words counts log(1 + n) for n different words of it. A text with any
    hanzi is read in Mandarin, another in English; the columns are the same.
    """
    cells: list[int] = []
    for row, text in enumerate(texts):
        reader, start = _reader(_language(text)), row * CONCEPTS
        matching, words = reader.named(text)
        cells += [start + reader.columns[number] for number in matching]
        cells += [start + column for number in words for column in reader.words[number].columns]
    times = np.bincount(cells, minlength=len(texts) * CONCEPTS).reshape(len(texts), CONCEPTS)
    found = times.astype(np.float32)
    found[:, len(_NAMED) :] = np.log1p(found[:, len(_NAMED) :])
    return found


def concept_spans(text: str) -> ConceptSpans:
    """Find every place where a folded text names a concept."""
    reader = _reader(_language(text))
    matching, words = reader.named(text)
    hits: list[tuple[int, int, int, float]] = []
    for number in matching:
        spans = [match.span() for match in reader.compiled[number].finditer(text[:READ_AT_MOST])]
        hits += [(reader.columns[number], start, end, 1 / len(spans)) for start, end in spans]
    named = np.bincount([column for number in words for column in reader.words[number].columns], minlength=1)
    for number in words:
        word, columns = reader.words[number]
        starts = list(_places(word, reader.spelt(text)))
        for column in columns:
            share = np.log1p(named[column]) / named[column] / len(starts)
            hits += [(column, start, start + len(word.strip()), share) for start in starts]
    return ConceptSpans(
        concepts=np.array([hit[0] for hit in hits], dtype=np.int64),
        starts=np.array([hit[1] for hit in hits], dtype=np.int64),
        ends=np.array([hit[2] for hit in hits], dtype=np.int64),
        shares=np.array([hit[3] for hit in hits], dtype=np.float32),
    )


def _places(word: str, text: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


class _Word(NamedTuple):
    spelling: str
    """As ``_Reader.spelt`` leaves it; English words with a space before and behind."""
    columns: tuple[int, ...]


class _Reader:
    """Patterns and words of one language."""

    def __init__(self, language: str) -> None:
        column = {name: at for at, name in enumerate(NAMES)}
        self._spaced = language == "en"
        edge = " " if self._spaced else ""
        self.words = [
            _Word(f"{edge}{word}{edge}", tuple(column[f"words of {name}"] for name in classes))
            for word, classes in lexicon(language)
        ]
        own = patterns(language)
        self.columns = [column[name] for name in own]
        # What says where a pattern matches; ASCII classes, as hyperscan has them.
        self.compiled = [re.compile(pattern, re.ASCII) for pattern in own.values()]
        self._patterns = Automaton(list(own.values()), literal=False)
        self._words = Automaton([word.spelling for word in self.words], literal=True)

    def named(self, text: str) -> tuple[list[int], list[int]]:
        """Give the numbers of the patterns and of the words in a text."""
        return self._patterns.matching(text[:READ_AT_MOST]), self._words.matching(self.spelt(text))

    def spelt(self, text: str) -> str:
        """Give a text as words are looked for; an English one word by word, one character further on."""
        read = text[:READ_AT_MOST]
        return f" {_NO_WORD.sub(' ', read)} " if self._spaced else read


@cache
def _reader(language: str) -> _Reader:
    return _Reader(language)


def _language(text: str) -> str:
    return "zh" if _HAN.search(text) else "en"
