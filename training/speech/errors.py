"""How far a transcript lies from what was said."""

import re
from collections.abc import Sequence

_UNHEARD = re.compile(r"[\W_]")


def comparable(text: str) -> str:
    """Give the characters that can be heard: no punctuation, no spaces, no capitals."""
    return _UNHEARD.sub("", text).lower()


def character_errors(said: str, heard: str) -> int:
    """Count substitutions, deletions and insertions between comparable texts (Levenshtein distance).

    Divided by the characters said it is the character error rate.
    """
    return edits(comparable(said), comparable(heard))


def edits(said: Sequence[str], heard: Sequence[str]) -> int:
    """Count the substitutions, deletions and insertions that make one sequence the other."""
    above = list(range(len(heard) + 1))
    for row, item in enumerate(said, 1):
        current = [row]
        for column, other in enumerate(heard, 1):
            swapped = above[column - 1] + (item != other)
            current.append(min(swapped, above[column] + 1, current[column - 1] + 1))
        above = current
    return above[-1]
