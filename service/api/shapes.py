"""Bases of what requests send and answers show: what is said under a field stands in the documentation."""

from datetime import UTC, datetime
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from grader.reading.characters import tidy_name


def _as_in_conversations(given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, str | int):
        return given
    return tidy_name(str(given))


def _in_utc(given: datetime) -> datetime:
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise ValueError("The time lies beyond the calendar") from None


Moment: TypeAlias = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time with its zone, in UTC: one at the edge of the calendar has none there, and is refused."""

CLEANED: Final = BeforeValidator(_as_in_conversations)
"""Reads a name as those in conversations are read: else it would not be found among them."""

Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=255), CLEANED]


class Shown(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Sent(BaseModel):
    """Part of a request; a field that is not known is refused."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")
