"""Fills the band above the telephone's for models that never heard it empty.

A telephone lets nothing through above 4 kHz. A small model trained on synthetic speech with noise over the whole band
takes the missing hiss for something else: two in five characters of an 8 kHz recording came out wrong, and one in
fifty once the upper band hissed as loudly as the lower one does.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.speech.decoding import SAMPLE_RATE, Samples

EDGE: Final = 3800
"""Hertz above which a telephone carries nothing."""

_SPEECH_BAND: Final = (300, 3400)
_UPPER_BAND: Final = (4300, 7600)
"""Hertz between which the noise floors are compared."""

EMPTY_DB: Final = 10.0
"""Decibels by which the floor above must lie below the floor of the speech band to count as empty."""

QUIETEST: Final = 10
"""Percentile of the power over time that shows the noise floor: the pauses."""

_OF_MEAN: Final = -np.log(1 - QUIETEST / 100)
"""That percentile of a noise's power, by its mean: power in one bin is distributed exponentially."""

_FRAME: Final = 512
_HOP: Final = 2048
_LONGEST: Final = 30 * SAMPLE_RATE


def filled(samples: Samples) -> Samples:
    """Give ``samples``, at most 30 s of one channel, with the upper band as noisy as the band of speech.

    Sound that has an upper band of its own, or no noise at all, comes back as it is.
    """
    if len(samples) < _FRAME:
        return samples
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    power = np.percentile(np.abs(np.fft.rfft(frames * np.hanning(_FRAME))) ** 2, QUIETEST, axis=0) / _OF_MEAN
    lower, upper = (_floor(power, band) for band in (_SPEECH_BAND, _UPPER_BAND))
    if upper >= lower * 10 ** (-EMPTY_DB / 10):
        return samples
    noise = _upper_noise()[: len(samples)]
    # White noise of variance v has the power v * sum(window²) in every bin.
    gain = np.sqrt((lower - upper) / np.sum(np.hanning(_FRAME) ** 2))
    result: Samples = samples + np.float32(gain) * noise
    return result


def _floor(power: NDArray[np.float64], band: tuple[int, int]) -> float:
    frequencies = np.fft.rfftfreq(_FRAME, 1 / SAMPLE_RATE)
    return float(np.median(power[(frequencies >= band[0]) & (frequencies <= band[1])]))


@lru_cache(maxsize=1)
def _upper_noise() -> NDArray[np.float32]:
    """Give 30 s of white noise of variance 1, less what lies below the edge; the same every time."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(_LONGEST))
    spectrum[np.fft.rfftfreq(_LONGEST, 1 / SAMPLE_RATE) < EDGE] = 0
    noise: NDArray[np.float32] = np.fft.irfft(spectrum, _LONGEST).astype(np.float32)
    return noise
