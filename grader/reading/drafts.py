"""A conversation as a format gives it: the contract's fields, not cleaned yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What ``grader.reading.cleaning`` makes a conversation of."""

    data: Any
    """The contract's fields by name; of another type where the source is faulty."""
    place: str | None = None
    """Where in the file it stood; None where it is the whole file."""
    part: str | None = None
    """A name inside the file (a sheet) to tell conversations without id by."""
    is_recording: bool = False
    """The file is audio; what is known of it stands beside it."""

    @property
    def has_words(self) -> bool:
        """Tell a transcript from metadata alone."""
        return isinstance(self.data, Mapping) and bool(self.data.get("turns"))
