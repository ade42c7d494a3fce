"""Captions: WebVTT (https://www.w3.org/TR/webvtt1/) and SubRip (.srt). A cue is a turn.

Who speaks stands in a voice tag (``<v Agent>``), before a colon (``Agent: …``), or in the name of the cue.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from grader.reading import times
from grader.reading.drafts import Draft
from grader.reading.formats.labels import Labels
from grader.reading.remarks import Remarks
from grader.reading.synonyms import role_of

_TIMING: Final = re.compile(r"[ \t]*(?P<start>[\d:.,]+)[ \t]*-->[ \t]*(?P<end>[\d:.,]+)(?:[ \t].*)?")
_BLANK: Final = re.compile(r"\n[ \t]*\n")
_NO_CUE: Final = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|$)")
_VOICE: Final = re.compile(r"<v(?:\.[^\s<>]{0,100})?[ \t]{1,4}([^<>\n]{0,200})>")
_TAG: Final = re.compile(r"</?(?:c|i|b|u|s|v|ruby|rt|lang|font)(?:[.\s][^<>]*)?>|<\d+:[\d:.]+>|\{\\[^}]*\}")


@dataclass(slots=True)
class _Cue:
    number: int
    name: str
    timing: str
    lines: list[str] = field(default_factory=list)


def is_captions(head: str) -> bool:
    """Tell captions by their header or by a line of timing."""
    return head.startswith("WEBVTT") or any(_TIMING.fullmatch(line) for line in head.split("\n")[:50])


def draft(text: str) -> Draft:
    """Give the conversation of a caption file."""
    cues = _cues(text)
    labels = Labels(line for cue in cues for line in cue.lines if not _VOICE.search(line))
    turns: list[dict[str, Any]] = []
    remarks = Remarks()
    for cue in cues:
        start, end = _times(cue.timing)
        if start is None or end is None:
            remarks.note("Times of cues could not be read", f"cue {cue.number}")
        for speaker, words in _spoken(cue, labels):
            if speaker is None and turns and turns[-1]["speaker"]:
                remarks.note(
                    "Cues that name no speaker were given to the speaker before", f"cue {cue.number}"
                )
            who = speaker or (turns[-1]["speaker"] if turns else None)
            turns.append({"speaker": who, "text": words, "start": start, "end": end})
    return Draft(data={"channel": "call", "turns": turns, "remarks": remarks.sentences()})


def _cues(text: str) -> list[_Cue]:
    """Part a file into cues; stray lines belong to the cue before them."""
    cues: list[_Cue] = []
    for block in _BLANK.split(text):
        lines = block.strip("\n").split("\n")
        if _NO_CUE.match(lines[0]) and "-->" not in block:
            continue
        for index, line in enumerate(lines):
            following = lines[index + 1] if index + 1 < len(lines) else ""
            if "-->" in line:
                name = lines[index - 1].strip() if index else ""
                cues.append(_Cue(len(cues) + 1, name, line))
            elif cues and line.strip() and "-->" not in following:
                cues[-1].lines.append(line)
    return cues


def _times(timing: str) -> tuple[float | None, float | None]:
    found = _TIMING.fullmatch(timing)
    return (times.clock_seconds(found["start"]), times.clock_seconds(found["end"])) if found else (None, None)


def _spoken(cue: _Cue, labels: Labels) -> Iterator[tuple[str | None, str]]:
    """Give each speaker's words of a cue; an empty cue has one turn without words."""
    parts: list[tuple[str | None, str]] = []
    for line in cue.lines:
        before, *voiced = _VOICE.split(line)
        label, said = (None, before) if voiced else labels.split(before)
        if label is not None or (said.strip() and not parts):
            parts.append((label, said))
        elif said.strip():
            parts[-1] = (parts[-1][0], _joined(parts[-1][1], said.strip()))
        parts.extend(zip(voiced[::2], voiced[1::2], strict=True))
    named = cue.name if role_of(cue.name) else None
    for speaker, words in parts or [(None, "")]:
        yield (speaker or named), html.unescape(_TAG.sub("", words)).strip()


def _joined(first: str, second: str) -> str:
    """Join two lines of a cue: broken for display, with a space only where the script has spaces."""
    return f"{first}{' ' if first[-1:].isascii() or second[:1].isascii() else ''}{second}"
