"""Alibaba Cloud's dialogues (智能对话分析): tickets to be checked, results of checks, or the bare list of sentences.

https://help.aliyun.com/document_detail/111394.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from grader.reading import synonyms, times
from grader.reading.drafts import Draft
from grader.reading.formats.json_access import listed_as_is, nested, seconds_from_ms

_DIALOGUES = ("dialogue", "asrResult")
_SOURCES = {0: "chat", 1: "call"}
"""``optional``: whether the text was typed (online service) or recognised (hotline)."""


def fits(value: Mapping[str, Any]) -> bool:
    """Tell the format by its keys."""
    return isinstance(value.get("tickets"), list) or any(
        isinstance(value.get(key), list) for key in _DIALOGUES
    )


def is_sentence(value: object) -> bool:
    """Tell one sentence of a dialogue, of which a file may hold a bare list."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("words"), str)
        and bool({"role", "identity"} & value.keys())
    )


def drafts(value: Mapping[str, Any], place: str | None) -> Iterator[Draft]:
    """Give the conversation of a dialogue, or those of the tickets."""
    if not isinstance(value.get("tickets"), list):
        yield _draft(value, None, place)
        return
    source = value.get("optional", 0)
    channel = _SOURCES.get(source) if isinstance(source, int) else None
    for number, ticket in enumerate(value["tickets"], 1):
        where = f"{place}, ticket {number}" if place else f"ticket {number}"
        yield _draft(ticket, channel, where) if isinstance(ticket, dict) else Draft(data=ticket, place=where)


def draft_of_sentences(sentences: list[Any], place: str | None) -> Draft:
    """Give the conversation of a bare list of sentences."""
    return Draft(data={"turns": list(map(_turn, sentences))}, place=place)


def _draft(ticket: Mapping[str, Any], channel: str | None, place: str | None) -> Draft:
    sentences = next(filter(None, (listed_as_is(ticket, key) for key in _DIALOGUES)), [])
    context = nested(ticket, "context") or nested(ticket, "recording")
    return Draft(
        data={
            "id": ticket.get("tid") or ticket.get("callId") or context.get("callId") or ticket.get("taskId"),
            "channel": ticket.get("channel") or channel,
            "agent": {
                "id": ticket.get("customerServiceId") or ticket.get("customerServiceName"),
                "team": ticket.get("skillGroupName"),
            },
            "customer": {"id": ticket.get("customerId")},
            "queue": ticket.get("skillGroupName") or ticket.get("skillGroupId"),
            "turns": list(map(_turn, sentences)),
        },
        place=place,
    )


def _turn(sentence: Any) -> Any:
    if not isinstance(sentence, dict):
        return sentence
    role, identity = sentence.get("role"), sentence.get("identity")
    known = next((r for n in (role, identity) if isinstance(n, str) and (r := synonyms.role_of(n))), None)
    began = sentence.get("beginTime")
    return {
        "speaker": known or role or identity,
        "text": sentence.get("words"),
        "start": seconds_from_ms(sentence.get("begin")),
        "end": seconds_from_ms(sentence.get("end")),
        "sent_at": times.from_epoch(began) if isinstance(began, int | float) else began,
    }
