"""What each condition finds in one conversation, and how probable expressions over conditions are."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from grader.scorecard.chance import Joint, chance
from grader.scorecard.condition import Condition
from grader.scorecard.expression import FALSE, TRUE, Name, Node, names, substitute
from grader.scorecard.joint import States, of_labels, of_outcomes
from grader.scorecard.label_operators import Label, Outcome
from grader.scorecard.observation import Hit, Observation, View
from grader.scorecard.operators import Overall, Placed
from grader.scorecard.plan import Resolved
from grader.scorecard.relations import by_anchor, none_of
from grader.scorecard.scorecard import Scorecard

_CERTAIN: Final[dict[float | None, Node]] = {1.0: TRUE, 0.0: FALSE}


class Finding(NamedTuple):
    """What a condition finds."""

    probability: float | None
    """That the condition holds, 0 to 1; None where there is no measure to judge by."""
    hits: tuple[Hit, ...] = ()
    searched: tuple[int, ...] = ()
    """Indexes of the turns that were looked at; none for what concerns the whole conversation."""
    value: float | None = None
    """The number measured, where the condition is about one."""


class Findings:
    """The conditions of a scorecard in the light of one conversation; each is looked up when first asked for."""

    def __init__(self, scorecard: Scorecard, observation: Observation) -> None:
        self._scorecard = scorecard
        self._conditions = scorecard.conditions
        self._view = View(observation)
        self._found: dict[str, Finding] = {}
        self._known: dict[str, float | None] = {}
        self._joints: list[Joint] = []

    def of(self, name: str) -> Finding:
        """Give what a condition with an operator finds."""
        if name not in self._found:
            self._found[name] = self._look(self._conditions[name])
        return self._found[name]

    def chance(self, expression: Resolved) -> float | None:
        """Give the probability that an expression holds; None where it depends on something not measured."""
        found = {name: self.of(name).probability for name in expression.names}
        measured = {name: p for name, p in found.items() if p is not None}
        root = expression.root
        if len(measured) < len(found):
            root = self._undecided(expression)
            if not measured.keys() >= set(names(root)):
                return None
        uncertain = [f for f in expression.entangled if any(0 < measured.get(name, 0) < 1 for name in f)]
        return chance(root, measured, [self._joint(family) for family in uncertain])

    def unmeasured(self, expression: Resolved) -> list[str]:
        """Name the conditions that nothing could be measured for and that decide the expression."""
        undecided = dict.fromkeys(names(self._undecided(expression)))
        return [name for name in undecided if self.of(name).probability is None]

    def _undecided(self, expression: Resolved) -> Node:
        """Put what is certain into an expression."""
        return substitute(expression.root, lambda name: _CERTAIN.get(self.of(name).probability, Name(name)))

    def known(self, name: str) -> float | None:
        """Give the probability of any condition, also of one that joins others; None where it was not measured."""
        if name not in self._known:
            joined = self._scorecard.joining.get(name)
            self._known[name] = self.chance(joined) if joined else self.of(name).probability
        return self._known[name]

    def scope(self, condition: Condition) -> tuple[int, ...]:
        """Give the indexes of the turns that a condition searches."""
        turns = self._view.turns_of(condition.searched_speaker)
        return condition.turns.of(turns) if condition.turns else turns

    def _look(self, condition: Condition) -> Finding:
        match condition.operator:
            case Placed() as operator:
                return self._places(condition, operator)
            case Overall() as operator:
                return Finding(operator.probability(self._view), value=operator.measured(self._view))
            case _:
                raise AssertionError("an expression has no finding of its own")

    def _places(self, condition: Condition, operator: Placed) -> Finding:
        turns = self.scope(condition)
        if not turns and condition.searched_speaker in (None, "agent"):
            return Finding(None)
        found = operator.find(self._view, turns)
        if found is None:
            return Finding(None, searched=turns)
        if operator.absence:
            return Finding(0.0 if found else 1.0, searched=turns)
        hits = list(found)
        some = 1 - none_of(hits)
        if condition.relation:
            relation, anchor = condition.relation
            hits, some = by_anchor(hits, self.of(anchor.condition).hits, relation, anchor.within)
        if condition.nth:
            hits = _only_nth(hits, condition.nth)
            some = sum(hit.probability for hit in hits)
        elif condition.count:
            some = _at_least(hits, condition.count)
        return Finding(min(max(some, 0.0), 1.0), tuple(hits), turns)

    def _joint(self, family: frozenset[str]) -> Joint:
        """Give the joint distribution of conditions that read the same labels, or the same outcome."""
        larger = next((known for known in self._joints if family.issubset(known.names)), None)
        if larger is None:
            members = tuple(sorted(family))
            states = self._states(members)
            truths = [[state >> bit & 1 for state in states] for bit in range(len(members))]
            larger = Joint(members, np.array(truths, dtype=float), np.array(list(states.values())))
            self._joints.append(larger)
        return larger.of(family)

    def _states(self, family: tuple[str, ...]) -> States:
        """Give the probability of each set of conditions that may hold, as bits."""
        if len(family) == 1:
            probability = self.of(family[0]).probability or 0.0
            return {1: probability, 0: 1 - probability}
        operators = [self._conditions[name].operator for name in family]
        if outcomes := [operator for operator in operators if isinstance(operator, Outcome)]:
            return of_outcomes(outcomes, self._view)
        labels = [operator for operator in operators if isinstance(operator, Label)]
        scopes = [frozenset(self.scope(self._conditions[name])) for name in family]
        return of_labels(labels, scopes, self._view)


def _counts(hits: Sequence[Hit], most: int) -> Iterator[list[float]]:
    """Give before each hit, and after the last, how probable 0, 1, … hits are; the last entry is ``most`` or more."""
    counts = [1.0, *[0.0] * most]
    yield counts
    for hit in hits:
        p = hit.probability
        grown = [0.0, *(q * p for q in counts[:-1])]
        stayed = [*(q * (1 - p) for q in counts[:-1]), counts[-1]]
        counts = [a + b for a, b in zip(grown, stayed, strict=True)]
        yield counts


def _at_least(hits: Sequence[Hit], n: int) -> float:
    *_, counts = _counts(hits, n)
    return counts[n]


def _only_nth(hits: Sequence[Hit], n: int) -> list[Hit]:
    """Give each hit with the probability that it is the nth one."""
    chances = [hit.probability * counts[n - 1] for hit, counts in zip(hits, _counts(hits, n), strict=False)]
    return [hit._replace(probability=p) for hit, p in zip(hits, chances, strict=True) if p > 0]
