"""How probable it is which of several conditions on the same labels hold together, in each conversation of a batch.

A condition holds where some turn that counts for it carries its label. Turns are independent, labels of one turn are
independent, values of one label exclude each other. Sets of conditions are bits of a whole number.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from grader.scorecard.batch import Batch, Floats, Rows
from grader.scorecard.label_operators import Label, Outcome, draws

Marks: TypeAlias = npt.NDArray[np.bool_]
"""Whether each of many turns is one."""
States: TypeAlias = dict[int, Floats]
"""Probability by set of conditions that hold, in each of many turns."""


def of_outcomes(outcomes: Sequence[Outcome], batch: Batch) -> Floats:
    """Give the joint distribution of conditions on one measure of the outcome: conversations x sets of them."""
    weights = np.zeros((len(batch), 1 << len(outcomes)))
    for row, view in zip(weights, batch.views, strict=True):
        for value, probability in outcomes[0].distribution(view) or ():
            row[sum(1 << bit for bit, outcome in enumerate(outcomes) if outcome.accepts(value))] += (
                probability
            )
    return _normal(weights)


def of_labels(labels: Sequence[Label], counting: Sequence[Marks], batch: Batch) -> Floats:
    """Give the joint distribution of conditions on labels, each in the rows that count for it: conversations x sets of them.

    In no turn more than a set holds: that multiplies over turns. From the probabilities of being within each set those of
    being just that set follow (Möbius inversion over subsets).
    """
    rows = np.flatnonzero(np.any(counting, axis=0))
    found = _completed(labels, [marks[rows] for marks in counting], _parts(labels, batch, rows))
    weights = np.empty((len(batch), 1 << len(labels)))
    for allowed in range(weights.shape[1]):
        within = np.ones(len(batch.owners))
        within[rows] = sum(p for state, p in found.items() if not state & ~allowed)
        weights[:, allowed] = batch.in_all(within)
    for bit in range(len(labels)):
        pairs = weights.reshape(len(batch), -1, 2, 1 << bit)
        pairs[:, :, 1] -= pairs[:, :, 0]
    return _normal(np.maximum(weights, 0.0))


def _parts(labels: Sequence[Label], batch: Batch, rows: Rows) -> States:
    """Give the joint distribution of the parts of labels, numbered one label after the other, in single turns."""
    accepting: dict[str, dict[str, int]] = {}
    for bit, part in enumerate(part for label in labels for part in label.parts):
        accepted = accepting.setdefault(part.name, {})
        for value in part.accepted:
            accepted[value] = accepted.get(value, 0) | 1 << bit
    states: States = {0: np.ones(len(rows))}
    for name, accepted in accepting.items():
        for values in draws(batch, rows, name, accepted):
            states = _either(states, _sets(values, accepted))
    return states


def _completed(labels: Sequence[Label], inside: Sequence[Marks], parts: States) -> States:
    """Give the joint distribution of labels in single turns: all parts are there, and the turn counts."""
    wholes = []
    first = 0
    for label in labels:
        wholes.append(((1 << len(label.parts)) - 1) << first)
        first += len(label.parts)
    here = sum(scope.astype(np.int64) << bit for bit, scope in enumerate(inside))
    found: States = {}
    for state, probability in parts.items():
        there = sum(1 << bit for bit, whole in enumerate(wholes) if state & whole == whole)
        for scope in np.unique(here).tolist():
            share = np.where(here == scope, probability, 0.0)
            found[there & scope] = found.get(there & scope, 0.0) + share
    return found


def _sets(values: Mapping[str, Floats], accepted: Mapping[str, int]) -> States:
    """Turn values of a label into the conditions that accept them."""
    sets: States = {}
    for value, probability in values.items():
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


def _normal(weights: Floats) -> Floats:
    """Make each row a distribution; where nothing is known, nothing holds."""
    total = weights.sum(axis=1, keepdims=True)
    nothing = np.eye(1, weights.shape[1])
    return np.where(total > 0, weights / np.where(total > 0, total, 1.0), nothing)
