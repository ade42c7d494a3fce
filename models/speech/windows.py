"""Cuts the stream of samples into windows of some minutes, where it is quiet, so that no word is cut in two."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.speech.activity import LEVEL_STEP
from models.speech.decoding import SAMPLE_RATE, Samples

LONGEST: Final = 120 * SAMPLE_RATE
"""Samples of a window: long enough to see how the channels relate, 8 MB a channel."""

SEARCHED: Final = 20 * SAMPLE_RATE
"""Samples at a window's end in which the cut is looked for."""

QUIET: Final = SAMPLE_RATE // 2
"""Samples over which loudness is averaged to find the cut: longer than the closure inside a word."""

STEP: Final = round(LEVEL_STEP * SAMPLE_RATE)
"""Windows begin at whole steps of the loudness curve, so that the curves of windows join without a shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of the recording."""

    start: float
    """Seconds from the recording's start."""
    samples: Samples
    """Shape (channels, samples)."""


def windows(blocks: Iterable[Samples]) -> Iterator[Window]:
    """Join blocks to windows of at most two minutes, cut at the quietest place of their last 20 s."""
    held: list[Samples] = []
    start = 0
    for block in blocks:
        held.append(block)
        while sum(part.shape[1] for part in held) >= LONGEST:
            joined = np.concatenate(held, axis=1)
            cut = LONGEST - SEARCHED + _quietest(joined[:, LONGEST - SEARCHED : LONGEST])
            yield Window(start=start / SAMPLE_RATE, samples=joined[:, :cut])
            held = [joined[:, cut:]]
            start += cut
    if held:
        yield Window(start=start / SAMPLE_RATE, samples=np.concatenate(held, axis=1))


def _quietest(samples: Samples) -> int:
    """Give the index, a multiple of 0.1 s, at the middle of the half second with the least energy."""
    energy = np.concatenate(([0.0], np.cumsum(np.sum(samples.astype(np.float64) ** 2, axis=0))))
    middle = int(np.argmin(energy[QUIET:] - energy[:-QUIET])) + QUIET // 2
    return middle // STEP * STEP
