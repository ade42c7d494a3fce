"""Windows: nothing is lost between them, and no word is cut."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.speech.decoding import SAMPLE_RATE
from models.speech.windows import LONGEST, STEP, windows


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(min_value=1, max_value=70 * SAMPLE_RATE), min_size=1, max_size=8), st.integers(1, 2)
)
def test_windows_join_to_the_recording(lengths: list[int], channels: int) -> None:
    """Whatever the blocks, the windows hold every sample once, in order, and know where they begin."""
    total = sum(lengths)
    samples = np.random.default_rng(total).standard_normal((channels, total)).astype(np.float32)
    cuts = np.cumsum([0, *lengths])
    found = list(windows(samples[:, a:b] for a, b in pairwise(cuts)))
    assert np.array_equal(np.concatenate([window.samples for window in found], axis=1), samples)
    begins = np.cumsum([0, *(window.samples.shape[1] for window in found)])[:-1]
    assert [round(window.start * SAMPLE_RATE) for window in found] == begins.tolist()
    assert all(begin % STEP == 0 for begin in begins)
    assert max(window.samples.shape[1] for window in found) <= LONGEST


def test_the_cut_falls_into_the_pause() -> None:
    """With one second of quiet on both channels near the end of a window, the cut lies in it."""
    samples = np.random.default_rng(0).standard_normal((2, 150 * SAMPLE_RATE)).astype(np.float32)
    samples[:, 108 * SAMPLE_RATE : 109 * SAMPLE_RATE] *= 0.01
    samples[0, 115 * SAMPLE_RATE : 116 * SAMPLE_RATE] = 0
    first = next(windows([samples]))
    assert 108 < first.samples.shape[1] / SAMPLE_RATE < 109


def test_no_sound_gives_no_window() -> None:
    """An empty stream has no windows."""
    assert list(windows([])) == []
