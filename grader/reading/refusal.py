"""Why a conversation is refused: the field, what was given there and what to do."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Self

from pydantic import ValidationError

from grader.problems import Problem
from grader.reading import characters
from grader.redaction import displayed

_SHOWN: Final = 40
"""Characters of a wrong value that a message repeats."""

_LISTED: Final = 200
"""Characters of names that a message lists."""

_WANTED: Final = {
    "string_type": "a string",
    "string_unicode": "a string of valid characters",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "greater_than_equal": "a number from 0 to 1",
    "less_than_equal": "a number from 0 to 1",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dict_type": "an object",
    "tuple_type": "a list",
    "datetime_type": "a date and time in ISO 8601",
}
_KINDS: Final = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    tuple: "a list",
    dict: "an object",
    type(None): "null",
}


class RefusalError(Exception):
    """A conversation that cannot be used; the caller adds where it stands."""

    def __init__(self, field: str | None, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.field = field
        """Path inside the conversation, ``turns[3].text``; None for the whole."""
        self.problem = problem
        self.remedy = remedy

    @classmethod
    def of_type(cls, field: str | None, wanted: str, given: object) -> Self:
        """Refuse a value of the wrong type: ``wanted`` is ``a string``, ``a list`` …."""
        subject = "The field" if field else "The conversation"
        return cls(
            field, f"{subject} must be {wanted}, but {shown(given)} was given.", f"Give {wanted} here."
        )

    @classmethod
    def missing(cls, field: str, wanted: str) -> Self:
        """Refuse because ``field`` is not there."""
        return cls(field, "The field is missing.", f"Give {wanted} here.")


def shown(given: object) -> str:
    """Put a wrong value in words: its kind, and the value itself where it is short."""
    kind = _KINDS.get(type(given), f"a value of type {type(given).__name__}")
    if isinstance(given, str):
        return f"{kind} ({given!r})" if len(given) <= _SHOWN else f"{kind} of {len(given)} characters"
    short = isinstance(given, bool | float) or (isinstance(given, int) and given.bit_length() < _SHOWN)
    return f"{kind} ({given!r})" if short else kind


def listed(names: Iterable[object]) -> str:
    """Give names in a row, cut between words: half a number would not be known for one and stay."""
    row = ", ".join(map(str, names))
    return row if len(row) <= _LISTED else row[:_LISTED].rpartition(" ")[0] + " …"


def tidied(problem: Problem) -> Problem:
    """Give the problem with clean text and without personal data: it may quote what is broken."""
    texts = {field: displayed(characters.tidy(text)) for field, text in problem.as_json().items() if text}
    return replace(problem, **texts)


def refusal_from(error: ValidationError) -> RefusalError:
    """Translate the first thing a record's own validation objects to."""
    first = error.errors(include_url=False, include_context=False)[0]
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    if first["type"] == "missing":
        return RefusalError.missing(field, "a value")
    wanted = _WANTED.get(first["type"])
    if wanted is None:
        message = first["msg"].removeprefix("Input should be ")
        wanted = message[:1].lower() + message[1:]
    return RefusalError.of_type(field, wanted, first["input"])
