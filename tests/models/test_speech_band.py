"""The band above the telephone's is filled where a model needs it, and only there."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.speech.band import filled
from models.speech.decoding import SAMPLE_RATE

Sound = NDArray[np.float32]


def hiss(db: float, below: float) -> Sound:
    """Give ten seconds of white noise of ``db`` decibels, up to ``below`` hertz."""
    noise = np.random.default_rng(1).standard_normal(10 * SAMPLE_RATE)
    spectrum = np.fft.rfft(noise)
    spectrum[np.fft.rfftfreq(len(noise), 1 / SAMPLE_RATE) > below] = 0
    return (10 ** (db / 20) * np.fft.irfft(spectrum, len(noise))).astype(np.float32)


def density(sound: Sound, low: float, high: float) -> float:
    """Give the power a hertz between two frequencies, in decibels."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    frequencies = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    return float(10 * np.log10(power[(frequencies > low) & (frequencies < high)].mean() + 1e-12))


@pytest.mark.parametrize("db", [-65, -50])
def test_a_noisy_line_is_filled_to_its_own_level(db: float) -> None:
    """Above 4 kHz there is as much noise as below, and below nothing changes."""
    line = hiss(db, below=3700)
    wide = filled(line)
    assert density(wide, 4300, 7600) == pytest.approx(density(line, 300, 3400), abs=1.5)
    assert density(wide, 300, 3400) == pytest.approx(density(line, 300, 3400), abs=0.1)


@pytest.mark.parametrize(
    "sound", [hiss(-50, below=8000), np.zeros(SAMPLE_RATE, np.float32), np.ones(100, np.float32)]
)
def test_other_sound_stays_as_it_is(sound: Sound) -> None:
    """A wide recording, digital silence and a snippet are left alone."""
    assert np.array_equal(filled(sound), sound)
