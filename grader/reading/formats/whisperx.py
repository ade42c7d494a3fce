"""WhisperX, and the JSON that openai-whisper and faster-whisper tools write: segments with words.

https://github.com/m-bain/whisperX. Its aligner leaves words without times (numbers, signs): they share the gap.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.reading.drafts import Draft
from grader.reading.formats.json_access import listed


def fits(value: Mapping[str, Any]) -> bool:
    """Tell the format by its keys."""
    return isinstance(value.get("segments"), list)


def drafts(value: Mapping[str, Any], place: str | None) -> Iterator[Draft]:
    """Give the conversation of one transcript."""
    yield Draft(
        data={
            "id": value.get("id"),
            "channel": "call",
            "language": value.get("language"),
            "turns": [
                _turn(segment) if isinstance(segment, dict) else segment for segment in value["segments"]
            ],
        },
        place=place,
    )


def _turn(segment: Any) -> Any:
    if not isinstance(segment, dict):
        return segment
    words = _words(segment)
    return {
        "speaker": segment.get("speaker"),
        "text": text.strip() if isinstance(text := segment.get("text"), str) else text,
        "start": segment.get("start", words[0]["start"] if words else None),
        "end": segment.get("end", words[-1]["end"] if words else None),
        "words": words,
    }


def _words(segment: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the words; runs without times are spread evenly over the time between their neighbours."""
    words: list[dict[str, Any]] = [
        {
            "text": str(word.get("word", word.get("text", ""))).strip(),
            "start": _number(word.get("start")),
            "end": _number(word.get("end")),
            "probability": _number(word.get("score", word.get("probability"))),
        }
        for word in listed(segment, "words")
    ]
    timed = [
        index for index, word in enumerate(words) if word["start"] is not None and word["end"] is not None
    ]
    for before, after in zip([-1, *timed], [*timed, len(words)], strict=True):
        first = words[before]["end"] if before >= 0 else _number(segment.get("start"))
        last = words[after]["start"] if after < len(words) else _number(segment.get("end"))
        _spread(words[before + 1 : after], first, last)
    return words


def _spread(words: Sequence[dict[str, Any]], first: float | None, last: float | None) -> None:
    if first is None or last is None or last < first:
        return
    share = (last - first) / max(len(words), 1)
    for index, word in enumerate(words):
        word["start"], word["end"] = first + index * share, first + (index + 1) * share


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, float) or (type(value) is int and abs(value) < 1e15) else None
