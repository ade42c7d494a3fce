"""Windows of sound for training: utterances one after the other, as they come off a telephone line or do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

from training.speech.pool import FULL_SCALE, Spoken
from training.speech.synthesis import SAMPLE_RATE
from training.speech.telephone import Sound

SILENT: Final = 0.02
"""Share of windows in which nobody speaks."""

SPARSE: Final = 0.35
"""Share of windows that end early; the rest are filled as far as whole utterances go."""

LEAKING: Final = 0.1
"""Share of windows with the other channel's voice behind, ``LEAK_DB`` as loud."""

LEAK_DB: Final = (-28.0, -14.0)
ON_THE_LINE: Final = 0.7
NOISY: Final = 0.75
SIGNAL_TO_NOISE_DB: Final = (6.0, 45.0)
COMPANDED: Final = 0.4
"""Share of the windows on the line that go through μ-law."""

LINE_TOP_HZ: Final = 3_950.0
MU: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An utterance in a window."""

    start: float
    """Seconds."""
    spoken: Spoken

    @property
    def end(self) -> float:
        """Seconds."""
        return self.start + self.spoken.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A window of sound."""

    samples: Sound
    """No longer than the window; what is missing is silence that nobody recorded."""
    placed: tuple[Placed, ...]


def scene(pool: Sequence[Spoken], seconds: float, random: np.random.Generator) -> Scene:
    """Make a window of at most ``seconds`` from utterances of one language."""
    placed = _placed(pool, seconds, random)
    end = min(seconds, (placed[-1].end if placed else seconds / 2) + float(random.uniform(0.05, 1.0)))
    sound = np.zeros(round(end * SAMPLE_RATE), np.float32)
    for one in placed:
        _add(sound, one.spoken, one.start, loudness=float(random.uniform(0.3, 1.3)))
    if random.random() < LEAKING:
        other, decibel = pool[int(random.integers(len(pool)))], float(random.uniform(*LEAK_DB))
        _add(sound, other, float(random.uniform(0, end)), loudness=10 ** (decibel / 20))
    return Scene(samples=transmitted(sound, random), placed=tuple(placed))


def transmitted(sound: Sound, random: np.random.Generator) -> Sound:
    """Give the sound as one of many lines passes it on: band, companding, noise, loudness."""
    line, noisy = random.random() < ON_THE_LINE, random.random() < NOISY
    behind_line = line and random.random() < 0.5
    if noisy and not behind_line:
        sound = sound + _noise(sound, random)
    if line:
        sound = _band(sound, low=float(random.uniform(150, 350)), high=float(random.uniform(3_200, 3_900)))
        if random.random() < COMPANDED:
            sound = _top_cut(companded(sound))
    if noisy and behind_line:
        sound = sound + _noise(sound, random)
    return np.asarray(sound * random.uniform(0.2, 1.1), dtype=np.float32)


def companded(sound: Sound) -> Sound:
    """Send the sound through 8-bit μ-law (ITU-T G.711, as a formula)."""
    pressed = np.sign(sound) * np.log1p(MU * np.minimum(np.abs(sound), 1)) / np.log1p(MU)
    stepped = np.round(pressed * 127) / 127
    return np.asarray(np.sign(stepped) * np.expm1(np.abs(stepped) * np.log1p(MU)) / MU, dtype=np.float32)


def _placed(pool: Sequence[Spoken], seconds: float, random: np.random.Generator) -> list[Placed]:
    if random.random() < SILENT:
        return []
    room = seconds * float(random.uniform(0.2, 1.0) if random.random() < SPARSE else 1.0) - 0.1
    clock = float(random.uniform(0, 0.6))
    placed: list[Placed] = []
    misses = 0
    while misses < 8 and clock < room:
        spoken = pool[int(random.integers(len(pool)))]
        if clock + spoken.seconds > room:
            misses += 1
            continue
        placed.append(Placed(start=clock, spoken=spoken))
        clock = placed[-1].end + _pause(random)
    return placed


def _pause(random: np.random.Generator) -> float:
    kind = random.random()
    bounds = (0.08, 0.5) if kind < 0.6 else (0.3, 1.6) if kind < 0.96 else (1.5, 5.0)
    return float(random.uniform(*bounds))


def _add(sound: Sound, spoken: Spoken, start: float, *, loudness: float) -> None:
    first = round(start * SAMPLE_RATE)
    part = spoken.samples[: max(0, len(sound) - first)]
    sound[first : first + len(part)] += part.astype(np.float32) * (loudness / FULL_SCALE)


def _band(sound: Sound, *, low: float, high: float) -> Sound:
    hertz, spectrum = _spectrum(sound)
    spectrum /= 1 + (low / np.maximum(hertz, 1)) ** 8
    spectrum /= 1 + (hertz / high) ** 24
    spectrum[hertz > LINE_TOP_HZ] = 0
    return _sound(spectrum, len(sound))


def _top_cut(sound: Sound) -> Sound:
    hertz, spectrum = _spectrum(sound)
    spectrum[hertz > LINE_TOP_HZ] = 0
    return _sound(spectrum, len(sound))


def _spectrum(sound: Sound) -> tuple[Sound, npt.NDArray[np.complex64]]:
    length = next_fast_len(len(sound), real=True)
    return rfftfreq(length, 1 / SAMPLE_RATE).astype(np.float32), rfft(sound, length)


def _sound(spectrum: npt.NDArray[np.complex64], length: int) -> Sound:
    return np.asarray(irfft(spectrum)[:length], dtype=np.float32)


def _noise(sound: Sound, random: np.random.Generator) -> Sound:
    """Give white or duller noise, so much fainter than the sound's mean."""
    noise = random.standard_normal(len(sound), dtype=np.float32)
    if random.random() < 0.5:
        noise = np.convolve(noise, np.exp(-np.arange(16) / random.uniform(1, 6)), "same").astype(np.float32)
    loudness = np.sqrt(np.mean(sound**2)) + 1e-4
    fainter = 10 ** (-random.uniform(*SIGNAL_TO_NOISE_DB) / 20)
    return np.asarray(noise * (loudness * fainter / (noise.std() + 1e-9)), dtype=np.float32)
