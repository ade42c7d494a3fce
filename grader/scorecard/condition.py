"""A condition: what to look for (one operator), where, and how often."""

from functools import cached_property
from typing import Annotated, Final

from pydantic import Field, model_validator

from grader.conversation import Speaker
from grader.scorecard.expression import Expression
from grader.scorecard.label_operators import Label, Outcome
from grader.scorecard.measure_operators import (
    AnswerDelay,
    ChannelIs,
    Duration,
    Interruption,
    LanguageIs,
    Metadata,
    ResponseTime,
    Silence,
    SpeechRate,
    TalkRatio,
    TotalSilence,
    TurnCount,
)
from grader.scorecard.operators import Operator, Placed
from grader.scorecard.relations import Relation
from grader.scorecard.schema import Count, Natural, Part, Text, enumeration, refusal
from grader.scorecard.text_operators import Keywords, Pattern, Similar

OPERATORS: Final = (
    "keywords",
    "pattern",
    "similar",
    "label",
    "outcome",
    "silence",
    "interruption",
    "speech_rate",
    "total_silence",
    "talk_ratio",
    "duration",
    "answer_delay",
    "response_time",
    "turn_count",
    "channel",
    "language",
    "metadata",
    "expression",
)
"""Fields of a condition that say what to look for."""

MODIFIERS: Final = ("speaker", "turns", "near", "before", "after", "nth", "count")
"""Fields of a condition that say where and how often."""

RELATIONS: Final = ("near", "before", "after")


class Turns(Part):
    """The first or last turns; of the speaker where the condition has one, else of all."""

    first: Count | None = None
    last: Count | None = None

    @model_validator(mode="after")
    def _one_end(self) -> "Turns":
        if (self.first is None) == (self.last is None):
            raise refusal(
                "`turns` needs exactly one of `first` and `last`.", "Write for example `turns: {first: 2}`."
            )
        return self

    def of(self, turns: tuple[int, ...]) -> tuple[int, ...]:
        """Choose from ``turns``."""
        return turns[: self.first] if self.last is None else turns[-self.last :]


class Anchor(Part):
    """A hit of another condition that this one's hits must lie by."""

    condition: Text
    """Name of the other condition."""
    within: Annotated[Natural, Field(le=20)] | None = None
    """Turns of distance at most, of anybody; 0 is the same turn. Without it, any distance."""


class Condition(Part):
    """What to look for, where, and how often. Exactly one operator is given."""

    name: Text | None = None
    """What people read in reasons; the condition's own name where it is left out."""

    keywords: Keywords | None = None
    pattern: Pattern | None = None
    similar: Similar | None = None
    label: Label | None = None
    outcome: Outcome | None = None
    silence: Silence | None = None
    interruption: Interruption | None = None
    speech_rate: SpeechRate | None = None
    total_silence: TotalSilence | None = None
    talk_ratio: TalkRatio | None = None
    duration: Duration | None = None
    answer_delay: AnswerDelay | None = None
    response_time: ResponseTime | None = None
    turn_count: TurnCount | None = None
    channel: ChannelIs | None = None
    language: LanguageIs | None = None
    metadata: Metadata | None = None
    expression: Expression | None = None
    """Other conditions joined under one name."""

    speaker: Speaker | None = None
    """Whose turns are searched; everybody's where it is left out."""
    turns: Turns | None = None
    near: Anchor | None = None
    """A hit counts only in the turns around a hit of the other condition."""
    before: Anchor | None = None
    """A hit counts only before a hit of the other condition."""
    after: Anchor | None = None
    """A hit counts only after a hit of the other condition."""
    nth: Annotated[Count, Field(le=100)] | None = None
    """Only the nth hit counts."""
    count: Annotated[Count, Field(le=100)] | None = None
    """At least so many hits are needed; 1 where it is left out."""

    @model_validator(mode="after")
    def _makes_sense(self) -> "Condition":
        given = [name for name in OPERATORS if getattr(self, name) is not None]
        if len(given) != 1:
            raise refusal(
                f"A condition needs exactly one operator; this one has {enumeration(given) or 'none'}.",
                "Make a condition for each and join them in the expression."
                if given
                else f"Give one of {enumeration(OPERATORS)}.",
            )
        modifiers = [name for name in MODIFIERS if getattr(self, name) is not None]
        operator = self.operator
        if modifiers and not isinstance(operator, Placed):
            raise refusal(
                f"`{given[0]}` tells something of the whole conversation; {enumeration(modifiers)} cannot limit it.",
                f"Remove {enumeration(modifiers)}.",
            )
        if isinstance(operator, Placed):
            self._check_place(operator, given[0])
        return self

    def _check_place(self, operator: Placed, kind: str) -> None:
        if self.speaker and operator.speaker and self.speaker != operator.speaker:
            raise refusal(
                f"This `{kind}` is found in turns of the {operator.speaker} only, never of the {self.speaker}.",
                "Remove `speaker`.",
            )
        relations = [name for name in RELATIONS if getattr(self, name) is not None]
        if len(relations) > 1:
            raise refusal(
                f"Only one of {enumeration(RELATIONS)} can be given, not {enumeration(relations)}.",
                "Make two conditions, the second one near, before or after the first.",
            )
        if self.near and self.near.within is None:
            raise refusal("`near` does not say how near.", "Add `within`, the turns of distance at most.")
        if self.nth and self.count:
            raise refusal(
                "`nth` picks one hit, so that `count` asks for nothing.", "Keep one of `nth` and `count`."
            )
        repeated = [name for name in (*RELATIONS, "nth", "count") if getattr(self, name) is not None]
        if operator.absence and repeated:
            raise refusal(
                f"`none` is met where nothing is found, which has no place for {enumeration(repeated)}.",
                "Use `any` and put `not` before the condition's name in the expression.",
            )

    @cached_property
    def operator(self) -> Operator | None:
        """What is looked for; None for an expression over other conditions."""
        given = (getattr(self, name) for name in OPERATORS if name != "expression")
        return next((operator for operator in given if operator is not None), None)

    @cached_property
    def is_placed(self) -> bool:
        """Whether it is about what is found in turns; otherwise about the conversation as a whole."""
        return isinstance(self.operator, Placed) and not self.operator.absence

    @cached_property
    def relation(self) -> tuple[Relation, Anchor] | None:
        """How this condition's hits must lie to another one's."""
        if self.near:
            return "near", self.near
        if self.before:
            return "before", self.before
        return ("after", self.after) if self.after else None

    @property
    def needed(self) -> int:
        """How many hits it takes."""
        return self.nth or self.count or 1

    @cached_property
    def searched_speaker(self) -> Speaker | None:
        """Whose turns are searched."""
        implied = self.operator.speaker if isinstance(self.operator, Placed) else None
        return self.speaker or implied
