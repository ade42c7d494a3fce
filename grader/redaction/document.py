"""The turns of a conversation as one searchable text."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from grader.redaction.spans import PLACEHOLDERS
from grader.text import fold

JOINT = "\x1e"
"""Stands between turns, and before the first and after the last; no pattern crosses it."""

_MASK = "\ue000"
_PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS.values())))
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Document:
    """Turns joined, so that every pattern runs once a conversation instead of once a turn."""

    raw: str
    """As written; placeholders that stand there already are masked."""
    text: str
    """Folded (simplified script, half width, lower case), of the same length as ``raw``."""
    starts: tuple[int, ...]
    """Where each turn starts."""
    speakers: tuple[str, ...]

    def turn_at(self, offset: int) -> int:
        """Give the index of the turn that holds the character at ``offset``."""
        return bisect_right(self.starts, offset) - 1

    def bounds(self, turn: int) -> tuple[int, int]:
        """Give the start and the end of a turn."""
        following = turn + 1
        end = self.starts[following] if following < len(self.starts) else len(self.text)
        return self.starts[turn], end - len(JOINT)

    def before(self, offset: int, most: int) -> str:
        """Give up to ``most`` characters of the same turn before ``offset``."""
        return self.text[max(self.starts[self.turn_at(offset)], offset - most) : offset]

    def lately(self, offset: int, most: int = 200) -> str:
        """Give up to ``most`` characters before ``offset``, of whatever turns."""
        return self.text[max(0, offset - most) : offset]

    def after(self, offset: int, most: int) -> str:
        """Give up to ``most`` characters of the same turn from ``offset`` on."""
        end = self.text.find(JOINT, offset, offset + most)
        return self.text[offset : end if end >= 0 else offset + most]


def join(texts: Sequence[str], speakers: Sequence[str]) -> Document:
    """Join turns into one document."""
    starts = []
    offset = len(JOINT)
    for text in texts:
        starts.append(offset)
        offset += len(text) + len(JOINT)
    raw = JOINT + "".join(text + JOINT for text in texts)
    if "[" in raw:
        raw = _PLACEHOLDER.sub(lambda found: _MASK * len(found[0]), raw)
    if _SURROGATE.search(raw):
        raw = _SURROGATE.sub("\ufffd", raw)
    text = raw.lower() if raw.isascii() else fold(raw)
    return Document(raw, text, tuple(starts), tuple(speakers))
