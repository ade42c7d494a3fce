"""What the caller's system knows besides: kept as it came, made safe to store, the keys in use in one form."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from grader.reading import characters, times
from grader.reading.refusal import RefusalError
from grader.reading.remarks import Remarks
from grader.reading.synonyms import side_of

MAX_DEPTH: Final = 16
"""Levels of nesting kept; deeper ones would not survive being written again."""

_MAX_BITS: Final = 4096


def clean_metadata(given: object, remarks: Remarks) -> dict[str, Any]:
    """Give metadata that every output can hold, with ``answer_delay`` in seconds and ``agent_channel`` by side.

    Raises:
        RefusalError: It is no object.
    """
    if not isinstance(given, Mapping):
        raise RefusalError.of_type("metadata", "an object", given)
    clean: dict[str, Any] = _plain(given, "metadata", 0, remarks)
    for key, read in (("answer_delay", _delay), ("customer_rating", _rating), ("agent_channel", _side)):
        if (value := clean.pop(key, None)) is None:
            continue
        if (known := read(value)) is None:
            remarks.note("Values that mean nothing there were dropped", f"metadata.{key}")
        else:
            clean[key] = known
    return clean


def _delay(value: object) -> float | None:
    seconds = times.moment(value.rstrip("秒s ") if isinstance(value, str) else value)
    return seconds if isinstance(seconds, float) and 0 <= seconds < math.inf else None


def _rating(value: object) -> float | str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return str(value)
    return (int(number) if number.is_integer() else number) if math.isfinite(number) else None


def _side(value: object) -> str | None:
    return (
        side_of(str(value))
        if isinstance(value, int | str) and len(str(value)) < 20 and not isinstance(value, bool)
        else None
    )


def _plain(value: object, field: str, depth: int, remarks: Remarks) -> Any:
    """Give ``value`` as JSON can hold it; what cannot be held becomes None, with a remark."""
    plain: Any = None
    match value:
        case None | bool():
            plain = value
        case str():
            plain = characters.tidy(value)
        case int() if -(2**63) <= value < 2**63:
            plain = value
        case int() if value.bit_length() < _MAX_BITS:
            plain = str(value)
        case float() if math.isfinite(value):
            plain = value
        case date():
            plain = value.isoformat()
        case Mapping() if depth < MAX_DEPTH:
            items = ((characters.tidy(str(key)), item) for key, item in value.items())
            plain = {key: _plain(item, f"{field}.{key}", depth + 1, remarks) for key, item in items}
        case list() | tuple() if depth < MAX_DEPTH:
            plain = [_plain(item, field, depth + 1, remarks) for item in value]
        case _:
            remarks.note("Values that cannot be stored were dropped", field[:80])
    return plain
