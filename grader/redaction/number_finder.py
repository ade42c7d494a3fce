"""Finds phone numbers, ID cards, bank cards, passports and codes made of digits, written or spoken."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from grader.redaction.digit_runs import Run, Stretch, find_runs, repaired
from grader.redaction.document import Document
from grader.redaction.number_chains import chains, readings
from grader.redaction.number_context import Context
from grader.redaction.number_echoes import (
    between_stops,
    find_corrections,
    find_echoes,
    find_interrupted,
    find_siblings,
    said_again,
)
from grader.redaction.number_promises import DENIALS, named, promised
from grader.redaction.number_reading import Reading, Window
from grader.redaction.number_shapes import Shape, shape_of
from grader.redaction.spans import Hit, Kind

_OPENING = re.compile(r"[+(]{1,2} ?$")
_EXTENSION = re.compile(r"[ ,]{0,2}(?:转|分机|ext(?:ension)?\.?)[ ]?[0-9零〇一二三四五六七八九幺两]{1,6}")
_PASSPORT_LETTERS = re.compile(r"(?<![a-z])(?!no|is|it)[a-z]{1,2}[ \-]?$")
_PREFIX = re.compile(r"(?<![a-z])[a-z]-$")
_FEWEST_REPEATED = 3
_BEGINNING = 3
_MOST_STRAY = 2
_FEWEST_DENIED = 4
_LONGEST_REPAIRED = 8
_ODD_CHECK = re.compile(r"[a-z](?![a-z0-9])")
"""A check character that is neither a digit nor X: O for 0."""


class _Found(NamedTuple):
    """A number found in a reading."""

    window: Window
    stretch: Stretch
    shape: Shape


def find_numbers(document: Document) -> list[Hit]:
    """Find the numbers of one conversation, across its turns."""
    runs = list(find_runs(document))
    context = Context(document)
    finder = _Finder(document, context, runs)
    for chain in chains(document, runs, context.asks_anew):
        finder.judge(chain)
    finder.add(find_echoes(runs, finder.known))
    finder.add(find_siblings(context, runs, finder.known))
    finder.add(find_interrupted(document, context, runs))
    finder.add(find_corrections(document, context, runs, finder.known))
    return finder.hits


class _Finder:
    """Collects the hits of one document."""

    def __init__(self, document: Document, context: Context, runs: Sequence[Run]) -> None:
        self._document = document
        self._context = context
        self._runs = runs
        self._impersonal: frozenset[str] | None = None
        self.known: dict[str, tuple[Kind, int]] = {}
        """Kind of every number so far, and the turn it was first complete in."""
        self._read: dict[str, Kind] = {}
        """Numbers of the chain that is being read."""
        self.hits: list[Hit] = []

    def judge(self, chain: Sequence[Run]) -> None:
        """Find the numbers in every reading of a chain, and the pieces of it that say parts of them again."""
        self._read = {}
        for reading in readings(self._document, chain):
            self._judge_reading(reading)
        for run in chain if len(chain) > 1 else ():
            if self._context.cue_beside(run) == "tail":
                continue
            if kind := said_again(self._document, run, self._read):
                self._add(kind, run.start, run.end)

    def add(self, hits: Iterable[Hit]) -> None:
        """Take more hits, with what belongs to them."""
        for hit in hits:
            self._add(*hit)

    def _judge_reading(self, runs: Sequence[Run]) -> None:
        reading = Reading(self._document, runs)
        taken: list[_Found | None] = [None] * len(reading.groups)
        for found in self._shaped(reading):
            window = slice(found.window.first, found.window.last)
            if not any(taken[window]):
                taken[window] = [found] * len(taken[window])
                if found.shape.kind:
                    self._take(found.shape.kind, found.stretch)
        if len({self._document.speakers[run.turn] for run in runs}) > 1:
            return
        for free, places in groupby(range(len(taken)), key=lambda place: taken[place] is None):
            if free:
                rest = list(places)
                first, last = rest[0], rest[-1] + 1
                beside = [found for found in taken[max(0, first - 1) : last + 1] if found]
                self._judge_rest(reading.cut(first, last), beside)

    def _shaped(self, reading: Reading) -> list[_Found]:
        """Give all windows that look like numbers, the longest and surest first."""
        found = []
        for window in reading.candidates():
            foreign = self._context.is_foreign(reading.turn_of(window.first))
            if shape := shape_of(reading.number(window, foreign=foreign)):
                stretch = reading.cut(window.first, window.last)
                if not self._is_denied(stretch, shape):
                    found.append(_Found(window, stretch, shape))
        whole = reading.cut(0, len(reading.groups))
        if kind := named(self._context, whole):
            window = Window(0, len(reading.groups), whole.digits)
            found.append(_Found(window, whole, Shape(kind, "likely")))
        found.sort(key=_longest_and_surest)
        return found

    def _is_denied(self, stretch: Stretch, shape: Shape) -> bool:
        """Tell whether the words around a number deny what it looks like."""
        if shape.kind is None:
            return False
        if shape.kind == "phone" and (self._context.is_serial(stretch) or self._context.is_example(stretch)):
            return True
        if shape.strength == "certain":
            return False
        speakers = {self._document.speakers[part.turn] for part in stretch.parts}
        return (
            len(speakers) > 1
            or any(self._context.cue(part) in DENIALS for part in stretch.parts)
            or self._context.is_spelled(stretch)
            or (shape.kind == "phone" and self._context.is_company_line(stretch))
        )

    def _judge_rest(self, stretch: Stretch, beside: Sequence[_Found]) -> None:
        """Judge digits without a shape of their own, which may stand beside a number."""
        digits = stretch.digits
        for found in beside:
            # Said again, or begun, taken back and begun anew: 幺三八二六零四 不对 幺三八二六零三…
            again = len(digits) >= _FEWEST_REPEATED and (
                digits in found.stretch.digits
                or (len(digits) > _BEGINNING and found.stretch.digits.startswith(digits[:_BEGINNING]))
                or self._corrects(stretch, found.stretch)
            )
            stray = (
                len(digits) <= _MOST_STRAY
                and stretch.spoken
                and found.stretch.spoken
                and stretch.turn in {part.turn for part in found.stretch.parts}
            )
            if found.shape.kind and (
                again
                or (stray and not self._context.is_amount(stretch))
                or self._is_repaired(stretch, found.stretch)
            ):
                for part in stretch.parts:
                    near = [one for one in found.stretch.parts if one.turn == part.turn]
                    start, end = (
                        min(one.start for one in [part, *near]),
                        max(one.end for one in [part, *near]),
                    )
                    self._add(found.shape.kind, start, end)
                return
        said = stretch.parts
        groups = said[-1].groups
        if len(groups) > 1 and self._context.is_amount(stretch):
            # 验证码093317,5分钟内有效: the last group counts something.
            stretch = Stretch((*stretch.parts[:-1], Run(stretch.parts[-1].turn, groups[:-1])))
        kind = promised(self._document, self._context, stretch)
        if kind and stretch.digits not in self._denied():
            self._take(kind, stretch)
        elif len(said) == 1:
            self._judge_pieces(said[0])

    def _judge_pieces(self, run: Run) -> None:
        """Find codes among digits set off by commas: "expires oh five twenty seven, two two nine on the back"."""
        pieces = between_stops(self._document, run)
        for piece in pieces if len(pieces) > 1 else ():
            stretch = Stretch((piece,))
            if promised(self._document, self._context, stretch) == "code":
                self._take("code", stretch)

    def _corrects(self, rest: Stretch, found: Stretch) -> bool:
        """Tell whether a later turn says some of a number again with a digit or two set right."""
        digits = rest.digits
        said = found.digits[-_LONGEST_REPAIRED:]
        alike = digits[:_BEGINNING] in said or digits[-_BEGINNING:] in said
        return rest.turn > found.turn and _BEGINNING < len(digits) <= _LONGEST_REPAIRED and alike

    def _is_repaired(self, rest: Stretch, found: Stretch) -> bool:
        """Tell whether digits beside a number belong to it, for some of it was taken back: 零零幺七 不对 零零幺六."""
        if (
            len(rest.digits) > _LONGEST_REPAIRED
            or not (rest.spoken and found.spoken)
            or rest.turn != found.turn
        ):
            return False
        said = self._document.text[min(rest.start, found.start) : max(rest.end, found.end)]
        return repaired(said) and not self._context.is_amount(rest)

    def _denied(self) -> frozenset[str]:
        """Give the digits that somebody calls an order number or the like, wherever else they are said."""
        if self._impersonal is None:
            self._impersonal = frozenset(
                run.digits
                for run in self._runs
                if len(run.digits) >= _FEWEST_DENIED and self._context.cue_beside(run) in DENIALS
            )
        return self._impersonal

    def _take(self, kind: Kind, stretch: Stretch) -> None:
        self._read[stretch.digits] = kind
        self.known.setdefault(stretch.digits, (kind, stretch.parts[-1].turn))
        for part in stretch.parts:
            self._add(kind, part.start, part.end)

    def _add(self, kind: Kind, start: int, end: int) -> None:
        before = self._document.before(start, 4)
        if kind == "phone":
            if opening := _OPENING.search(before):
                start -= len(opening[0])
            if extension := _EXTENSION.match(self._document.after(end, 16)):
                end += extension.end()
        elif kind == "code" and (prefix := _PREFIX.search(before)):
            start -= len(prefix[0])
        elif kind == "id_card" and (letter := _ODD_CHECK.match(self._document.after(end, 2))):
            end += letter.end()
        elif kind == "passport" and (letters := _PASSPORT_LETTERS.search(before)):
            start -= len(letters[0])
        self.hits.append(Hit(kind, start, end))


def _longest_and_surest(found: _Found) -> tuple[int, bool, int]:
    return -len(found.window.digits), found.shape.strength != "certain", found.window.first
