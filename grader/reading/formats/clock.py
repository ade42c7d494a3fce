"""Time stamps of messages: points in time, offsets from the start, or times of day without a date."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from grader.conversation import Channel

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR


def place(
    turns: Sequence[dict[str, Any]], moments: Sequence[datetime | float | None]
) -> tuple[Channel | None, list[str]]:
    """Write each turn's moment into it, as ``sent_at`` or ``start``.

    A clock time is an offset from the start (``00:01:02``); where the first is past one hour, they are times of day and
    count from the first.

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
        for turn in turns:
            turn |= {
                key: (turn[key] - clocks[0]) % DAY for key in ("start", "end") if turn.get(key) is not None
            }
        return "chat", ["Times of day without a date were counted from the first."]
    return None, ["Times without a date were dropped."] if dated and clocks else []
