"""Finds phone numbers, ID cards, bank cards, passports and codes made of digits, written or spoken."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from grader.redaction.digit_runs import Group, Run, Stretch, find_runs
from grader.redaction.document import JOINT, Document
from grader.redaction.number_chains import chains, readings
from grader.redaction.number_context import Context
from grader.redaction.number_promises import DENIALS, named, promised
from grader.redaction.number_shapes import FEWEST_DIGITS, MOST_DIGITS, Number, Shape, may_be_number, shape_of
from grader.redaction.spans import Hit, Kind

_JOINING = re.compile(r"(?:[ \t\-‐‑–—−.()嗯呃额啊哦]|u[mh]+|er+m?){0,6}")
_OPENING = re.compile(r"[+(]{1,2} ?$")
_EXTENSION = re.compile(r"[ ,]{0,2}(?:转|分机|ext(?:ension)?\.?)[ ]?[0-9零〇一二三四五六七八九幺两]{1,6}")
_PASSPORT_LETTERS = re.compile(r"(?<![a-z])[a-z]{1,2}[ \-]?$")
_FEWEST_REPEATED = 3
_BEGINNING = 3
_FEWEST_REMEMBERED = 7
_MOST_STRAY = 2
_ECHO_TURNS = 4


class _Item(NamedTuple):
    """A group of digits in a reading."""

    run: int
    group: Group


class _Found(NamedTuple):
    """A number found in a reading, from its ``first`` to before its ``last`` group."""

    first: int
    last: int
    stretch: Stretch
    shape: Shape


def find_numbers(document: Document) -> list[Hit]:
    """Find the numbers of one conversation, across its turns."""
    finder = _Finder(document)
    runs = list(find_runs(document))
    for chain in chains(document, runs):
        finder.judge(chain)
    finder.find_echoes(runs)
    return finder.hits


class _Finder:
    """Collects the hits of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._context = Context(document)
        self._known: dict[str, tuple[Kind, int]] = {}
        self.hits: list[Hit] = []

    def judge(self, chain: Sequence[Run]) -> None:
        """Find the numbers in every reading of a chain, and the pieces of it that say parts of them again."""
        before = len(self._known)
        for reading in readings(self._document, chain):
            self._judge_reading(reading)
        if len(chain) > 1:
            numbers = list(self._known.items())[before:]
            for run in chain:
                kinds = [kind for digits, (kind, _) in numbers if run.digits in digits]
                if kinds and len(run.digits) >= _FEWEST_REPEATED:
                    self._add(kinds[0], run.start, run.end)

    def find_echoes(self, runs: Iterable[Run]) -> None:
        """Find full numbers said again, and codes said again soon after."""
        lengths = {len(digits) for digits in self._known}
        for run in runs if lengths else ():
            for first, last, digits in _windows(run.groups):
                if len(digits) in lengths and digits in self._known:
                    kind, turn = self._known[digits]
                    if len(digits) >= _FEWEST_REMEMBERED or 0 <= run.turn - turn <= _ECHO_TURNS:
                        self._add(kind, run.groups[first].start, run.groups[last - 1].end)

    def _judge_reading(self, reading: Sequence[Run]) -> None:
        items = [_Item(place, group) for place, run in enumerate(reading) for group in run.groups]
        taken: list[_Found | None] = [None] * len(items)
        for found in self._shaped(reading, items):
            window = slice(found.first, found.last)
            if not any(taken[window]):
                taken[window] = [found] * (found.last - found.first)
                if found.shape.kind:
                    self._take(found.shape.kind, found.stretch)
        if len({self._document.speakers[run.turn] for run in reading}) > 1:
            return
        for free, places in groupby(range(len(items)), key=lambda place: taken[place] is None):
            if free:
                rest = list(places)
                beside = [found for found in taken[max(0, rest[0] - 1) : rest[-1] + 2] if found]
                self._judge_rest(_cut(reading, items[rest[0] : rest[-1] + 1]), beside)

    def _shaped(self, reading: Sequence[Run], items: Sequence[_Item]) -> list[_Found]:
        """Give all windows that look like numbers, the longest and surest first."""
        found = []
        for first, last, digits in _windows([item.group for item in items]):
            plus = self._document.text[items[first].group.start - 1] == "+"
            if may_be_number(digits) or (plus and len(digits) >= FEWEST_DIGITS):
                stretch = _cut(reading, items[first:last])
                shape = shape_of(self._number(stretch, digits))
                if shape and not self._is_denied(stretch, shape):
                    found.append(_Found(first, last, stretch, shape))
        whole = _cut(reading, items)
        if kind := named(self._context, whole):
            found.append(_Found(0, len(items), whole, Shape(kind, "likely")))
        found.sort(key=lambda one: (-len(one.stretch.digits), one.shape.strength != "certain", one.first))
        return found

    def _number(self, stretch: Stretch, digits: str) -> Number:
        text, groups = self._document.text, stretch.groups
        gaps = [text[left.end : right.start] for left, right in pairwise(groups)]
        joined = all(JOINT in gap or _JOINING.fullmatch(gap) for gap in gaps)
        return Number(
            digits=digits,
            sizes=tuple(len(group.digits) for group in groups),
            spoken=stretch.spoken,
            joined=joined and sum("." in gap for gap in gaps) <= 2,
            foreign=self._context.is_foreign(stretch.turn),
            plus=text[stretch.start - 1] == "+",
        )

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
            )
            stray = (
                len(digits) <= _MOST_STRAY
                and stretch.spoken
                and found.stretch.spoken
                and stretch.turn in {part.turn for part in found.stretch.parts}
            )
            if found.shape.kind and (again or (stray and not self._context.is_amount(stretch))):
                for part in stretch.parts:
                    near = [one for one in found.stretch.parts if one.turn == part.turn]
                    start, end = (
                        min(one.start for one in [part, *near]),
                        max(one.end for one in [part, *near]),
                    )
                    self._add(found.shape.kind, start, end)
                return
        if kind := promised(self._document, self._context, stretch):
            self._take(kind, stretch)
        elif len(stretch.parts[-1].groups) > 1 and self._context.is_amount(stretch):
            *parts, last = stretch.parts  # 验证码093317,5分钟内有效: the last group counts something
            self._judge_rest(Stretch((*parts, Run(last.turn, last.groups[:-1]))), beside)

    def _take(self, kind: Kind, stretch: Stretch) -> None:
        self._known.setdefault(stretch.digits, (kind, stretch.parts[-1].turn))
        for part in stretch.parts:
            self._add(kind, part.start, part.end)

    def _add(self, kind: Kind, start: int, end: int) -> None:
        before = self._document.before(start, 4)
        if kind == "phone":
            if opening := _OPENING.search(before):
                start -= len(opening[0])
            if extension := _EXTENSION.match(self._document.after(end, 16)):
                end += extension.end()
        elif kind == "passport" and (letters := _PASSPORT_LETTERS.search(before)):
            start -= len(letters[0])
        self.hits.append(Hit(kind, start, end))


def _cut(reading: Sequence[Run], items: Sequence[_Item]) -> Stretch:
    """Give the parts of a reading's runs that hold the groups of ``items``."""
    return Stretch(
        tuple(
            Run(reading[place].turn, tuple(item.group for item in part))
            for place, part in groupby(items, key=lambda item: item.run)
        )
    )


def _windows(groups: Sequence[Group]) -> Iterator[tuple[int, int, str]]:
    """Give every row of groups that is short enough to be a number: its first, the one after its last, its digits."""
    for first in range(len(groups)):
        digits = ""
        for last in range(first, len(groups)):
            if len(digits) + len(groups[last].digits) > MOST_DIGITS:
                break
            digits += groups[last].digits
            yield first, last + 1, digits
