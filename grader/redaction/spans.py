"""What was redacted where, and how an offset moves between the original and the redacted text of a turn."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal[
    "id_card", "bank_card", "phone", "email", "passport", "plate", "password", "code", "address", "name"
]

PLACEHOLDERS: Final[dict[Kind, str]] = {
    "email": "[EMAIL]",
    "id_card": "[ID_CARD]",
    "bank_card": "[BANK_CARD]",
    "phone": "[PHONE]",
    "passport": "[PASSPORT]",
    "plate": "[PLATE]",
    "password": "[PASSWORD]",
    "code": "[CODE]",
    "address": "[ADDRESS]",
    "name": "[NAME]",
}
"""What stands in the place of each kind. Where hits overlap, the kind named first here gives its name."""

_RANK: Final = {kind: rank for rank, kind in enumerate(PLACEHOLDERS)}


class Hit(NamedTuple):
    """A stretch of some text that is personal."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedSpan:
    """One placeholder of a turn."""

    kind: Kind
    start: int
    """Character offsets of what was taken out, in the original text."""
    end: int
    placed_start: int
    """Character offsets of the placeholder, in the redacted text."""
    placed_end: int


Spans: TypeAlias = tuple[RedactedSpan, ...]
"""What was taken out of one turn, in order of place."""


def merge(hits: Iterable[Hit]) -> list[Hit]:
    """Join overlapping hits, in order of place."""
    merged: list[Hit] = []
    for hit in sorted(hits, key=attrgetter("start", "end")):
        if merged and hit.start < merged[-1].end:
            last = merged[-1]
            kind = min(last.kind, hit.kind, key=_RANK.__getitem__)
            merged[-1] = Hit(kind, last.start, max(last.end, hit.end))
        else:
            merged.append(hit)
    return merged


def place(text: str, hits: Sequence[Hit]) -> tuple[str, tuple[RedactedSpan, ...]]:
    """Put placeholders into ``text``; ``hits`` are ordered and do not overlap."""
    pieces: list[str] = []
    spans: list[RedactedSpan] = []
    read = written = 0
    for kind, start, end in hits:
        placeholder = PLACEHOLDERS[kind]
        written += start - read
        pieces += (text[read:start], placeholder)
        spans.append(
            RedactedSpan(
                kind=kind, start=start, end=end, placed_start=written, placed_end=written + len(placeholder)
            )
        )
        read, written = end, written + len(placeholder)
    pieces.append(text[read:])
    return "".join(pieces), tuple(spans)


def span_to_redacted(spans: Sequence[RedactedSpan], start: int, end: int) -> tuple[int, int]:
    """Give where the stretch ``start``-``end`` of a turn's original text stands in its redacted text.

    An end that falls into something redacted moves out to the edge of its placeholder.
    """
    return _to_redacted(spans, start, end=False), _to_redacted(spans, end, end=True)


def span_to_original(spans: Sequence[RedactedSpan], start: int, end: int) -> tuple[int, int]:
    """Give where the stretch ``start``-``end`` of a turn's redacted text stands in its original text.

    An end that falls into a placeholder moves out to the edge of what was redacted.
    """
    return _to_original(spans, start, end=False), _to_original(spans, end, end=True)


def offset_to_redacted(spans: Sequence[RedactedSpan], offset: int) -> int:
    """Give the place of one original character in the redacted text: its placeholder's start if redacted."""
    return _to_redacted(spans, offset, end=False)


def offset_to_original(spans: Sequence[RedactedSpan], offset: int) -> int:
    """Give the place of one redacted character in the original text: the span's start for a placeholder."""
    return _to_original(spans, offset, end=False)


def _to_redacted(spans: Sequence[RedactedSpan], offset: int, *, end: bool) -> int:
    before = bisect_right(spans, offset, key=lambda span: span.start)
    if end and before and spans[before - 1].start == offset:
        before -= 1
    if not before:
        return offset
    span = spans[before - 1]
    if offset < span.end:
        return span.placed_end if end else span.placed_start
    return offset - span.end + span.placed_end


def _to_original(spans: Sequence[RedactedSpan], offset: int, *, end: bool) -> int:
    before = bisect_right(spans, offset, key=lambda span: span.placed_start)
    if end and before and spans[before - 1].placed_start == offset:
        before -= 1
    if not before:
        return offset
    span = spans[before - 1]
    if offset < span.placed_end:
        return span.end if end else span.start
    return offset - span.placed_end + span.end
