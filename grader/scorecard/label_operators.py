"""Operators on what the classifiers say: the labels of turns and the outcome of the conversation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

import numpy as np
from pydantic import Strict, model_validator

from grader.codebook import (
    AGENT_LEVELS,
    CUSTOMER_FLAGS,
    EMOTIONS,
    NUGGETS,
    OUTCOME_LEVELS,
    OUTCOMES,
    PROBLEM,
    VIOLATIONS,
)
from grader.conversation import Speaker
from grader.scorecard.batch import NOTHING, Batch, Floats, Rows
from grader.scorecard.observation import Hit, View
from grader.scorecard.operators import Overall, Placed, within
from grader.scorecard.schema import Texts, did_you_mean, enumeration, refusal

LEVELS: Final[Mapping[str, tuple[int, ...]]] = {
    **{name: tuple(map(int, levels)) for name, levels in AGENT_LEVELS.items()},
    "emotion": tuple(map(int, EMOTIONS)),
}
"""Labels with ordered levels."""

CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "violation": VIOLATIONS,
    "nugget": (*NUGGETS["customer"], *NUGGETS["agent"]),
}
"""Labels with named values."""

FLAGS: Final = (*CUSTOMER_FLAGS, PROBLEM)
"""Labels that are there or not."""

LABELS: Final = (*LEVELS, *CODES, *FLAGS)

Level: TypeAlias = Annotated[int, Strict()]
Values: TypeAlias = list[tuple[str, float]]
"""Values that exclude each other, with their probabilities."""


class Label(Placed):
    """A label of the codebook on a turn."""

    soft: ClassVar[bool] = True

    name: str
    """``empathy``, ``solution``, ``follow_up``, ``courtesy``, ``emotion``, ``violation``, ``nugget``,
    ``escalation``, ``resolved`` or ``problem``."""
    at_least: Level | None = None
    """Lowest level that counts, for labels with levels."""
    at_most: Level | None = None
    """Highest level that counts."""
    any_of: Texts | None = None
    """Values that count, for ``violation`` (all seven where it is left out) and ``nugget``."""
    along_with: "Label | None" = None
    """Another label that the same turn must carry."""

    @model_validator(mode="after")
    def _fits_the_label(self) -> "Label":
        levels, codes = LEVELS.get(self.name), CODES.get(self.name)
        if self.name not in LABELS:
            otherwise = f"Use one of {enumeration(LABELS)}."
            raise refusal(f"There is no label `{self.name}`.", did_you_mean(self.name, LABELS, otherwise))
        limited = self.at_least is not None or self.at_most is not None
        if levels is None and limited:
            raise refusal(f"The label `{self.name}` has no levels.", "Leave `at_least` and `at_most` out.")
        if codes is None and self.any_of is not None:
            raise refusal(f"The label `{self.name}` has no named values.", "Leave `any_of` out.")
        if levels is not None and not 0 < sum(map(self._within, levels)) < len(levels):
            raise refusal(
                f"The limits of `{self.name}` let {'every' if self._within(levels[0]) else 'no'} level pass.",
                f"Give `at_least` or `at_most` so that some of {', '.join(map(str, levels))} pass.",
            )
        for code in self.any_of or ():
            if code not in (codes or ()):
                otherwise = f"Use one of {enumeration(codes or ())}."
                raise refusal(
                    f"The label `{self.name}` has no value `{code}`.",
                    did_you_mean(code, codes or (), otherwise),
                )
        if self.name == "nugget":
            self._check_nuggets()
        if self.along_with and (self.along_with.speaker != self.speaker or self.along_with.along_with):
            raise refusal(
                f"`{self.name}` and `{self.along_with.name}` cannot stand together in one turn in this way.",
                "Name one other label of the same speaker.",
            )
        return self

    def _check_nuggets(self) -> None:
        sides = {side for side, kinds in NUGGETS.items() if set(kinds) & set(self.any_of or ())}
        if len(sides) != 1:
            raise refusal(
                "A nugget condition must name types of one side, the customer's or the agent's.",
                f"Give `any_of` some of {enumeration(NUGGETS['customer'])}, or of {enumeration(NUGGETS['agent'])}.",
            )

    @property
    def speaker(self) -> Speaker | None:
        """Whose turns carry the label."""
        if self.name == "nugget":
            return "agent" if set(self.any_of or ()) & set(NUGGETS["agent"]) else "customer"
        return "agent" if self.name in AGENT_LEVELS or self.name == "violation" else "customer"

    @property
    def variables(self) -> tuple[str, ...]:
        """What its truth depends on: labels that share one depend on each other."""
        own = (
            [f"violation:{code}" for code in self.codes]
            if self.name == "violation"
            else [f"{self.name}:{self.speaker}"]
        )
        return (*own, *(self.along_with.variables if self.along_with else ()))

    @property
    def parts(self) -> tuple["Label", ...]:
        """The labels that one turn must carry all of."""
        return (self, self.along_with) if self.along_with else (self,)

    @cached_property
    def accepted(self) -> frozenset[str]:
        """The values that count; "yes" for labels that are there or not."""
        if self.name in LEVELS:
            return frozenset(str(level) for level in LEVELS[self.name] if self._within(level))
        return frozenset(self.any_of or CODES.get(self.name, ("yes",)))

    def probabilities(self, batch: Batch) -> Floats:
        """Give for each turn of a batch the probability that it carries the label."""
        said = batch.said(self.name)
        if self.name == "violation":
            carried = 1 - prod([1 - said[code] for code in self.codes])
        else:
            carried = sum([said[value] for value in self.accepted])
        if self.along_with:
            carried = carried * self.along_with.probabilities(batch)
        return np.minimum(carried, 1.0)

    def hits(self, view: View, turns: Sequence[int], probabilities: Sequence[float]) -> list[Hit]:
        """Give the turns that may carry the label; the ``probabilities`` are those of ``turns``."""
        return [
            Hit(turn, 0, len(view.folded[turn]), p, self._told(view, turn))
            for turn, p in zip(turns, probabilities, strict=True)
            if p > 0
        ]

    def _told(self, view: View, turn: int) -> str:
        """Name what is seen in a turn as exactly as it is known: the one value that counts, or the likeliest violation."""
        if self.name != "violation":
            return self._shown
        said = view.labels.turns[turn].get(self.name)
        likelihood = said if isinstance(said, dict) else {}
        return f"violation:{max(self.codes, key=lambda code: likelihood.get(code, 0.0))}"

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The violations that count."""
        return self.any_of or VIOLATIONS

    @cached_property
    def _shown(self) -> str:
        only = next(iter(self.accepted)) if len(self.accepted) == 1 and self.name not in FLAGS else None
        return f"{self.name}={only}" if only else self.name

    def _within(self, level: int) -> bool:
        return within(level, self.at_least, self.at_most)


def draws(batch: Batch, rows: Rows, label: str, codes: Iterable[str]) -> Iterator[Mapping[str, Floats]]:
    """Give what the classifier says of turns as independent draws, each with the probability of every value in them.

    Args:
        batch: holds the turns.
        rows: which of them.
        label: what it is asked.
        codes: the violations asked for.
    """
    said = batch.said(label)
    if label == "violation":
        yield from ({code: said[code][rows], NOTHING: 1 - said[code][rows]} for code in codes)
    elif label in FLAGS:
        yield {"yes": said["yes"][rows], NOTHING: 1 - said["yes"][rows]}
    else:
        yield {value: p[rows] for value, p in said.items()}


class Outcome(Overall):
    """The outcome of the conversation on the scale -2 to 2 of STC-3."""

    soft: ClassVar[bool] = True

    measure: Literal["A", "S", "E"]
    """Task accomplished, customer's satisfaction, effectiveness."""
    at_least: Level | None = None
    at_most: Level | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Outcome":
        if not 0 < sum(map(self.accepts, OUTCOME_LEVELS)) < len(OUTCOME_LEVELS):
            raise refusal(
                f"The limits of the outcome {OUTCOMES[self.measure]!r} let every level or none pass.",
                "Give `at_least` or `at_most` so that some of -2, -1, 0, 1, 2 pass.",
            )
        return self

    def accepts(self, value: str) -> bool:
        """Tell whether a level counts."""
        return within(int(value), self.at_least, self.at_most)

    def distribution(self, view: View) -> Values | None:
        """Give what the classifier says; None where it says nothing."""
        said = view.labels.outcome.get(self.measure)
        return list(said.items()) if said else None

    def probability(self, view: View) -> float | None:
        """Give the probability of a level that counts."""
        said = self.distribution(view)
        return None if said is None else min(sum(p for level, p in said if self.accepts(level)), 1.0)
