"""The words of a turn that speak for a label."""

import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.turns.heads import HEADS, LINEAR_GROUPS, Group, slices

_SPACED_CLAUSE: Final = re.compile(r"[^,.;:!?。、，；：！？…~\n]*[^,.;:!?。、，；：！？…~\s]")
_UNSPACED_CLAUSE: Final = re.compile(r"[^,.;:!?。、，；：！？…~\s]+")
_WORD: Final = re.compile(r"\S+")
_HAN: Final = re.compile(r"[一-鿿]")
WORDS_AT_MOST: Final = 12
"""A longer run without punctuation (recognised speech) is narrowed to so many words ..."""
HANZI_AT_MOST: Final = 24
"""... or so many hanzi."""


def label_columns(speaker: str, label: str) -> tuple[Group, list[int], npt.NDArray[np.float32]]:
    """Give the group of a label, its columns there, and for each whether it speaks for (+) or against (-).

    Raises:
        KeyError: turns of ``speaker`` have no such label, or the label no such level.
    """
    name, _, level = label.partition("=")
    for group in LINEAR_GROUPS:
        for head in HEADS[group]:
            if head.name == name and group == speaker and level in {"", *head.values}:
                place = slices(group)[name]
                columns = list(range(place.start, place.stop))
                return group, columns, _signs(name, head.values, level)
    raise KeyError(f"Turns of the speaker {speaker!r} have no label {label!r}.")


def _signs(name: str, values: tuple[str, ...], level: str) -> Any:
    if not values:
        return np.ones(1, dtype=np.float32)
    if level:
        chosen = {level}
    elif name == "courtesy":
        chosen = {values[-1]}
    elif name == "emotion":
        chosen = {"-2", "-1"}
    else:
        chosen = set(values[1:])
    inside = np.array([value in chosen for value in values])
    return np.where(inside, 1 / inside.sum(), -1 / max((~inside).sum(), 1)).astype(np.float32)


def one_clause(text: str, most: int) -> tuple[int, int] | None:
    """Give the only clause of a text that is no longer than ``most`` characters; None for other texts."""
    inside = text.strip()
    if not inside or len(inside) > most:
        return None
    clauses = [match.span() for match in _SPACED_CLAUSE.finditer(text)]
    return _trimmed(text, clauses[0]) if len(clauses) == 1 else None


class Clauses:
    """The clauses of a text, to be compared by what is in them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_han = _HAN.search(text) is not None
        clause = _UNSPACED_CLAUSE if self._is_han else _SPACED_CLAUSE
        self.spans = [_trimmed(text, match.span()) for match in clause.finditer(text)]

    def with_most(self, worth: npt.NDArray[np.float64]) -> tuple[int, int]:
        """Give the clause, or few words of a long one, that is worth most; (0, 0) where there is none.

        ``worth`` is that of all characters before each one, and before the end.
        """
        if not self.spans:
            return 0, 0
        first, last = _greatest(self.spans, worth)
        units, most = (_HAN, HANZI_AT_MOST) if self._is_han else (_WORD, WORDS_AT_MOST)
        found = [match.span() for match in units.finditer(self._text, first, last)]
        if len(found) <= most:
            return first, last
        windows = zip(found, found[most - 1 :], strict=False)
        return _greatest([(begin[0], finish[1]) for begin, finish in windows], worth)


def _greatest(spans: list[tuple[int, int]], worth: npt.NDArray[np.float64]) -> tuple[int, int]:
    """Give the first of the spans that are worth most."""
    if len(spans) == 1:
        return spans[0]
    edges = worth[np.array(spans)]
    # Rounded, so that of a sentence said twice the first is given.
    return spans[int((edges[:, 1] - edges[:, 0]).round(9).argmax())]


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    inside = text[span[0] : span[1]]
    return span[0] + len(inside) - len(inside.lstrip()), span[1]
