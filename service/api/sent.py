"""Conversations as platforms send them."""

import json
from http import HTTPStatus
from typing import Any

from grader.conversation import Conversation
from grader.problems import InputError, Problem
from grader.reading import conversation_from
from grader.reading.cleaning import has_id
from service.api.errors import ApiError


def parsed(body: bytes, wanted: str) -> Any:
    """Read JSON; ``wanted`` says what should have come.

    Raises:
        ApiError: 400 where it is none.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(HTTPStatus.BAD_REQUEST, f"The body is no JSON. Send {wanted}.") from None


def conversation(data: Any, *, source: str, place: str | None = None) -> Conversation:
    """Read a conversation, which brings its own id.

    Args:
        data: parsed JSON.
        source: the part of the request it came in.
        place: where in it: ``line 3``.

    Raises:
        InputError: a field is missing or of the wrong type.
    """
    read = conversation_from(data, source=source, place=place, name="conversation")
    if has_id(data):
        return read
    raise InputError(
        problem(source, place, "id", "The conversation has no id.", "Give it the id your system knows it by.")
    )


def with_turns(conversation: Conversation, *, source: str, place: str | None = None) -> Conversation:
    """Give a conversation that has turns.

    Raises:
        InputError: it has none.
    """
    if conversation.turns:
        return conversation
    remedy = "Send its turns, or its recording to POST /v1/recordings."
    raise InputError(problem(source, place, "turns", "The conversation has no turns.", remedy))


def problem(source: str, place: str | None, field: str, said: str, remedy: str) -> Problem:
    """Say what is wrong with a field of a conversation."""
    where = ", ".join(part for part in (place, field) if part)
    return Problem(source=source, place=where, problem=said, remedy=remedy)
