"""Finds digits by the numbers found beside them: said again, set right, interrupted, one of several codes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from grader.redaction.digit_runs import Run, Stretch
from grader.redaction.document import Document
from grader.redaction.number_context import Context
from grader.redaction.number_promises import DENIALS
from grader.redaction.number_reading import windows
from grader.redaction.number_shapes import Number, may_be_number, shape_of
from grader.redaction.spans import Hit, Kind

Known: TypeAlias = Mapping[str, tuple[Kind, int]]
"""The kind of every number found so far, by its digits, and the turn it was first complete in."""

_FEWEST_REMEMBERED = 7
_ECHO_TURNS = 4
_FEWEST_CORRECTED, _MOST_CORRECTED = 4, 8
_FEWEST_IN_SIBLING = 5
_SWAPPED = 2
_FEWEST_IN_PIECE = 3
_LONGEST_INTERRUPTION = (14, 40)
"""Characters of a clause between two pieces, in Chinese and in English."""
_SET_RIGHT = re.compile(r"\b(?:not|no|wrong|sorry)\b|不|错|应该")
_STOP = re.compile("[,.。]")


def find_echoes(runs: Sequence[Run], known: Known) -> Iterator[Hit]:
    """Find full numbers said again, and codes said again soon after."""
    lengths = {len(digits) for digits in known}
    for run in runs if lengths else ():
        for first, last, digits in windows(run.groups):
            if len(digits) in lengths and digits in known:
                kind, turn = known[digits]
                if len(digits) >= _FEWEST_REMEMBERED or 0 <= run.turn - turn <= _ECHO_TURNS:
                    yield Hit(kind, run.groups[first].start, run.groups[last - 1].end)


def find_siblings(context: Context, runs: Sequence[Run], known: Known) -> Iterator[Hit]:
    """Find digits as long as a code in the same turn: "first was 118204 and the second 339027"."""
    codes = {
        (turn, len(digits))
        for digits, (kind, turn) in known.items()
        if kind == "code" and len(digits) >= _FEWEST_IN_SIBLING
    }
    for run in runs if codes else ():
        if (
            (run.turn, len(run.digits)) in codes
            and run.digits not in known
            and context.cue_beside(run) in {None, "code"}
            and not context.is_amount(Stretch((run,)))
        ):
            yield Hit("code", run.start, run.end)


def find_interrupted(document: Document, context: Context, runs: Sequence[Run]) -> Iterator[Hit]:
    """Find numbers with a clause between their pieces: 幺七幺八八零五 等我戴个眼镜 三三六四."""
    for left, right in pairwise(runs):
        if left.turn != right.turn or not may_be_number(left.digits + right.digits):
            continue
        groups = (*left.groups, *right.groups)
        between = document.text[left.end : right.start]
        short = len(between) <= _LONGEST_INTERRUPTION[between.isascii()]
        if not short or not all(group.spoken for group in groups):
            continue
        sizes = tuple(len(group.digits) for group in groups)
        shape = shape_of(
            Number(left.digits + right.digits, sizes, spoken=True, joined=True, foreign=False, plus=False)
        )
        if (
            shape
            and shape.kind
            and shape.strength == "certain"
            and context.cue_beside(left) not in DENIALS
            and context.cue_beside(right) in {None, "phone", "id_card"}
        ):
            yield Hit(shape.kind, left.start, left.end)
            yield Hit(shape.kind, right.start, right.end)


def find_corrections(
    document: Document, context: Context, runs: Sequence[Run], known: Known
) -> Iterator[Hit]:
    """Find the end of a number set right, or as it was, beside it: "…555 0149, not 0194"."""
    numbers = {turn: digits for digits, (_, turn) in known.items() if len(digits) >= _FEWEST_REMEMBERED}
    for run in runs if numbers else ():
        if (
            _FEWEST_CORRECTED <= len(run.digits) <= _MOST_CORRECTED
            and context.cue_beside(run) not in DENIALS
            and _SET_RIGHT.search(document.text, *document.bounds(run.turn))
        ):
            for turn in (run.turn - 1, run.turn):
                if turn in numbers and nearly_ends(numbers[turn], run.digits):
                    yield Hit(known[numbers[turn]][0], run.start, run.end)


def said_again(document: Document, run: Run, numbers: Mapping[str, Kind]) -> Kind | None:
    """Give the kind of the number that a run says some of again, or sets right at its end."""
    if len(run.digits) < _FEWEST_IN_PIECE:
        return None
    if run.digits in numbers:
        return numbers[run.digits]  # some of it may stand in another number by chance
    pieces = (run.digits, *(piece.digits for piece in between_stops(document, run)))
    if min(map(len, pieces)) < _FEWEST_IN_PIECE:
        pieces = pieces[:1]
    for digits, kind in numbers.items():
        if any(piece in digits or nearly_ends(digits, piece) for piece in pieces):
            return kind
    return None


def between_stops(document: Document, run: Run) -> list[Run]:
    """Cut a run where the speaker pauses: at commas and full stops."""
    cuts = [0]
    for place, (group, following) in enumerate(pairwise(run.groups), start=1):
        if _STOP.search(document.text[group.end : following.start]):
            cuts.append(place)
    return [Run(run.turn, run.groups[first:last]) for first, last in pairwise((*cuts, len(run.groups)))]


def nearly_ends(number: str, digits: str) -> bool:
    """Tell whether digits are the end of a number but for one, or for two that change places: …741, no, 714."""
    if len(digits) >= len(number) or len(digits) > _MOST_CORRECTED:
        return False
    end = number[-len(digits) :]
    apart = [place for place, (left, right) in enumerate(zip(end, digits, strict=True)) if left != right]
    if len(apart) == _SWAPPED:
        one, other = apart
        return end[one] == digits[other] and end[other] == digits[one]
    return len(apart) == 1
