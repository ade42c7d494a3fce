"""Plain transcripts: ``客服：您好``, ``Agent: hello``, with or without time stamps, one conversation or several.

A line without a speaker goes on with the turn before it. A line of ``---`` or ``===`` and a header ``会话ID: …`` begin
the next conversation.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from grader.problems import Problem
from grader.reading import times
from grader.reading.drafts import Draft
from grader.reading.formats import clock
from grader.reading.formats.labels import Labels

_CLOCK: Final = r"(?:\d{1,3}:)?\d{1,2}:\d{1,2}(?:[.,]\d{1,9})?"
_DATE: Final = r"\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?"
_STAMP: Final = (
    rf"[\[(【（]?(?P<stamp>{_DATE}(?:[T\s]\s?\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?(?:Z|[+-]\d{{2}}:?\d{{2}})?)?|{_CLOCK})"
    rf"(?:\s?(?:-->|[-–~至])\s?(?P<until>{_CLOCK}))?[\])】）]?"
)
_STAMPED: Final = re.compile(rf"{_STAMP}\s{{0,4}}[,，|-]?\s{{0,4}}(?P<rest>.*)", re.DOTALL)
_NAME_THEN_STAMP: Final = re.compile(
    rf"(?P<name>[^:：,，。!！?？\[(【（]{{1,40}}?)\s{{0,4}}{_STAMP}\s{{0,4}}[:：]?\s{{0,4}}(?P<rest>.*)",
    re.DOTALL,
)
_SEPARATOR: Final = re.compile(r"([-=—*_])\1{2,}(?:[^-=].*\1{3})?")
_HEADER: Final = re.compile(
    r"[\s#*]{0,8}(?:会话|对话|通话|Conversation|Session|Chat|Call)\s?[-_]?(?:ID|编号|号|No\.?|标识)\s*[:：#]\s*(?P<id>\S.*?)\s*",
    re.IGNORECASE,
)
_SHORT: Final = 200
"""Headers and separators are shorter than this."""

_DATED: Final = len("2026-1-1 0:00")
"""A line of a name and a stamp at least this long heads a message."""

_PREAMBLE: Final = 5
"""So many lines without a speaker may be a title page; more are a conversation that was not understood."""


@dataclass(slots=True)
class _Part:
    """The lines of one conversation."""

    line: int
    """Number of the first one."""
    id: str | None = None
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Turn:
    """What a speaker says, from the line that begins it on."""

    speaker: str | None
    moment: datetime | float | None
    until: float | None
    lines: list[str]


def drafts(text: str, source: str) -> Iterator[Draft | Problem]:
    """Give the conversations of a plain transcript; a problem where no line says who speaks."""
    parts = list(_parts(text))
    lines = [line for part in parts for line in part.lines]
    labels = Labels(map(_without_stamp, lines))
    told = any(_begun(line, labels, told=True) for line in lines)
    timed = sum(bool(_STAMPED.fullmatch(line)) for line in lines) * 2 >= len(lines)
    heard = [(part, *_turns(part.lines, labels, told=told)) for part in parts] if told or timed else []
    spoken = [(part, turns) for part, turns, _ in heard if turns]
    mute = [part for part, turns, _ in heard if not turns and (part.id or len(part.lines) > _PREAMBLE)]
    if not spoken:
        yield _no_speaker(source, None)
        return
    left_out = sum(count for part, _, count in heard if part not in mute)
    for part, turns in spoken:
        yield _draft(part, turns, left_out if part is spoken[0][0] else 0, alone=len(spoken) == 1)
    yield from (_no_speaker(source, f"line {part.line}") for part in mute)


def _no_speaker(source: str, place: str | None) -> Problem:
    return Problem(
        source=source,
        place=place,
        problem="The text is no conversation: no line says who speaks.",
        remedy="Begin each turn with its speaker (客服：… or Agent: …), or use another format of docs/formats.md.",
    )


def _parts(text: str) -> Iterator[_Part]:
    part = _Part(1)
    for number, line in enumerate(map(str.strip, text.split("\n")), 1):
        header = _HEADER.fullmatch(line[:_SHORT])
        separator = len(line) < _SHORT and _SEPARATOR.fullmatch(line)
        if separator or (header and part.lines):
            yield part
            part = _Part(number)
        if header:
            part.id = part.id or header["id"]
        elif line and not separator:
            part.lines.append(line)
    yield part


def _turns(lines: Sequence[str], labels: Labels, *, told: bool) -> tuple[list[_Turn], int]:
    """Give the turns, and how many lines stand before the first."""
    turns: list[_Turn] = []
    before = 0
    for line in lines:
        if begun := _begun(line, labels, told=told):
            turns.append(begun)
        elif turns:
            turns[-1].lines.append(line)
        else:
            before += 1
    return turns, before


def _begun(line: str, labels: Labels, *, told: bool) -> _Turn | None:
    """Give the turn that the line begins; None where it goes on with the turn before it.

    ``told``: some lines say who speaks; then one that has only a time stamp begins nothing.
    """
    if found := _NAME_THEN_STAMP.fullmatch(line):
        name, heads = found["name"].strip(), not found["rest"] and len(found["stamp"]) >= _DATED
        if heads or labels.knows(name):
            return _stamped(found, name, found["rest"])
    if found := _STAMPED.fullmatch(line):
        speaker, words = labels.split(found["rest"])
        if speaker is None and told and labels.knows(words):
            speaker, words = words, ""
        return _stamped(found, speaker, words) if speaker or not told else None
    speaker, words = labels.split(line)
    return _Turn(speaker, None, None, [words] if words else []) if speaker else None


def _stamped(found: re.Match[str], speaker: str | None, words: str) -> _Turn:
    until = times.clock_seconds(found["until"]) if found["until"] else None
    return _Turn(speaker, times.moment(found["stamp"]), until, [words] if words else [])


def _without_stamp(line: str) -> str:
    """Give the line as ``name: words``, for the names to be counted."""
    if found := _STAMPED.fullmatch(line):
        return found["rest"]
    found = _NAME_THEN_STAMP.fullmatch(line)
    return f"{found['name']}: {found['rest']}" if found else line


def _draft(part: _Part, turns: Sequence[_Turn], left_out: int, *, alone: bool) -> Draft:
    given: list[dict[str, Any]] = [
        {"speaker": t.speaker, "text": "\n".join(t.lines), "end": t.until} for t in turns
    ]
    channel, remarks = clock.place(given, [turn.moment for turn in turns])
    if left_out:
        remarks.append(f"Lines before the first speaker of a conversation were left out ({left_out}).")
    return Draft(
        data={"id": part.id, "channel": channel, "turns": given, "remarks": remarks},
        place=None if alone else f"line {part.line}",
    )
