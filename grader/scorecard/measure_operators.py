"""Operators on timing, on the conversation's form and on what the caller's system knows of it."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field, field_validator, model_validator

from grader.conversation import Channel, Conversation, Speaker
from grader.scorecard.observation import Hit, View
from grader.scorecard.operators import Limits, Overall, Searched, within
from grader.scorecard.safe_pattern import PatternError, compile_pattern
from grader.scorecard.schema import Number, Seconds, Text, Texts, listed, refusal
from grader.text import fold
from grader.timing import MIN_SILENCE

Scalar: TypeAlias = str | bool | Number
"""What a metadata field may hold."""

MAX_TEXT: Final = 2_000
"""Characters of a metadata value that ``matches`` looks at."""


class Silence(Searched):
    """A stretch in which nobody speaks; its place is the turn before it."""

    longer_than: Annotated[Number, Field(ge=MIN_SILENCE)]
    """Seconds."""

    def find(self, view: View, turns: Sequence[int]) -> Sequence[Hit] | None:
        """Give the turns after which it is silent for so long."""
        if view.timing.total_silence is None:
            return None
        searched = set(turns)
        return [
            view.whole(silence.after_turn)
            for silence in view.timing.silences
            if silence.after_turn in searched and silence.end - silence.start > self.longer_than
        ]


class Interruption(Searched):
    """The agent starts to speak while the customer still does."""

    longer_than: Seconds = 0.0
    """Seconds spoken at once."""

    @property
    def speaker(self) -> Speaker | None:
        """The agent's interruptions are measured."""
        return "agent"

    def find(self, view: View, turns: Sequence[int]) -> Sequence[Hit] | None:
        """Give the agent's turns that cut the customer off."""
        if view.timing.total_silence is None:
            return None
        searched = set(turns)
        return [
            view.whole(found.turn)
            for found in view.timing.interruptions
            if found.turn in searched and found.overlap > self.longer_than
        ]


class _Measured(Limits, Overall):
    """A number of the conversation, within limits."""

    @abstractmethod
    def measured(self, view: View) -> float | None:
        """Give the number; None where it could not be measured."""

    def probability(self, view: View) -> float | None:
        """Give 1 where the number is within the limits, 0 where it is not."""
        value = self.measured(view)
        return None if value is None else float(self.hold(value))


class SpeechRate(_Measured):
    """The agent's characters (Mandarin) or words (other languages) a minute."""

    def measured(self, view: View) -> float | None:
        """Give characters or words a minute."""
        return view.timing.speech_rate


class TotalSilence(_Measured):
    """Seconds in which nobody speaks, all silences together."""

    def measured(self, view: View) -> float | None:
        """Give seconds."""
        return view.timing.total_silence


class TalkRatio(_Measured):
    """The agent's share of all speech, 0 to 1."""

    def measured(self, view: View) -> float | None:
        """Give the share."""
        return view.timing.talk_ratio


class Duration(_Measured):
    """Seconds that the conversation lasts."""

    def measured(self, view: View) -> float | None:
        """Give seconds."""
        return view.timing.duration


class AnswerDelay(_Measured):
    """Seconds from the customer's call to the agent's answer, as the metadata tell."""

    def measured(self, view: View) -> float | None:
        """Give seconds."""
        return view.timing.answer_delay


class ResponseTime(_Measured):
    """Seconds from the customer's words to the agent's."""

    which: Literal["first", "mean", "longest"]

    def measured(self, view: View) -> float | None:
        """Give seconds."""
        timing = view.timing
        return {
            "first": timing.first_response,
            "mean": timing.mean_response,
            "longest": timing.longest_response,
        }[self.which]


class TurnCount(_Measured):
    """How many turns there are."""

    speaker: Speaker | None = None
    """Whose turns are counted; everybody's where it is left out."""

    def measured(self, view: View) -> float | None:
        """Give the number of turns."""
        return len(view.turns_of(self.speaker))


class ChannelIs(Overall):
    """The channel the conversation came by."""

    frame: ClassVar[bool] = True

    any_of: Annotated[tuple[Channel, ...], BeforeValidator(listed), Field(min_length=1)]
    """``call``, ``chat``, ``email``."""

    def probability(self, view: View) -> float | None:
        """Give 1 where it is one of them."""
        return float(view.conversation.channel in self.any_of)


class LanguageIs(Overall):
    """The language of the conversation."""

    frame: ClassVar[bool] = True

    any_of: Texts
    """ISO 639-1 codes, such as ``zh`` and ``en``."""

    def probability(self, view: View) -> float | None:
        """Give 1 where it is one of them; None where the language is not known."""
        language = view.conversation.language
        return None if language is None else float(language in self.any_of)


class Metadata(Overall):
    """Something the caller's system knows. A field that is missing meets no comparison."""

    field: Text
    """``queue``, ``direction``, ``agent.id``, ``agent.team``, ``customer.id`` or a key of the metadata."""
    equals: Scalar | None = None
    any_of: tuple[Scalar, ...] | None = Field(default=None, min_length=1)
    """The value is one of these."""
    matches: Text | None = None
    """A regular expression found in the value."""
    at_least: Number | None = None
    at_most: Number | None = None
    present: bool | None = None
    """Whether the field is there at all."""

    @field_validator("matches")
    @classmethod
    def _bounded(cls, given: str | None) -> str | None:
        try:
            if given is not None:
                compile_pattern(given)
        except PatternError as error:
            raise refusal(
                f"The regular expression {given!r} cannot be used: {error}.", "Correct it."
            ) from None
        return given

    @model_validator(mode="after")
    def _compares(self) -> "Metadata":
        if self.model_fields_set <= {"field"}:
            raise refusal(
                "There is nothing to compare the field with.",
                "Give `equals`, `any_of`, `matches`, `at_least`, `at_most` or `present`.",
            )
        return self

    def probability(self, view: View) -> float | None:
        """Give 1 where every comparison holds."""
        value = look_up(view.conversation, self.field)
        checks = (
            self.present is None or self.present == (value is not None),
            self.equals is None or _same(value, self.equals),
            self.any_of is None or any(_same(value, wanted) for wanted in self.any_of),
            self._regex is None or (value is not None and self._matches(value)),
            (self.at_least is None and self.at_most is None) or self._within(value),
        )
        return float(all(checks))

    @cached_property
    def _regex(self) -> re.Pattern[str] | None:
        return compile_pattern(self.matches).regex if self.matches else None

    def _matches(self, value: Any) -> bool:
        return self._regex is not None and self._regex.search(fold(str(value)[:MAX_TEXT])) is not None

    def _within(self, value: Any) -> bool:
        number = _number(value)
        return number is not None and within(number, self.at_least, self.at_most)


def look_up(conversation: Conversation, field: str) -> Any:
    """Give a field of the conversation's frame or of its metadata; None where it is missing."""
    match field:
        case "queue":
            return conversation.queue
        case "direction":
            return conversation.direction
        case "agent.id":
            return conversation.agent.id
        case "agent.team":
            return conversation.agent.team
        case "customer.id":
            return conversation.customer.id
        case _:
            return conversation.metadata.get(field)


def _same(value: Any, wanted: Scalar) -> bool:
    """Compare as a person would: text without regard to case and width, numbers as numbers even when written as text."""
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    if isinstance(wanted, str):
        return value is not None and fold(str(value)).strip() == fold(wanted).strip()
    return _number(value) == wanted


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None
