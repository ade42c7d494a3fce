"""Time stamps of messages: points in time, offsets from the start, or times of day without a date."""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from math import isfinite
from typing import Any, Final

from grader.conversation import Channel

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
BACK: Final = 6 * HOUR
"""A time of day so much before the one above it, or less, is out of order; one further back is of the next day."""


def place(
    turns: Sequence[dict[str, Any]], moments: Sequence[datetime | float | None]
) -> tuple[Channel | None, list[str]]:
    """Write each turn's moment into it, as ``sent_at`` or ``start``.

    A clock time is an offset from the start (``00:01:02``); where the first is past one hour, they are times of day and
    count from the earliest.

    Returns:
        The channel this tells of, and remarks.
    """
    clocks = [moment for moment in moments if isinstance(moment, float)]
    dated = any(isinstance(moment, datetime) for moment in moments)
    of_day = bool(clocks) and not dated and clocks[0] >= HOUR
    for turn, moment in zip(turns, moments, strict=True):
        if isinstance(moment, datetime):
            turn["sent_at"] = moment
        elif moment is not None and not dated:
            turn["start"] = moment
    if of_day:
        _count_from_earliest(turns)
        return "chat", ["Times of day without a date were counted from the earliest."]
    return None, ["Times without a date were dropped."] if dated and clocks else []


def _count_from_earliest(turns: Sequence[dict[str, Any]]) -> None:
    """Write seconds since the earliest in the place of times of day, each taken from the one above it."""
    both = ((turn, key) for turn in turns for key in ("start", "end"))
    given = [(turn, key) for turn, key in both if turn.get(key) is not None and isfinite(turn[key])]
    clocks = [turn[key] for turn, key in given]
    steps = ((later - earlier + BACK) % DAY - BACK for earlier, later in pairwise(clocks))
    offsets = list(accumulate(steps, initial=0.0))
    earliest = min(offsets)
    for (turn, key), offset in zip(given, offsets, strict=True):
        turn[key] = offset - earliest
