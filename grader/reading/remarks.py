"""What reading had to repair or assume in one conversation, gathered into few sentences for a person."""

from collections.abc import Sequence
from typing import Final

NAMED: Final = 3
"""So many places are named; the rest is counted."""


class Remarks:
    """Collects repairs: the same one in many turns is one sentence."""

    def __init__(self, given: Sequence[str] = ()) -> None:
        self._given = tuple(given)
        self._places: dict[str, list[str]] = {}

    def note(self, what: str, place: str | None = None) -> None:
        """Note a repair; ``what`` is a sentence without its full stop, ``place`` where it was made."""
        places = self._places.setdefault(what, [])
        if place is not None and (not places or places[-1] != place):
            places.append(place)

    def sentences(self) -> tuple[str, ...]:
        """Give the remarks that came with the conversation, then the repairs in the order they were first made."""
        made = (f"{what}{_where(places)}." for what, places in self._places.items())
        return tuple(dict.fromkeys((*self._given, *made)))


def _where(places: Sequence[str]) -> str:
    if not places:
        return ""
    rest = len(places) - NAMED
    return f" ({', '.join(places[:NAMED])}{f' and {rest} more' if rest > 0 else ''})"
