"""NTCIR STC-3 (Zeng et al., 2019): turns of a customer and a helpdesk, each of several utterances."""

from collections.abc import Iterator, Mapping
from typing import Any

from grader.reading.drafts import Draft


def fits(value: Mapping[str, Any]) -> bool:
    """Tell the format by its keys."""
    turns = value.get("turns")
    return isinstance(turns, list) and any(
        isinstance(turn, dict) and "utterances" in turn for turn in turns[:1]
    )


def drafts(value: Mapping[str, Any], place: str | None) -> Iterator[Draft]:
    """Give the conversation of one dialogue."""
    turns = [_turn(turn) if isinstance(turn, dict) else turn for turn in value["turns"]]
    yield Draft(data={"channel": "chat", **value, "turns": turns}, place=place)


def _turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Join the utterances; empty ones were pictures or emoji, a turn of nothing else stays, without text."""
    utterances = turn.get("utterances")
    whole = isinstance(utterances, list) and all(isinstance(part, str) for part in utterances)
    return {
        "speaker": turn.get("sender"),
        "text": " ".join(part for part in utterances if part)
        if whole and utterances is not None
        else utterances,
    }
