"""One way to read the digits of a chain of runs: every row of groups in it that may be a number."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from grader.redaction.digit_runs import Group, Run, Stretch
from grader.redaction.document import JOINT, Document
from grader.redaction.number_shapes import FEWEST_DIGITS, MOST_DIGITS, Number, may_be_number

_JOINING = re.compile(r"(?:[ \t\-‐‑–—−.()嗯呃额啊哦]|u[mh]+|er+m?){0,6}")
_MOST_DOTS = 2
"""An IP address has three."""


class Window(NamedTuple):
    """Groups of a reading from ``first`` to before ``last``."""

    first: int
    last: int
    digits: str


class Reading:
    """Runs of one or several turns, read on as one row of digits."""

    def __init__(self, document: Document, runs: Sequence[Run]) -> None:
        self.runs = runs
        self.groups = [group for run in runs for group in run.groups]
        self._run_of = [place for place, run in enumerate(runs) for _ in run.groups]
        self._text = document.text
        gaps = [self._text[left.end : right.start] for left, right in pairwise(self.groups)]
        self._joined = [JOINT in gap or _JOINING.fullmatch(gap) is not None for gap in gaps]
        self._dotted = ["." in gap for gap in gaps]

    def candidates(self) -> Iterator[Window]:
        """Give the rows of groups that can have a shape."""
        for window in windows(self.groups):
            if may_be_number(window.digits) or (
                len(window.digits) >= FEWEST_DIGITS and self._has_plus(window.first)
            ):
                yield window

    def number(self, window: Window, *, foreign: bool) -> Number:
        """Give the digits of a window with the way they are written."""
        groups = self.groups[window.first : window.last]
        between = slice(window.first, window.last - 1)
        return Number(
            digits=window.digits,
            sizes=tuple(len(group.digits) for group in groups),
            spoken=any(group.spoken for group in groups),
            joined=all(self._joined[between]) and sum(self._dotted[between]) <= _MOST_DOTS,
            foreign=foreign,
            plus=self._has_plus(window.first),
        )

    def cut(self, first: int, last: int) -> Stretch:
        """Give the parts of the runs that hold the groups from ``first`` to before ``last``."""
        return Stretch(
            tuple(
                Run(self.runs[place].turn, tuple(self.groups[at] for at in part))
                for place, part in groupby(range(first, last), key=self._run_of.__getitem__)
            )
        )

    def turn_of(self, group: int) -> int:
        """Give the turn that a group stands in."""
        return self.runs[self._run_of[group]].turn

    def _has_plus(self, group: int) -> bool:
        return self._text[self.groups[group].start - 1] == "+"


def windows(groups: Sequence[Group]) -> Iterator[Window]:
    """Give every row of groups that is short enough to be a number."""
    for first in range(len(groups)):
        digits = ""
        for last in range(first, len(groups)):
            digits += groups[last].digits
            if len(digits) > MOST_DIGITS:
                break
            yield Window(first, last + 1, digits)
