"""What all operators have in common.

An operator says what a condition looks for. Placed ones find hits in turns, each with a probability; overall ones give
the probability that something holds of the conversation as a whole.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from pydantic import model_validator

from grader.conversation import Speaker
from grader.scorecard.observation import Hit, View
from grader.scorecard.schema import Number, Part, refusal


class Operator(Part, ABC):
    """Base of all operators."""

    soft: ClassVar[bool] = False
    """Whether probabilities between 0 and 1 come out."""

    frame: ClassVar[bool] = False
    """Whether it tells what kind of conversation this is, which explains no verdict."""


class Placed(Operator):
    """Finds places in turns."""

    @property
    def speaker(self) -> Speaker | None:
        """Whose turns alone can hold what is looked for; None where anybody's can."""
        return None

    @property
    def absence(self) -> bool:
        """Whether the condition holds where nothing is found."""
        return False


class Searched(Placed):
    """Finds places for sure."""

    @property
    def guard(self) -> re.Pattern[str] | None:
        """What stands in every turn with a hit, so that others need not be searched; None where there is no such thing."""
        return None

    @abstractmethod
    def find(self, view: View, turns: Sequence[int]) -> Sequence[Hit] | None:
        """Give the hits in ``turns`` in order of place; None where there is no measure to judge by."""


class Overall(Operator):
    """Tells something of the conversation as a whole."""

    @abstractmethod
    def probability(self, view: View) -> float | None:
        """Give the probability that it holds; None where there is no measure to judge by."""

    def measured(self, view: View) -> float | None:  # noqa: ARG002
        """Give the number it is about; None where it is about none or that is missing."""
        return None


class Limits(Part):
    """A range of numbers, ends included."""

    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _some(self) -> "Limits":
        if self.at_least is None and self.at_most is None:
            raise refusal("There is neither `at_least` nor `at_most`.", "Give one of them, or both.")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise refusal("`at_least` is greater than `at_most`.", "Swap them.")
        return self

    def hold(self, value: float) -> bool:
        """Tell whether ``value`` lies within."""
        return within(value, self.at_least, self.at_most)


def within(value: float, at_least: float | None, at_most: float | None) -> bool:
    """Tell whether ``value`` lies between two limits, ends included; None is no limit."""
    return (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
