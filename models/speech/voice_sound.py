"""How a stretch of speech sounds: cepstrum, pitch and loudness, summed over cells of 0.3 s.

Sums are kept, not frames, so that three hours of speech stay within a few megabytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.speech.decoding import SAMPLE_RATE, Samples
from models.speech.spans import Span

Array: TypeAlias = NDArray[np.float64]

FRAME: Final = 512
"""Samples of a frame: 32 ms, two periods of the deepest voice."""

HOP: Final = 480
"""Samples from frame to frame."""

CELL: Final = 10
"""Frames of a cell, 0.3 s: no turn of a call is shorter."""

CEPSTRA: Final = 19
MEL_BANDS: Final = 26
BAND: Final = (120.0, 3700.0)
"""Hertz: what a telephone lets through, so that both kinds of recording are seen alike."""

PITCH: Final = (70, 400)
"""Hertz."""

VOICED: Final = 0.5
"""Normalised autocorrelation from which a frame is voiced; only such frames tell a voice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The sound of speech, in cells of 0.3 s."""

    starts: Array
    """Seconds from the recording's start."""
    ends: Array
    run: NDArray[np.int64]
    """Which run of speech without a pause each cell belongs to."""
    voiced: Array
    """Voiced frames of each cell."""
    sums: Array
    """Shape (cells, features): the features summed over the voiced frames."""


def cells(samples: Samples, speech: Sequence[Span], *, start: float, first_run: int) -> Cells:
    """Describe the speech of one channel.

    Args:
        samples: one channel of a window.
        speech: where somebody speaks, in seconds from the window's start.
        start: the window's start in seconds from the recording's.
        first_run: number of the first run of speech.
    """
    starts, ends, runs, voiced, sums = [], [], [], [], []
    for run, span in enumerate(speech, first_run):
        begin, end = round(span.start * SAMPLE_RATE), round(span.end * SAMPLE_RATE)
        features, is_voiced = _features(samples[begin:end])
        for cell in range(0, len(features), CELL):
            chosen = is_voiced[cell : cell + CELL]
            starts.append(start + span.start + cell * HOP / SAMPLE_RATE)
            ends.append(min(start + span.end, starts[-1] + CELL * HOP / SAMPLE_RATE))
            runs.append(run)
            voiced.append(float(chosen.sum()))
            sums.append(features[cell : cell + CELL][chosen].sum(axis=0))
    return Cells(
        starts=np.array(starts, dtype=np.float64),
        ends=np.array(ends, dtype=np.float64),
        run=np.array(runs, dtype=np.int64),
        voiced=np.array(voiced, dtype=np.float64),
        sums=np.array(sums, dtype=np.float64).reshape(len(sums), CEPSTRA + 2),
    )


def concatenated(parts: Sequence[Cells]) -> Cells:
    """Put the cells of several windows in a row."""
    return Cells(
        starts=np.concatenate([part.starts for part in parts]),
        ends=np.concatenate([part.ends for part in parts]),
        run=np.concatenate([part.run for part in parts]),
        voiced=np.concatenate([part.voiced for part in parts]),
        sums=np.concatenate([part.sums for part in parts]),
    )


def _features(samples: Samples) -> tuple[Array, NDArray[np.bool_]]:
    """Give cepstrum, log pitch and loudness (bel) of each frame, shape (frames, 21), and which frames are voiced."""
    padded = np.pad(samples, (0, max(0, FRAME - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP] * _window()
    spectrum = np.fft.rfft(frames)
    power = spectrum.real**2 + spectrum.imag**2
    cepstra = np.log(power @ _mel_filters().T + 1e-8) @ _cosines().T
    shortest, longest = (SAMPLE_RATE // pitch for pitch in reversed(PITCH))
    correlation = np.fft.irfft(power)[:, :longest]
    normalised = correlation[:, shortest:] / (
        (correlation[:, :1] + 1e-9) * _window_correlation()[shortest:longest]
    )
    best = normalised.argmax(axis=1)
    pitch = np.log(SAMPLE_RATE / (shortest + best))
    loudness = np.log10(power.mean(axis=1) + 1e-10)
    features: Array = np.column_stack((cepstra, pitch, loudness))
    return features, normalised[np.arange(len(best)), best] > VOICED


@lru_cache(maxsize=1)
def _window() -> NDArray[np.float32]:
    return np.hanning(FRAME).astype(np.float32)


@lru_cache(maxsize=1)
def _window_correlation() -> Array:
    """Give the autocorrelation of the window by lag, 1 at lag 0: what a steady tone's falls off by."""
    correlation = np.correlate(_window(), _window(), "full")[FRAME - 1 :]
    falling: Array = correlation / correlation[0]
    return falling


@lru_cache(maxsize=1)
def _mel_filters() -> NDArray[np.float32]:
    """Give triangular filters, shape (bands, FFT bins)."""
    low, high = (1127 * np.log1p(edge / 700) for edge in BAND)
    edges = 700 * np.expm1(np.linspace(low, high, MEL_BANDS + 2) / 1127)
    bins = np.fft.rfftfreq(FRAME, 1 / SAMPLE_RATE)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    filters: NDArray[np.float32] = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return filters


@lru_cache(maxsize=1)
def _cosines() -> Array:
    """Give the cosine transform to cepstra 1 to 19, shape (cepstra, bands)."""
    angles = np.outer(np.arange(1, CEPSTRA + 1), np.arange(MEL_BANDS) + 0.5) * np.pi / MEL_BANDS
    cosines: Array = np.sqrt(2 / MEL_BANDS) * np.cos(angles)
    return cosines
