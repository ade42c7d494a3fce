"""Turns made clean: characters, length, speakers, times, words, order."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from grader.conversation import Speaker
from grader.reading import characters, synonyms, times
from grader.reading.refusal import RefusalError
from grader.reading.remarks import Remarks

MAX_TEXT: Final = 20_000
"""Characters of a turn that are kept."""

MAX_VOICE: Final = 100
"""Characters of a speaker's name that are kept."""

MAX_SECONDS: Final = 10_000_000.0
"""Some 115 days: a later time is no time within a conversation (a time stamp or milliseconds by mistake)."""

_OBJECT: Final = (dict, Mapping)  # the concrete type first: it is told at once
_ROLES: Final[frozenset[Speaker]] = frozenset({"agent", "customer", "bot", "system", "unknown"})


def clean_turns(given: object, remarks: Remarks) -> list[dict[str, Any]]:
    """Give the turns as the record takes them, in order of time.

    Raises:
        RefusalError: The turns, one of them, or one of its fields is of the wrong type.
    """
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise RefusalError.of_type("turns", "a list", given)
    return _in_order([_turn(turn, f"turns[{index}]", remarks) for index, turn in enumerate(given)], remarks)


def _turn(given: object, field: str, remarks: Remarks) -> dict[str, Any]:
    if not isinstance(given, _OBJECT):
        raise RefusalError.of_type(field, "an object with speaker and text", given)
    text = _string(given, "text", field)
    clean: dict[str, Any] = {"text": text if text.isprintable() else _repaired(text, field, remarks)}
    speaker, voice = given.get("speaker"), given.get("voice")
    if isinstance(speaker, str) and speaker not in _ROLES:
        speaker, voice = _role(speaker, voice)
    clean["speaker"] = "unknown" if speaker is None else speaker
    if voice is not None:
        clean["voice"] = characters.tidy(voice) if isinstance(voice, str) else voice
    start = _seconds(given.get("start"), field, "start", remarks)
    end = _seconds(given.get("end"), field, "end", remarks)
    if start is not None and end is not None and end < start:
        remarks.note("Ends that lay before the start were dropped", field)
        end = None
    clean["start"], clean["end"] = start, end
    if (sent_at := given.get("sent_at")) is not None:
        clean["sent_at"] = zoned(sent_at, f"{field}.sent_at", remarks)
    if words := given.get("words"):
        clean["words"] = _words(words, field, remarks)
    if len(clean["text"]) > MAX_TEXT:
        remarks.note(f"Turns of more than {MAX_TEXT:,} characters were cut", field)
        clean |= {"text": clean["text"][:MAX_TEXT], "words": ()}
    return clean


def _role(speaker: str, voice: object) -> tuple[Speaker, object]:
    """Give the role a source's name for a speaker says; where it says none, the name is that of a voice."""
    name = speaker[:MAX_VOICE].strip()
    role = synonyms.role_of(name)
    if role is None:
        return "unknown", voice or name or None
    return role, voice


def _repaired(text: str, field: str, remarks: Remarks) -> str:
    visible = characters.without_control(text)
    if len(visible) != len(text):
        remarks.note("Control characters were removed", field)
    whole = characters.without_surrogates(visible)
    if whole != visible:
        remarks.note("Broken characters were replaced by �", field)
    return whole


def _string(given: Mapping[str, Any], key: str, field: str) -> str:
    value = given.get(key)
    if isinstance(value, str):
        return value
    if value is None:
        raise RefusalError.missing(
            f"{field}.{key}", "the words as a string (an empty one for a picture or an emoji)"
        )
    raise RefusalError.of_type(f"{field}.{key}", "a string", value)


def _seconds(value: object, field: str, key: str, remarks: Remarks) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusalError.of_type(f"{field}.{key}", "a number of seconds", value)
    if 0 <= value <= MAX_SECONDS:
        return float(value)
    if value < 0:
        fault = "Negative times"
    elif value > MAX_SECONDS:
        fault = "Times too large to be seconds"
    else:
        fault = "Times that are no numbers"
    remarks.note(f"{fault} were dropped", f"{field}.{key}")
    return None


def zoned(value: object, field: str, remarks: Remarks) -> datetime | None:
    """Give a point in time with its zone; without one it is taken as UTC, and a remark says so.

    Raises:
        RefusalError: It is neither a string nor a datetime.
    """
    if value is None:
        return None
    if not isinstance(value, str | datetime):
        raise RefusalError.of_type(field, "a date and time in ISO 8601, as a string", value)
    moment = times.point_in_time(value) if isinstance(value, str) else times.plausible(value)
    if moment is None:
        remarks.note("Times that could not be read were dropped", field)
    elif moment.tzinfo is None:
        remarks.note("Times without a zone were taken as UTC", field)
        moment = moment.replace(tzinfo=UTC)
    return moment


def _words(given: object, field: str, remarks: Remarks) -> list[Mapping[str, Any]]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise RefusalError.of_type(f"{field}.words", "a list", given)
    if _sound(given):
        return list(given)
    words = (_word(word, f"{field}.words[{index}]", remarks) for index, word in enumerate(given))
    return [word for word in words if word is not None]


def _sound(words: Sequence[Any]) -> bool:
    """Tell words that need no repair: by far the commonest, and there are many of them."""
    for word in words:
        if not isinstance(word, dict):
            return False
        text, start, end, probability = (
            word.get("text"),
            word.get("start"),
            word.get("end"),
            word.get("probability"),
        )
        if not (
            type(start) is type(end) is float
            and 0 <= start <= end <= MAX_SECONDS
            and (probability is None or (type(probability) is float and 0 <= probability <= 1))
            and type(text) is str
            and text.isprintable()
        ):
            return False
    return True


def _word(given: object, field: str, remarks: Remarks) -> Mapping[str, Any] | None:
    if not isinstance(given, _OBJECT):
        raise RefusalError.of_type(field, "an object with text, start and end", given)
    text, probability = _string(given, "text", field), given.get("probability")
    start = _seconds(given.get("start"), field, "start", remarks)
    end = _seconds(given.get("end"), field, "end", remarks)
    if start is None or end is None:
        remarks.note("Words without times were dropped", field)
        return None
    if isinstance(probability, int | float) and not 0 <= probability <= 1:
        remarks.note("Probabilities outside 0 to 1 were dropped", field)
        probability = None
    return {"text": characters.tidy(text), "start": start, "end": max(start, end), "probability": probability}


def _in_order(turns: list[dict[str, Any]], remarks: Remarks) -> list[dict[str, Any]]:
    """Sort by start (by time sent where there is none), stably; a turn without time stays behind the one before it."""
    timed = "start" if any(turn["start"] is not None for turn in turns) else "sent_at"
    keys: list[Any] = []
    known = None
    for turn in turns:
        known = known if (time := turn.get(timed)) is None else time
        keys.append(known)
    first = keys.count(None)  # turns before the first time stay in front
    late = sum(later < earlier for earlier, later in zip(keys[first:], keys[first + 1 :], strict=False))
    if not late:
        return turns
    remarks.note(
        f"Turns stood out of order at {late} {'place' if late == 1 else 'places'}; they were sorted by time"
    )
    order = sorted(range(first, len(turns)), key=keys.__getitem__)
    return [*turns[:first], *(turns[index] for index in order)]
