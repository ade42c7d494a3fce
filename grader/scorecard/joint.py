"""How probable it is which of several conditions on the same labels hold together.

A condition holds where some turn in its scope carries its label. Turns are independent, labels of one turn are
independent, values of one label exclude each other. Sets of conditions are bits of a whole number.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from grader.scorecard.label_operators import Label, Outcome, Values, draws
from grader.scorecard.observation import View

States: TypeAlias = dict[int, float]
"""Probability by set of conditions that hold."""


def of_outcomes(outcomes: Sequence[Outcome], view: View) -> States:
    """Give the joint distribution of conditions on one measure of the outcome."""
    said = outcomes[0].distribution(view) or []
    accepted = {
        value: sum(1 << bit for bit, outcome in enumerate(outcomes) if outcome.accepts(value))
        for value, _ in said
    }
    return _normal(_sets(said, accepted))


def of_labels(labels: Sequence[Label], scopes: Sequence[frozenset[int]], view: View) -> States:
    """Give the joint distribution of conditions on labels, each searched for in its scope of turns."""
    accepting: dict[str, dict[str, int]] = {}
    wholes = []
    index = 0
    for label in labels:
        whole = 0
        for part in label.parts:
            accepted = accepting.setdefault(part.name, {})
            for value in part.accepted:
                accepted[value] = accepted.get(value, 0) | 1 << index
            whole |= 1 << index
            index += 1
        wholes.append(whole)
    states: States = {0: 1.0}
    completed: dict[tuple[int, int], int] = {}
    for turn in sorted(frozenset().union(*scopes)):
        here = sum(1 << bit for bit, scope in enumerate(scopes) if turn in scope)
        found: States = {}
        for parts, probability in _of_turn(accepting, view, turn).items():
            if (here, parts) not in completed:
                there = (
                    bit for bit, whole in enumerate(wholes) if here >> bit & 1 and parts & whole == whole
                )
                completed[here, parts] = sum(1 << bit for bit in there)
            state = completed[here, parts]
            found[state] = found.get(state, 0.0) + probability
        states = _either(states, found)
    return _normal(states)


def _of_turn(accepting: Mapping[str, Mapping[str, int]], view: View, turn: int) -> States:
    """Give the joint distribution of the parts of labels in one turn; by label and value, the parts that accept it."""
    states: States = {0: 1.0}
    for name, accepted in accepting.items():
        for values in draws(view, turn, name, accepted):
            states = _either(states, _sets(values, accepted))
    return states


def _sets(values: Values, accepted: Mapping[str, int]) -> States:
    """Turn values of a label into the conditions that accept them."""
    sets: States = {}
    for value, probability in values:
        there = accepted.get(value, 0)
        sets[there] = sets.get(there, 0.0) + probability
    return sets


def _either(one: States, other: States) -> States:
    """Join two independent sources: what holds by either holds."""
    joined: States = {}
    for a, p in one.items():
        for b, q in other.items():
            joined[a | b] = joined.get(a | b, 0.0) + p * q
    return joined


def _normal(states: States) -> States:
    total = sum(states.values())
    return {state: p / total for state, p in states.items()} if total else {0: 1.0}
