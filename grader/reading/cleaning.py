"""The one door into the domain: what a format or a caller gives becomes a clean conversation, or is refused.

Values of a wrong type are refused; values that are damaged are repaired or dropped, and a remark says so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from pydantic import ValidationError

from grader.conversation import Channel, Conversation
from grader.problems import InputError, Problem
from grader.reading import characters, synonyms
from grader.reading.metadata import clean_metadata
from grader.reading.refusal import RefusalError, listed, refusal_from, tidied
from grader.reading.remarks import Remarks
from grader.reading.turns import clean_turns, zoned

MAX_TURNS: Final = 100_000
"""A conversation with more turns is refused: it is many conversations, or none."""

MAX_NAME: Final = 512
"""Characters of an id or another name that the caller's system gives."""

_FIELDS: Final = frozenset(Conversation.model_fields)
_POSITION: Final = re.compile(r"\b(?:line|item|ticket|row) (\d+)")


def conversation_from(
    data: Mapping[str, Any], *, source: str, place: str | None, name: str | None = None
) -> Conversation:
    """Make a clean conversation of the contract's JSON form (``docs/formats.md``); unknown keys are left out.

    Args:
        data: The conversation's fields.
        source: The file or request it came in, as problems name it.
        place: Where in the source: ``line 3``; None for the whole.
        name: What the id is derived from where there is none; by default the source's file name.

    Raises:
        InputError: A field is missing or of the wrong type; names the field, what was given and the remedy.
    """
    try:
        return _clean(data, derived_id(name or PurePath(source).stem, place))
    except RefusalError as refusal:
        where = ", ".join(part for part in (place, refusal.field) if part) or None
        problem = Problem(source=source, place=where, problem=refusal.problem, remedy=refusal.remedy)
        raise InputError(tidied(problem)) from None


def has_id(data: Mapping[str, Any]) -> bool:
    """Tell whether a conversation brings an id of its own."""
    return _name(data.get("id"), "id") is not None


def derived_id(name: str, place: str | None) -> str:
    """Name a conversation without id after its file and its position: ``day1-3`` for line 3 of ``day1.jsonl``."""
    return characters.tidy("-".join([name, *_POSITION.findall(place or "")]))[-MAX_NAME:]


def _clean(data: Mapping[str, Any], derived: str) -> Conversation:
    if not isinstance(data, Mapping):
        raise RefusalError.of_type(None, "an object", data)
    clean = {key: value for key, value in data.items() if key in _FIELDS and value is not None}
    if "turns" not in clean and "recording" not in clean:
        keys = listed(list(data)[:6]) or "none"
        raise RefusalError(
            None,
            f"The object is no conversation of a known format; its keys are: {keys}.",
            "Give it turns or a recording, as docs/formats.md describes, or the output of a system named there.",
        )
    given = clean.pop("remarks", ())
    remarks = Remarks(
        [text for text in given if isinstance(text, str)] if isinstance(given, list | tuple) else ()
    )
    turns = clean.get("turns", ())
    if isinstance(turns, Sequence) and len(turns) > MAX_TURNS:
        problem = f"The conversation has {len(turns):,} turns; at most {MAX_TURNS:,} are read."
        raise RefusalError("turns", problem, "Split it into the conversations it holds.")
    clean["turns"] = clean_turns(turns, remarks)
    clean["id"] = _name(clean.get("id"), "id") or derived
    clean["channel"] = _known(clean.get("channel"), "channel", synonyms.channel_of, remarks) or _guess(
        data, clean["turns"]
    )
    clean["language"] = _known(clean.get("language"), "language", synonyms.language_of, remarks)
    clean["direction"] = _known(clean.get("direction"), "direction", synonyms.direction_of, remarks)
    clean["started_at"] = zoned(clean.get("started_at"), "started_at", remarks)
    clean["queue"] = _name(clean.get("queue"), "queue")
    for party in clean.keys() & {"agent", "customer"}:
        clean[party] = _party(clean[party], party)
    clean["metadata"] = clean_metadata(clean.get("metadata", {}), remarks)
    clean["remarks"] = remarks.sentences()
    try:
        return Conversation.model_validate(clean)
    except ValidationError as error:
        raise refusal_from(error) from None


def _name(value: object, field: str) -> str | None:
    """Give a name of the caller's system as a string without odd characters; None where it is empty."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RefusalError.of_type(field, "a string", value)
    if isinstance(value, int):
        value = str(value) if value.bit_length() < MAX_NAME else ""
    name = characters.tidy_name(value)
    if len(name) > MAX_NAME:
        raise RefusalError(
            field,
            f"The name has {len(name):,} characters; at most {MAX_NAME} are taken.",
            "Give a shorter one.",
        )
    return name or None


def _party(given: object, field: str) -> dict[str, str | None]:
    if not isinstance(given, Mapping):
        raise RefusalError.of_type(field, "an object with id and team", given)
    return {key: _name(given.get(key), f"{field}.{key}") for key in ("id", "team")}


def _known(value: object, field: str, meaning: Callable[[str], str | None], remarks: Remarks) -> str | None:
    """Give the contract's word for what a source says; None, with a remark, where it is not understood."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise RefusalError.of_type(field, "a string", value)
    known = meaning(value[:MAX_NAME])
    if known is None and value.strip():
        remarks.note("Values that are not understood were left out", field)
    return known


def _guess(data: Mapping[str, Any], turns: Sequence[Mapping[str, Any]]) -> Channel:
    """Tell the channel by what the source gives: times of speech, a sender's address, times of messages."""
    if data.get("recording") or any(turn["start"] is not None for turn in turns):
        return "call"
    first: Mapping[str, Any] = next(iter(data.get("turns") or ()), {})
    return "email" if {"subject", "from"} & (data.keys() | first.keys()) else "chat"
