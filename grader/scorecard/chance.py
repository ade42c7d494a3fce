"""The probability of an expression whose conditions are uncertain, exactly.

Conditions that depend on each other, because they read the same label, form a family whose joint distribution is known:
``solution is 2`` implies ``solution is at least 1``. Families are taken as independent. A condition that stands twice in
an expression is one event, not two. So all outcomes of what is entangled are gone through, and given one of them, what
is left stands once and is independent: probabilities multiply.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grader.scorecard.expression import Node, Value


@dataclass(frozen=True, slots=True)
class Joint:
    """The joint distribution of conditions that depend on each other."""

    names: tuple[str, ...]
    truths: npt.NDArray[np.float64]
    """Whether each condition (row) holds in each outcome (column): 1 or 0."""
    weights: npt.NDArray[np.float64]
    """How probable each outcome is; the sum is 1."""

    def of(self, some: frozenset[str]) -> "Joint":
        """Leave only some of the conditions."""
        rows = [row for row, name in enumerate(self.names) if name in some]
        if len(rows) == len(self.names):
            return self
        return Joint(tuple(self.names[row] for row in rows), self.truths[rows], self.weights)


def chance(node: Node, probabilities: Mapping[str, float], entangled: Sequence[Joint] = ()) -> float:
    """Give the probability, 0 to 1, that ``node`` is true.

    Args:
        node: an expression.
        probabilities: of each name in it.
        entangled: the families of names that stand more than once or depend on each other; what is certain need not be
            among them.
    """
    if not entangled:
        return min(max(float(node.value(probabilities)), 0.0), 1.0)
    values: dict[str, Value] = dict(probabilities)
    weights: Value = 1.0
    for axis, joint in enumerate(entangled):
        shape = [1] * len(entangled)
        shape[axis] = -1
        weights = weights * joint.weights.reshape(shape)
        values.update(zip(joint.names, (truth.reshape(shape) for truth in joint.truths), strict=True))
    # What an outcome does to the expression is an array with an axis for each family; so are the outcomes' probabilities.
    return min(max(float(np.sum(node.value(values) * weights)), 0.0), 1.0)
