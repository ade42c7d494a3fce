"""Why an expression holds or does not: the conditions that decide it."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from grader.scorecard.batch import Floats, Scope
from grader.scorecard.expression import And, Name, Node, Not, Or, names
from grader.scorecard.findings import Findings
from grader.scorecard.observation import Hit
from grader.scorecard.scorecard import Scorecard


class Cause(NamedTuple):
    """A condition that decides an expression by holding or not."""

    shown: str
    """What people call it."""
    holds: bool
    placed: bool
    """Whether it is about what is found in turns; otherwise about the conversation as a whole."""
    hits: Sequence[Hit]
    """Where it holds, as far as they are at least half as probable as the most probable one."""
    scopes: frozenset[Scope]
    """The turns that were looked at; none for what concerns the whole conversation."""
    value: float | None
    """The number measured, where the condition is about one."""


class Causes:
    """Finds what decides expressions over the conditions of a scorecard in a batch of conversations."""

    def __init__(self, scorecard: Scorecard, findings: Findings) -> None:
        self._conditions = scorecard.conditions
        self._findings = findings
        self._chances: dict[int, tuple[Node, list[float]]] = {}
        self._constant: dict[tuple[int, bool], tuple[Node, list[Cause] | None]] = {}
        self._by_name: dict[tuple[str, int, bool], list[Cause]] = {}

    def of(self, node: Node, conversation: int, *, holds: bool) -> list[Cause]:
        """Give the conditions to which it is owed that ``node`` holds in a conversation, or that it does not."""
        always = self._always(node, holds)
        if always is not None:
            return always
        match node:
            case Name(name):
                return self._of_name(name, conversation, holds)
            case Not(of):
                return self.of(of, conversation, holds=not holds)
            case And(parts) | Or(parts):
                every = isinstance(node, And) == holds
                telling = parts if every else self._likeliest(parts, conversation, holds)
                return [cause for part in telling for cause in self.of(part, conversation, holds=holds)]

    def _always(self, node: Node, holds: bool) -> list[Cause] | None:  # noqa: FBT001
        """Give the causes where they are the same in all conversations of the batch: mostly of what was not found."""
        asked = (id(node), holds)
        if asked not in self._constant:
            # The node is kept with its causes, so that its identity stays its own.
            self._constant[asked] = node, self._constant_causes(node, holds)
        return self._constant[asked][1]

    def _constant_causes(self, node: Node, holds: bool) -> list[Cause] | None:  # noqa: FBT001
        match node:
            case Name(name):
                return self._constant_name(name, holds)
            case Not(of):
                return self._always(of, not holds)
            case And(parts) | Or(parts):
                if isinstance(node, And) != holds:
                    return None
                found = [self._always(part, holds) for part in parts]
                return None if None in found else [cause for part in found if part for cause in part]

    def _constant_name(self, name: str, holds: bool) -> list[Cause] | None:  # noqa: FBT001
        condition = self._conditions[name]
        if condition.expression:
            inner = self._always(condition.expression.root, holds)
            return [_together(condition.name, holds, inner)] if inner and condition.name else inner
        if condition.operator is None or condition.operator.frame:
            return []
        column = self._findings.of(name)
        if holds or column.values or np.isnan(column.probabilities).any():
            return None
        return self._look(name, 0, holds)

    def _likeliest(self, parts: Sequence[Node], conversation: int, holds: bool) -> list[Node]:  # noqa: FBT001
        """Give the parts that more likely than not do what one of them must do; at least the likeliest one."""
        held = [self._chance(part)[conversation] for part in parts]
        chances = held if holds else [1 - p for p in held]
        enough = min(0.5, max(chances))
        return [part for part, p in zip(parts, chances, strict=True) if p >= enough]

    def _chance(self, node: Node) -> list[float]:
        """Give about how probable it is that ``node`` holds: parts are taken as independent, the unmeasured as even."""
        if id(node) not in self._chances:
            known = {name: _even(self._findings.known(name)) for name in names(node)}
            # The node is kept with its chances, so that its identity stays its own.
            self._chances[id(node)] = node, np.clip(node.value(known), 0.0, 1.0).tolist()
        return self._chances[id(node)][1]

    def _of_name(self, name: str, conversation: int, holds: bool) -> list[Cause]:  # noqa: FBT001
        asked = (name, conversation, holds)
        if asked not in self._by_name:
            self._by_name[asked] = self._look(*asked)
        return self._by_name[asked]

    def _look(self, name: str, conversation: int, holds: bool) -> list[Cause]:  # noqa: FBT001
        """Tell of a condition; of one that joins others as one where it has a name for people, else of the others.

        What kind of conversation it is, and what was not measured, explains nothing.
        """
        condition = self._conditions[name]
        if condition.expression:
            inner = self.of(condition.expression.root, conversation, holds=holds)
            return [_together(condition.name, holds, inner)] if condition.name else inner
        column = self._findings.of(name)
        unmeasured = math.isnan(column.probabilities[conversation])
        if condition.operator is None or condition.operator.frame or unmeasured:
            return []
        hits = _strongest(column.hits(conversation)) if holds else ()
        scopes = frozenset([column.scope]) if column.scope else frozenset()
        value = column.values[conversation] if column.values else None
        return [Cause(condition.name or name, holds, condition.is_placed, hits, scopes, value)]


def _even(probabilities: Floats) -> Floats:
    return np.where(np.isnan(probabilities), 0.5, probabilities)


def _together(shown: str, holds: bool, causes: Sequence[Cause]) -> Cause:  # noqa: FBT001
    """Make one cause of those that decide a condition which joins others."""
    hits = {hit for cause in causes if cause.holds for hit in cause.hits} if holds else ()
    scopes = frozenset[Scope]().union(*(cause.scopes for cause in causes))
    placed = any(cause.placed for cause in causes)
    return Cause(shown, holds, placed, _strongest(sorted(hits, key=lambda hit: hit[:3])), scopes, None)


def _strongest(hits: Sequence[Hit]) -> Sequence[Hit]:
    best = max([hit.probability for hit in hits], default=0.0)
    return [hit for hit in hits if hit.probability >= best / 2]
