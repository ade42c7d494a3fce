"""Stretches of time, and how much of one lies in others."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """From ``start`` to ``end``, in seconds from the recording's start."""

    start: float
    end: float


def seconds(spans: Iterable[Span]) -> float:
    """Sum the lengths."""
    return sum(span.end - span.start for span in spans)


def joined(spans: Iterable[Span], *, gap: float = 0.0) -> list[Span]:
    """Sort, and make one of those that overlap or lie at most ``gap`` seconds apart."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start - result[-1].end <= gap:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def shared(span: Span, spans: Sequence[Span]) -> float:
    """Give the seconds of ``span`` that lie in ``spans``, which are sorted and do not overlap."""
    total = 0.0
    for other in spans[max(0, bisect_left(spans, span) - 1) :]:
        if other.start >= span.end:
            break
        total += max(0.0, min(span.end, other.end) - max(span.start, other.start))
    return total
