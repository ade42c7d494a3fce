"""The words a verdict rests on."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Final, TypeAlias

from grader.conversation import Conversation
from grader.grade import Evidence
from grader.scorecard.causes import Cause
from grader.scorecard.observation import Hit

MOST: Final = 5
"""Pieces of evidence for one criterion."""

LONGEST: Final = 120
"""Characters of a quote for which nobody knows which words told."""

_CLAUSE_END: Final = ",，。.!！?？;；、\n "

Highlight: TypeAlias = Callable[[int, str], tuple[int, int] | None]
"""Gives for a turn's index and a label the offsets of the words that told; None where it cannot.

A label is ``empathy``, ``solution=2`` where one value counts, or ``violation:rude``."""


def evidence(
    causes: Sequence[Cause], conversation: Conversation, highlight: Highlight | None
) -> tuple[Evidence, ...]:
    """Choose the strongest hits of what was found, some of each condition, in order of place."""
    chosen: list[Evidence] = []
    for hit in _by_turns(causes):
        start, end = _span(hit, conversation, highlight)
        overlaps = any(e.turn == hit.turn and e.start < end and start < e.end for e in chosen)
        if start < end and not overlaps:
            quote = conversation.turns[hit.turn].text[start:end]
            chosen.append(Evidence(turn=hit.turn, start=start, end=end, quote=quote))
        if len(chosen) == MOST:
            break
    return tuple(sorted(chosen, key=lambda piece: (piece.turn, piece.start)))


def _by_turns(causes: Sequence[Cause]) -> Iterator[Hit]:
    """Give each condition's strongest hit, then each one's second, and so on."""
    ranked = [sorted(cause.hits, key=lambda hit: -hit.probability) for cause in causes if cause.hits]
    return (hit for hit in chain.from_iterable(zip_longest(*ranked)) if hit is not None)


def _span(hit: Hit, conversation: Conversation, highlight: Highlight | None) -> tuple[int, int]:
    """Give the offsets of the words; of a turn as a whole without the space around, and not too much of it."""
    text = conversation.turns[hit.turn].text
    if (
        hit.label
        and highlight
        and (span := highlight(hit.turn, hit.label))
        and 0 <= span[0] < span[1] <= len(text)
    ):
        return span
    end = min(hit.end, len(text))
    stretch = text[hit.start : end]
    start = hit.start + len(stretch) - len(stretch.lstrip())
    end -= len(stretch) - len(stretch.rstrip())
    if hit.label is None or end - start <= LONGEST:
        return start, end
    cut = max(text.rfind(mark, start, start + LONGEST) for mark in _CLAUSE_END)
    return start, cut + 1 if cut > start else start + LONGEST
