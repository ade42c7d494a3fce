"""Conversations laid end to end, so that a condition is looked up in all of them at once."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from grader.codebook import AGENT_LEVELS, CUSTOMER_FLAGS, EMOTIONS, NUGGETS, PROBLEM, VIOLATIONS
from grader.conversation import Speaker
from grader.scorecard.observation import Observation, View

if TYPE_CHECKING:
    from grader.scorecard.condition import Turns

Floats: TypeAlias = npt.NDArray[np.float64]
Rows: TypeAlias = npt.NDArray[np.int64]

NOTHING: Final = ""
"""The value of a label with levels or names in turns of which the classifier says nothing."""

VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    **AGENT_LEVELS,
    "emotion": EMOTIONS,
    "nugget": (*NUGGETS["customer"], *NUGGETS["agent"]),
    "violation": VIOLATIONS,
    **dict.fromkeys((*CUSTOMER_FLAGS, PROBLEM), ("yes",)),
}
"""What a classifier may say, by label; "yes" for those that are there or not."""

_JOINT: Final = "\0"
"""Between turns: no letter, and no space that a phrase could reach over."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """The turns in which something is searched; there is one for all that are searched in the same turns."""

    turns: tuple[tuple[int, ...], ...]
    """By conversation, their indexes in it."""
    rows: npt.NDArray[np.bool_]
    """Of all turns laid end to end, whether each is one."""


class Batch:
    """Conversations laid end to end: one row a turn."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        self.views = [View(observation) for observation in observations]
        sizes = [len(view.folded) for view in self.views]
        self.first = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        """Row of each conversation's first turn, and after the last one's end."""
        self.owners = np.repeat(np.arange(len(sizes)), sizes)
        """Index of each row's conversation."""
        self._present = np.flatnonzero(sizes)
        self._scopes: dict[tuple[Speaker | None, Turns | None], Scope] = {}
        self._said: dict[str, dict[str, Floats]] = {}

    def __len__(self) -> int:
        """Count the conversations."""
        return len(self.views)

    def scope(self, speaker: Speaker | None, turns: "Turns | None") -> Scope:
        """Give the turns of a speaker, or of all, or the first or last of them."""
        if (speaker, turns) not in self._scopes:
            own = [view.turns_of(speaker) for view in self.views]
            chosen = tuple(turns.of(one) if turns else one for one in own)
            rows = np.zeros(len(self.owners), dtype=bool)
            for first, one in zip(self.first.tolist(), chosen, strict=False):
                rows[[first + turn for turn in one]] = True
            self._scopes[speaker, turns] = Scope(turns=chosen, rows=rows)
        return self._scopes[speaker, turns]

    def said(self, label: str) -> dict[str, Floats]:
        """Give by value of a label the probability that the classifier gives it in each row, 0 where it says nothing.

        Where values exclude each other, ``NOTHING`` is 1 in rows of which the classifier says nothing.
        """
        if label not in self._said:
            values = VALUES[label]
            given = [
                (row, said)
                for row, labels in enumerate(self._labels)
                if (said := labels.get(label)) is not None
            ]
            table = np.zeros((len(self._labels), len(values)))
            absent = np.ones(len(self._labels))
            if given:
                rows = [row for row, _ in given]
                table[rows] = np.array([_spread(said, values) for _, said in given])
                absent[rows] = 0.0
            self._said[label] = {**dict(zip(values, table.T, strict=True)), NOTHING: absent}
        return self._said[label]

    def in_all(self, factors: Floats) -> Floats:
        """Multiply the rows' ``factors`` by conversation: the probability that something holds in all of its turns."""
        products = np.ones(len(self))
        if len(self._present):
            products[self._present] = np.multiply.reduceat(factors, self.first[self._present])
        return products

    def among_strongest(self, chances: Floats, most: int) -> npt.NDArray[np.bool_]:
        """Mark in each conversation the ``most`` rows with the greatest chances, the first of equals."""
        order = np.lexsort((-chances, self.owners))
        places = np.empty(len(order), dtype=np.int64)
        places[order] = np.arange(len(order)) - self.first[self.owners[order]]
        return places < most

    def rows_with(self, pattern: re.Pattern[str]) -> Rows:
        """Give the rows whose folded text has a match."""
        text, starts = self._text
        rows = []
        found = pattern.search(text)
        while found:
            row = bisect_right(starts, found.start()) - 1
            rows.append(row)
            found = pattern.search(text, starts[row + 1]) if row + 1 < len(starts) else None
        return np.array(rows, dtype=np.int64)

    @cached_property
    def _labels(self) -> list[Mapping[str, Mapping[str, float] | float]]:
        return [labels for view in self.views for labels in view.labels.turns]

    @cached_property
    def _text(self) -> tuple[str, list[int]]:
        """Join all turns, and say where each begins."""
        texts = [text for view in self.views for text in view.folded]
        ends = np.cumsum([len(text) + len(_JOINT) for text in texts], dtype=np.int64)
        return "".join(text + _JOINT for text in texts), [0, *ends[:-1].tolist()]


def _spread(said: Mapping[str, float] | float, values: Sequence[str]) -> list[float]:
    return [said] if isinstance(said, float | int) else [said.get(value, 0.0) for value in values]
