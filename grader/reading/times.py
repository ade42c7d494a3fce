"""Times as sources write them: points in time, clock times and numbers."""

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Points in time outside are defaults or damage (0001-01-01, 1900-01-00), not times of a conversation."""

MAX_LENGTH: Final = 64
"""Characters; a longer text is no time."""

_CLOCK: Final = re.compile(r"(?:(?P<h>\d{1,3}):)?(?P<m>\d{1,2}):(?P<s>\d{1,2}(?:[.,]\d{1,9})?)")
_WRITTEN: Final = re.compile(
    r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})日?"
    r"(?:[T\s,]+(\d{1,2})\s?[:：时点]\s?(\d{1,2})(?:\s?[:：分]\s?(\d{1,2})(?:[.,](\d{1,6})\d*)?秒?|分)?)?"
)
_COMPACT: Final = re.compile(r"((?:19|20)\d{6})(\d{6})?")
_INTERNET: Final = re.compile(
    r"(?:[A-Za-z]{3},\s*)?\d{1,2} [A-Za-z]{3} \d{4} \d{1,2}:\d{2}(?::\d{2})?(?: (?:[+-]\d{4}|[A-Z]{1,4}))?"
)


@lru_cache(maxsize=1024)
def point_in_time(text: str) -> datetime | None:
    """Read ISO 8601, ``2026/11/20 9:30``, ``2026年11月20日 9时30分`` or an e-mail's date (RFC 5322).

    Naive where the text gives no zone.

    Returns:
        None where it is no point in time, or one that cannot be meant.
    """
    try:
        return plausible(_parsed(text.strip())) if len(text) <= MAX_LENGTH else None
    except (ValueError, OverflowError):
        return None


def _parsed(text: str) -> datetime:
    if compact := _COMPACT.fullmatch(text):
        text = f"{compact[1]}T{compact[2] or '000000'}"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        written = _WRITTEN.fullmatch(text)
    if written is None:
        return parsedate_to_datetime(text if _INTERNET.fullmatch(text) else "")
    *numbers, fraction = written.groups()
    microseconds = int((fraction or "").ljust(6, "0"))
    return datetime(*(int(number or 0) for number in numbers), microseconds)  # type: ignore[arg-type,call-arg]  # noqa: DTZ001


def plausible(moment: datetime) -> datetime | None:
    """Give the point in time, None where it cannot be meant."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if EARLIEST <= aware < LATEST else None


def from_epoch(number: float) -> datetime | None:
    """Read seconds or milliseconds since 1970 (UTC); None where neither can be meant."""
    if not math.isfinite(number) or not 1e8 <= number < 1e13:
        return None
    return plausible(datetime.fromtimestamp(number / 1000 if number >= 1e11 else number, UTC))


def clock_seconds(text: str) -> float | None:
    """Read ``[h:]mm:ss[.fff]`` as seconds; None where it is no clock time."""
    found = _CLOCK.fullmatch(text.strip())
    return (
        int(found["h"] or 0) * 3600 + int(found["m"]) * 60 + float(found["s"].replace(",", "."))
        if found
        else None
    )


def moment(cell: object) -> datetime | float | None:
    """Read a cell or a line's time stamp: a point in time, or seconds; None where it is neither."""
    match cell:
        case datetime():
            return plausible(cell)
        case date():
            return plausible(datetime.combine(cell, time()))
        case time() | timedelta():
            return _duration(cell).total_seconds()
        case int() | float() if not isinstance(cell, bool):
            return _number(cell)
        case str() if len(cell) <= MAX_LENGTH:
            return _written_moment(cell.strip())
    return None


def _written_moment(text: str) -> datetime | float | None:
    if _COMPACT.fullmatch(text):
        return point_in_time(text)
    try:
        return _number(float(text))
    except ValueError:
        seconds = clock_seconds(text)
        return point_in_time(text) if seconds is None else seconds


def _duration(cell: time | timedelta) -> timedelta:
    if isinstance(cell, timedelta):
        return cell
    return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second, microseconds=cell.microsecond)


def _number(number: float) -> datetime | float | None:
    try:
        return from_epoch(number) or float(number)
    except OverflowError:
        return None
