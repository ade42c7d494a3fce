"""Where somebody speaks, and how loud it is.

Voice activity by Silero (https://github.com/snakers4/silero-vad), as faster-whisper brings it.
"""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.speech.decoding import SAMPLE_RATE, Samples
from models.speech.spans import Span

SILENT_DB: Final = -60.0
"""Decibels of full scale below which a channel carries nothing: μ-law idle noise is near -70, faint speech near -45."""

LEVEL_STEP: Final = 0.1
"""Seconds over which loudness is measured."""

PADDING: Final = 0.4
"""Seconds of sound kept around speech for the recogniser, as faster-whisper does: soft onsets lie there."""

LONGEST_SPEECH: Final = 29.0
"""Seconds after which speech without a pause is cut; with its padding it fits Whisper's window of 30 s."""

SPEECH_PROBABILITY: Final = 0.35
"""Probability from which the detector is taken at its word: at its own default of 0.5 it missed a fifth of some voices
in the telephone band, and at 0.35 it still found nothing in noise, tones and music."""

_MIN_SILENCE_MS: Final = 160
"""Pauses shorter than this lie inside a phrase; faster-whisper's own value for batched decoding."""

_MIN_SPEECH_MS: Final = 100
"""Shorter bursts are clicks; the shortest 嗯 takes about 150 ms."""


def levels(samples: Samples) -> NDArray[np.float32]:
    """Give the loudness of each 0.1 s of one channel, in decibels of full scale."""
    step = round(LEVEL_STEP * SAMPLE_RATE)
    whole = samples[: len(samples) // step * step].reshape(-1, step)
    power = np.einsum("ij,ij->i", whole, whole) / step
    decibels: NDArray[np.float32] = (10 * np.log10(power + 1e-12)).astype(np.float32)
    return decibels


def speech(samples: Samples) -> list[Span]:
    """Find speech in one channel: spans in seconds from its start, sorted, without padding."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if levels(samples).max(initial=-np.inf) < SILENT_DB:
        return []
    options = VadOptions(
        threshold=SPEECH_PROBABILITY,
        min_speech_duration_ms=_MIN_SPEECH_MS,
        min_silence_duration_ms=_MIN_SILENCE_MS,
        max_speech_duration_s=LONGEST_SPEECH,
        speech_pad_ms=0,
    )
    found = get_speech_timestamps(samples, options)
    return [Span(span["start"] / SAMPLE_RATE, span["end"] / SAMPLE_RATE) for span in found]


def padded(spans: list[Span], end: float) -> list[Span]:
    """Widen spans by the padding, within 0 and ``end`` seconds; where two would overlap they meet halfway."""
    bounds = [0.0, *((a.end + b.start) / 2 for a, b in pairwise(spans)), end]
    return [
        Span(max(before, span.start - PADDING), min(after, span.end + PADDING))
        for span, before, after in zip(spans, bounds, bounds[1:], strict=False)
    ]
