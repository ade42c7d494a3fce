"""Which system's JSON an object is, and the conversations in it."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, TextIO

from grader.problems import Problem
from grader.reading.drafts import Draft
from grader.reading.formats import alibaba, contact_lens, stc3, whisperx
from grader.reading.formats.json_values import Found, values

_FORMATS = (stc3, contact_lens, alibaba, whisperx)


def drafts(text: TextIO, source: str, suffix: str) -> Iterator[Draft | Problem]:
    """Give the conversations of a JSON text in order."""
    found = values(text, source, suffix)
    first = next(found, None)
    if isinstance(first, Found) and alibaba.is_sentence(first.value):
        rest = list(found)  # the file is one dialogue
        sentences = [first.value, *(item.value for item in rest if isinstance(item, Found))]
        yield alibaba.draft_of_sentences(sentences, None)
        yield from (item for item in rest if isinstance(item, Problem))
    else:
        for item in chain([first] if first else (), found):
            yield from [item] if isinstance(item, Problem) else _of_value(item.value, item.place, source)


def _of_object(value: Mapping[str, Any], place: str | None) -> Iterator[Draft]:
    """Give the conversations of one object; one of no known format goes to cleaning as it is."""
    form = next((form for form in _FORMATS if form.fits(value)), None)
    yield from form.drafts(value, place) if form else [Draft(data=value, place=place)]


def _of_value(value: object, place: str | None, source: str) -> Iterator[Draft | Problem]:
    """Give the conversations of a line or an item: one, or a list of them."""
    if isinstance(value, list) and not _is_dialogue(value):
        for number, item in enumerate(value, 1):
            yield from _of_one(item, f"{place}, item {number}", source)
    else:
        yield from _of_one(value, place, source)


def _of_one(value: object, place: str | None, source: str) -> Iterator[Draft | Problem]:
    if isinstance(value, dict):
        yield from _of_object(value, place)
    elif isinstance(value, list) and _is_dialogue(value):
        yield alibaba.draft_of_sentences(value, place)
    else:
        yield Problem(
            source=source,
            place=place,
            problem="A single value stands where a conversation was expected.",
            remedy="Give a JSON object for each conversation (docs/formats.md).",
        )


def _is_dialogue(value: list[Any]) -> bool:
    return bool(value) and alibaba.is_sentence(value[0])
