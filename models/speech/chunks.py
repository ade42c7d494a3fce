"""Packs speech into the windows of 30 s that Whisper hears at once, and finds the way back to the recording's time.

Short pieces of speech are laid end to end, because Whisper's encoder costs the same for one second as for thirty.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final

import numpy as np

from models.speech.channels import Track
from models.speech.decoding import SAMPLE_RATE, Samples
from models.speech.spans import Span

LONGEST_CHUNK: Final = 30 * SAMPLE_RATE
"""Samples that Whisper hears at once."""

SLACK: Final = 0.1
"""Seconds a word may reach beyond the speech it belongs to: the detector cuts soft sounds."""

OUTSIDE: Final = 0.3
"""Seconds from the nearest speech beyond which a word is not of it: word times are no better than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of speech of one track."""

    start: float
    """Seconds from the recording's start."""
    samples: Samples
    """The speech, with some padding."""
    speech: Span
    """Where in it somebody speaks, in the recording's time."""


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Pieces of one track that are recognised together."""

    track: Track
    pieces: tuple[Piece, ...]

    def samples(self) -> Samples:
        """Lay the pieces end to end."""
        return np.concatenate([piece.samples for piece in self.pieces])

    def place(self, start: float, end: float) -> Span:
        """Give the recording's time of what lies from ``start`` to ``end`` seconds in the chunk.

        It is put to the speech that is nearest, and not beyond its ends unless it lies clearly outside: a word at the
        end of one piece must not come to stand before the next, which may be minutes later.
        """
        overlaps = [
            min(end + shift, piece.speech.end) - max(start + shift, piece.speech.start)
            for piece, shift in zip(self.pieces, self._shifts, strict=True)
        ]
        nearest = overlaps.index(max(overlaps))
        piece, shift = self.pieces[nearest], self._shifts[nearest]
        room = SLACK if overlaps[nearest] >= -OUTSIDE else math.inf
        first = max(piece.start, piece.speech.start - room)
        last = min(piece.start + len(piece.samples) / SAMPLE_RATE, piece.speech.end + room)
        return Span(min(max(start + shift, first), last), min(max(end + shift, first), last))

    @cached_property
    def _shifts(self) -> tuple[float, ...]:
        """Give, by piece, the seconds from its time in the chunk to its time in the recording."""
        lengths = [len(piece.samples) / SAMPLE_RATE for piece in self.pieces]
        begins = accumulate(lengths[:-1], initial=0.0)
        return tuple(piece.start - begin for piece, begin in zip(self.pieces, begins, strict=True))


class Packer:
    """Collects the pieces of one track until a chunk is full."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._pieces: list[Piece] = []
        self._length = 0

    def add(self, piece: Piece) -> Chunk | None:
        """Take a piece of at most 30 s; gives the chunk that had no room for it."""
        full = self.rest() if self._length + len(piece.samples) > LONGEST_CHUNK else None
        self._pieces.append(piece)
        self._length += len(piece.samples)
        return full

    def rest(self) -> Chunk | None:
        """Give what is held, and begin anew."""
        pieces, self._pieces, self._length = tuple(self._pieces), [], 0
        return Chunk(track=self._track, pieces=pieces) if pieces else None
