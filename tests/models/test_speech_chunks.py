"""Chunks: packing speech for Whisper, and the way back to the recording's time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.speech.chunks import LONGEST_CHUNK, Chunk, Packer, Piece
from models.speech.decoding import SAMPLE_RATE
from models.speech.spans import Span


def piece(start: float, seconds: float, padding: float = 0.4) -> Piece:
    """Give a piece whose speech stands ``padding`` seconds off its ends."""
    return Piece(
        start=start,
        samples=np.full(round(seconds * SAMPLE_RATE), start, np.float32),
        speech=Span(start + padding, start + seconds - padding),
    )


@settings(deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=300), min_size=1, max_size=30))
def test_packing_loses_nothing_and_fits_whisper(tenths: list[int]) -> None:
    """Every piece is in one chunk, in order, and no chunk is longer than 30 s."""
    packer = Packer("left")
    pieces = [piece(float(i), n / 10, padding=0.01) for i, n in enumerate(tenths)]
    packed = [packer.add(p) for p in pieces]
    chunks = [chunk for chunk in (*packed, packer.rest()) if chunk]
    assert [p.start for chunk in chunks for p in chunk.pieces] == [p.start for p in pieces]
    assert all(len(chunk.samples()) <= LONGEST_CHUNK for chunk in chunks)
    assert packer.rest() is None


CHUNK = Chunk(track="left", pieces=(piece(10, 2), piece(100, 3), piece(200, 2)))
"""Speech from 10.4 to 11.6, from 100.4 to 102.6 and from 200.4 to 201.6 s."""


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0.5, 0.8, (10.5, 10.8)),
        (2.5, 2.9, (100.5, 100.9)),
        (6.5, 7.2, (201.5, 201.7)),
        (1.4, 2.2, (11.4, 11.7)),
        (1.7, 1.8, (11.7, 11.7)),
        (2.1, 2.6, (100.3, 100.6)),
        (4.4, 4.45, (102.4, 102.45)),
        (6.0, 6.2, (201.0, 201.2)),
        (7.5, 7.9, (202.0, 202.0)),
    ],
)
def test_words_come_back_to_the_speech_they_belong_to(
    start: float, end: float, expected: tuple[float, float]
) -> None:
    """Times in the chunk become times of the recording, at the nearest speech unless they are clearly of none."""
    assert CHUNK.place(start, end) == pytest.approx(expected, abs=1e-3)


@given(st.floats(-1, 9), st.floats(0, 1))
def test_every_time_lands_in_a_piece(start: float, length: float) -> None:
    """However wrong the recogniser's times are, the word stands inside the recording's speech and its padding."""
    span = CHUNK.place(start, start + length)
    assert span.start <= span.end
    assert any(
        p.start <= span.start and span.end <= p.start + len(p.samples) / SAMPLE_RATE for p in CHUNK.pieces
    )
