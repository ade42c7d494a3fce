"""Voice activity and loudness."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.speech.activity import PADDING, levels, padded, speech
from models.speech.decoding import SAMPLE_RATE
from models.speech.spans import Span, joined, seconds, shared

Sound = NDArray[np.float32]
SECONDS = 20


def waves(kind: str) -> Sound:
    """Give twenty seconds of something that is no speech."""
    time = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    random = np.random.default_rng(0).standard_normal(len(time))
    sounds = {
        "silence": 0 * time,
        "white noise": 0.1 * random,
        "brown noise": 0.01 * np.convolve(random, np.ones(800) / 20, "same"),
        "mains hum": 0.3 * np.sin(2 * np.pi * 50 * time) + 0.1 * np.sin(2 * np.pi * 150 * time),
        "ringing": 0.3 * np.sin(2 * np.pi * 425 * time) * (time % 5 < 1),
        "key tones": 0.2
        * (np.sin(2 * np.pi * 697 * time) + np.sin(2 * np.pi * 1209 * time))
        * (time % 1 < 0.2),
    }
    return sounds[kind].astype(np.float32)


@pytest.mark.parametrize(
    "kind", ["silence", "white noise", "brown noise", "mains hum", "ringing", "key tones"]
)
def test_what_is_no_speech_gives_none(kind: str) -> None:
    """Silence, noise and a telephone's tones are not taken for a voice."""
    assert speech(waves(kind)) == []


def test_speech_is_found_where_it_is(call: Sound) -> None:
    """The detector finds at least nine tenths of the agent's words, and nothing in the long pauses."""
    found = speech(call[0])
    truth = [Span(0.4, 5.05), Span(10.73, 16.84), Span(20.4, 24.43), Span(25.93, 32.1)]
    assert sum(shared(span, found) for span in truth) >= 0.9 * seconds(truth)
    assert shared(Span(5.6, 10.3), found) == 0
    assert found == joined(found)


def test_loudness_is_in_decibels_of_full_scale() -> None:
    """A sine of amplitude 0.1 has -23 dB every tenth of a second, digital silence a floor."""
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    sine = (0.1 * np.sin(2 * np.pi * 200 * time)).astype(np.float32)
    assert levels(sine) == pytest.approx([-23.01] * 10, abs=0.02)
    assert levels(np.zeros(3200, np.float32)) == pytest.approx([-120.0, -120.0])


@given(
    st.lists(st.floats(min_value=0.01, max_value=30), min_size=2, max_size=40).filter(
        lambda x: len(x) % 2 == 0
    )
)
def test_padding_keeps_spans_apart_and_inside(lengths: list[float]) -> None:
    """Padded spans hold the speech, grow by at most 0.4 s a side, never overlap and never leave the window."""
    times = np.cumsum(lengths)
    spans = [Span(float(a), float(b)) for a, b in zip(times[::2], times[1::2], strict=True)]
    end = float(times[-1]) + 0.1
    wide = padded(spans, end)
    for inner, outer in zip(spans, wide, strict=True):
        assert 0 <= outer.start <= inner.start
        assert inner.end <= outer.end <= end
        assert inner.start - outer.start <= PADDING + 1e-9
        assert outer.end - inner.end <= PADDING + 1e-9
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(wide))
