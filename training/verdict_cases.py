"""Verdicts on one criterion as arrays, by conversation: what people say, and what the machine answers and how surely."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from grader.scorecard.chance import LIKELY

Array = npt.NDArray[Any]

STATES: Final = ("not_met", "met", "not_applicable")
"""By the number that stands for each."""

NOT_APPLICABLE: Final = STATES.index("not_applicable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What people say of a criterion in one conversation."""

    applies: bool
    met: bool
    """Means nothing where it does not apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What people say, shape (n,) each."""

    applies: Array
    met: Array
    """False where it does not apply."""

    @classmethod
    def of(cls, verdicts: Sequence[Verdict]) -> Self:
        """Lay out verdicts."""
        return cls(
            applies=np.array([one.applies for one in verdicts], dtype=bool),
            met=np.array([one.applies and one.met for one in verdicts], dtype=bool),
        )

    @property
    def states(self) -> Array:
        """Number of each state (``STATES``)."""
        return np.where(self.applies, self.met.astype(int), NOT_APPLICABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the machine says, shape (n,) each."""

    applies: Array
    """Probability that the criterion applies; 1 where it always does."""
    met: Array
    """Probability that it is met where it applies."""
    decide_at: float
    """From which probability on it counts as met."""

    @property
    def states(self) -> Array:
        """Number of the state that is called."""
        return np.where(self.applies < LIKELY, NOT_APPLICABLE, (self.met >= self.decide_at).astype(int))

    @property
    def risk(self) -> Array:
        """Probability that the called state is wrong."""
        judged = np.where(self.met >= self.decide_at, self.met, 1 - self.met)
        return np.where(self.applies < LIKELY, self.applies, 1 - self.applies * judged)
