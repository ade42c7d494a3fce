"""How the two channels of a recording relate: one voice each, the same mix twice, or one of them silent.

Decided window by window, because recorders change midway (announcements come on both channels, then the call on
separate ones); ``layout`` sums it up for the recording.
"""

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.interfaces import Layout
from models.speech.activity import SILENT_DB, levels
from models.speech.decoding import SAMPLE_RATE, Samples

Relation: TypeAlias = Literal["mono", "separate", "same", "left", "right", "silent"]
"""``left``/``right``: only that channel carries sound; ``silent``: neither does."""

Track: TypeAlias = Literal["left", "right", "mix"]
"""What is recognised as one: a channel with a voice of its own, or a mix of voices."""

ACTIVE_DB: Final = 30.0
"""Seconds this many decibels below the loudest of the window, or more, say nothing of how the channels relate."""

EXAMINED: Final = 15
"""Seconds of a window that are compared, the loudest ones: enough to be sure, and cheap."""

SAME_CORRELATION: Final = 0.9
"""Correlation of two channels with one mix: 1, less the line noise (0.97 at 15 dB). Separate voices are near 0."""

SAME_LEVEL_DB: Final = 6.0
"""Greatest difference in loudness of one mix on two channels; the leak of one voice into the other's is fainter."""

SAME_SHARE: Final = 0.8
"""Share of the compared seconds that must be the same for the window to be one mix."""

SKEW: Final = 0.04
"""Greatest delay in seconds between the channels of one mix."""

LEAK_DB: Final = 6.0
"""Decibels by which a voice is fainter where it leaked into the other's channel, at least."""

LEAK_CORRELATION: Final = 0.5
"""Correlation of a leak with the voice itself, over noise and the room; two people talking at once are near 0."""

LEAK_DELAY: Final = 0.25
"""Seconds by which a leak may come late: echo over packet networks."""

_DECIMATION: Final = 4
"""Channels are compared at 4 kHz, where most of a voice's energy lies."""


def relation(samples: Samples) -> Relation:
    """Tell how the channels of a window, shape (1 or 2, samples), relate."""
    if len(samples) == 1:
        return "mono"
    left, right = (levels(channel).max(initial=-np.inf) >= SILENT_DB for channel in samples)
    if not (left and right):
        return "left" if left else "right" if right else "silent"
    pairs = _loudest_seconds(samples)
    same = [_is_same(*pair) for pair in pairs]
    return "same" if sum(same) >= SAME_SHARE * len(same) else "separate"


def tracks(samples: Samples, relation: Relation) -> list[tuple[Track, Samples]]:
    """Give what of a window is to be recognised, by track."""
    if relation in {"mono", "same"}:
        return [("mix", samples[0])]
    both: list[tuple[Track, Samples]] = [("left", samples[0]), ("right", samples[1])]
    return [(track, channel) for track, channel in both if relation in {"separate", track}]


def is_leak(own: Samples, other: Samples) -> bool:
    """Tell whether what one channel carries is only the other's voice, leaked into it.

    Args:
        own: a stretch of speech of the one channel.
        other: the same stretch of the other channel.
    """
    first, second = _low(own), _low(other)
    power = float((first**2).mean()), float((second**2).mean())
    if power[0] <= 0 or power[1] < power[0] * 10 ** (LEAK_DB / 10):
        return False
    return _correlation(first, second, delay=LEAK_DELAY) >= LEAK_CORRELATION


def spoken_relation(found: Relation, speaking: Iterable[Track]) -> Relation:
    """Correct the relation of a window by the tracks on which somebody speaks: noise alone is no voice."""
    tracks = set(speaking)
    if not tracks:
        return "mono" if found == "mono" else "silent"
    if found == "separate" and len(tracks) == 1:
        return "left" if "left" in tracks else "right"
    return found


def layout(relations: Iterable[Relation]) -> Layout:
    """Sum up the windows of a recording."""
    found = set(relations)
    if "mono" in found:
        return "mono"
    if "separate" in found or {"left", "right"} <= found:
        return "stereo"
    if "same" in found or found <= {"silent"}:
        return "dual_mono"
    return "one_sided"


def _loudest_seconds(samples: Samples) -> NDArray[np.float32]:
    """Give the loudest seconds at 4 kHz, shape (seconds, 2, 4000); a shorter window counts as one second."""
    length = max(SAMPLE_RATE, samples.shape[1] // SAMPLE_RATE * SAMPLE_RATE)
    whole = np.pad(samples[:, :length], ((0, 0), (0, max(0, length - samples.shape[1]))))
    by_second = _low(whole).reshape(2, -1, SAMPLE_RATE // _DECIMATION).transpose(1, 0, 2)
    power = (by_second**2).mean(axis=2).max(axis=1)
    loudest = np.argsort(-power, kind="stable")[:EXAMINED]
    chosen: NDArray[np.float32] = by_second[loudest[power[loudest] >= power.max() * 10 ** (-ACTIVE_DB / 10)]]
    return chosen


def _is_same(left: NDArray[np.float32], right: NDArray[np.float32]) -> bool:
    """Tell whether two seconds hold the same sound, up to a delay, a turned polarity and a little loudness."""
    power = float((left**2).sum()), float((right**2).sum())
    if min(power) <= 0 or abs(10 * np.log10(power[0] / power[1])) > SAME_LEVEL_DB:
        return False
    return _correlation(left, right, delay=SKEW) >= SAME_CORRELATION


def _correlation(first: NDArray[np.float32], second: NDArray[np.float32], *, delay: float) -> float:
    """Give the greatest normalised correlation, 0 to 1, of two sounds at 4 kHz within ``delay`` seconds."""
    size = 2 ** int(np.ceil(np.log2(2 * len(first))))
    product = np.fft.rfft(first, size) * np.conj(np.fft.rfft(second, size))
    correlation = np.abs(np.fft.irfft(product, size))
    lags = round(delay * SAMPLE_RATE / _DECIMATION)
    peak = max(correlation[: lags + 1].max(), correlation[-lags:].max())
    return float(peak / np.sqrt(float((first**2).sum()) * float((second**2).sum())))


def _low(samples: Samples) -> NDArray[np.float32]:
    """Bring samples, of any shape, to 4 kHz along the last axis."""
    whole = samples[..., : samples.shape[-1] // _DECIMATION * _DECIMATION]
    low: NDArray[np.float32] = whole.reshape(*whole.shape[:-1], -1, _DECIMATION).mean(axis=-1)
    return low
