"""Old weights against new ones on the same conversations, by what neither has seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from training.assessment.agreement import label_cases
from training.assessment.estimates import Estimate, estimate
from training.predicted import Predicted

Array = npt.NDArray[Any]

LEAST: Final = 1e-6
"""Probabilities are kept this far from 0, where the loss ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How old and new weights do on one set of conversations."""

    name: str
    conversations: int
    labels: int
    """Labels that people gave."""
    old_loss: float
    """Mean negative log-likelihood of people's labels."""
    new_loss: float
    change: Estimate
    """New minus old loss, with the interval of a paired bootstrap over conversations; below 0 is better."""
    old_error: float
    """Share of labels called otherwise than people do."""
    new_error: float

    @property
    def better(self) -> bool:
        """Whether the new weights are better beyond chance."""
        return self.change.high < 0

    @property
    def worse(self) -> bool:
        """Whether they are worse beyond chance."""
        return self.change.low > 0


def compare(name: str, old: Sequence[Predicted], new: Sequence[Predicted]) -> Comparison:
    """Compare what old and new weights say of the same conversations, given in the same order.

    Raises:
        ValueError: nobody gave them a label, or they are not the same conversations.
    """
    if [one.conversation.id for one in old] != [one.conversation.id for one in new]:
        raise ValueError("Old and new predictions are about different conversations.")
    (old_loss, old_wrong, count), (new_loss, new_wrong, _) = _sums(old), _sums(new)
    labels = count.sum()
    if not labels:
        raise ValueError("Nobody gave these conversations a label.")
    change = new_loss - old_loss
    return Comparison(
        name=name,
        conversations=len(old),
        labels=int(labels),
        old_loss=float(old_loss.sum() / labels),
        new_loss=float(new_loss.sum() / labels),
        change=estimate(lambda weights: (weights @ change) / np.maximum(weights @ count, 1), len(old)),
        old_error=float(old_wrong.sum() / labels),
        new_error=float(new_wrong.sum() / labels),
    )


def _sums(predicted: Sequence[Predicted]) -> tuple[Array, Array, Array]:
    """Sum by conversation the loss, the labels called wrongly, and the labels."""
    loss, wrong, count = (np.zeros(len(predicted)) for _ in range(3))
    for case in label_cases(predicted).values():
        said = np.maximum(case.said[np.arange(len(case.gold)), case.gold], LEAST)
        np.add.at(loss, case.owner, -np.log(said))
        np.add.at(wrong, case.owner, case.said.argmax(axis=1) != case.gold)
        np.add.at(count, case.owner, 1)
    return loss, wrong, count
