"""The probability of an expression whose conditions are uncertain, exactly, in many conversations at once.

Conditions that depend on each other, because they read the same label, form a family whose joint distribution is known:
``solution is 2`` implies ``solution is at least 1``. Families are taken as independent. A condition that stands twice in
an expression is one event, not two. So all outcomes of what is entangled are gone through, and given one of them, what
is left stands once and is independent: probabilities multiply.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from grader.scorecard.batch import Floats
from grader.scorecard.expression import Node

LIKELY: Final = 0.5
"""Probability from which on something is taken to be so, where the scorecard sets no line of its own."""


@dataclass(frozen=True, slots=True)
class Joint:
    """The joint distribution of conditions that depend on each other."""

    names: tuple[str, ...]
    truths: Floats
    """Whether a condition (first axis) holds, 1 or 0, in a conversation (second axis, or 1 for all alike) given an outcome
    (third axis); NaN in conversations where it was not measured."""
    weights: Floats
    """How probable each outcome is: conversations x outcomes; the sum of each row is 1."""


def chance(node: Node, probabilities: Mapping[str, Floats], entangled: Sequence[Joint] = ()) -> Floats:
    """Give the probability, 0 to 1, that ``node`` is true in each conversation; NaN where it rests on what is not known.

    Args:
        node: an expression.
        probabilities: of each name in it, by conversation.
        entangled: the families of names that stand more than once or depend on each other; what is certain need not be
            among them.
    """
    if not entangled:
        return np.clip(node.value(probabilities), 0.0, 1.0)
    # An axis for the conversations, then one for each family.
    axes = [1] * len(entangled)
    values = {name: known.reshape(-1, *axes) for name, known in probabilities.items()}
    weights = np.ones(1)
    for axis, joint in enumerate(entangled):
        shape = [*axes[:axis], joint.weights.shape[1], *axes[axis + 1 :]]
        weights = weights * joint.weights.reshape(-1, *shape)
        values |= {
            name: truth.reshape(-1, *shape) for name, truth in zip(joint.names, joint.truths, strict=True)
        }
    # What an impossible outcome would do to the expression does not matter, known or not.
    shares = np.where(weights > 0, node.value(values), 0.0) * weights
    return np.asarray(np.clip(shares.sum(axis=tuple(range(1, shares.ndim))), 0.0, 1.0))
