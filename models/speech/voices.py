"""Tells two voices of one mixed channel apart by their sound, without any trained weights.

Each stretch of speech is described by its mean cepstrum, pitch and loudness. What varies *within* a run of speech is
what is being said; what varies only *between* runs is who says it. So the descriptions are whitened by the first
(within-class covariance normalisation, Hatch et al. 2006, with the pauses for labels), and the direction in which most
variance is left tells the voices apart. A two-state Viterbi pass over 0.3 s cells smooths the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.interfaces import SpokenWord
from models.speech.spans import Span
from models.speech.voice_sound import Array, Cells, concatenated

PIECE: Final = 3
"""Cells of a piece, 0.9 s: the smallest stretch whose mean says more of the voice than of the words."""

SMOOTHING: Final = 2
"""Cells on each side that speak for a cell's voice."""

ENOUGH_VOICED: Final = 7
"""Voiced frames (0.2 s) a piece must have."""

FEWEST_PIECES: Final = 8
"""Pieces below which nothing can be said of voices: about 7 s of speech."""

PRIOR_PAIRS: Final = 10
"""Pairs of neighbouring pieces that the prior on their covariance is worth."""

SWITCH: Final = 3.0
"""Log-likelihood that a change of voice costs."""

OVERFIT: Final = 45.0
"""Seconds of speech by which the voices' distance is overfitted by one standard deviation."""

BLURRED: Final = 1.0
"""Separation at which a split of two voices is little better than a guess; below, a mix is left as one voice."""

CLEAR: Final = 4.5
"""Separation from which nearly all splits that were measured were right (``docs/speech.md``)."""

TWO_ON_ONE_SIDE: Final = 4.0
"""Separation from which a channel beside a silent one is taken for a mix: it usually holds one voice."""

LEAST_SHARE: Final = 0.1
"""Share of the speech that a second voice on such a channel must have; laughter and coughs have less."""

MOST_CONFIDENT: Final = 0.99

STRAY: Final = 2
"""Words that are too few to be a turn of their own unless there is a breath on both sides."""

BREATH: Final = 0.2
"""Seconds between words that separate them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Which voice said each word of a track."""

    voices: tuple[int, ...]
    """By word, counted from 0 in order of appearance."""
    count: int
    """Voices told apart: 1 or 2."""
    confidence: float
    """Probability, 0 to 1, that a word stands under the right voice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceMap:
    """Who speaks when: voice 0 or 1."""

    starts: Array
    ends: Array
    voice: NDArray[np.int64]
    separation: float
    """Distance of the voices' centres in standard deviations, less what little speech overfits it by."""

    @property
    def least_share(self) -> float:
        """Share of the cells, 0 to 0.5, that the rarer voice has."""
        return float(np.bincount(self.voice, minlength=2).min() / len(self.voice))

    def at(self, span: Span) -> int:
        """Give the voice that speaks most of ``span``, or nearest to it."""
        first = int(np.searchsorted(self.ends, span.start, side="right"))
        last = int(np.searchsorted(self.starts, span.end))
        if first >= last:
            return int(self.voice[min(first, len(self.voice) - 1)])
        inside = slice(first, last)
        shares = np.minimum(self.ends[inside], span.end) - np.maximum(self.starts[inside], span.start)
        return int(np.bincount(self.voice[inside], weights=shares, minlength=2).argmax())


def attribute(words: Sequence[SpokenWord], parts: Sequence[Cells], *, is_mix: bool) -> Attribution:
    """Tell who said each word of a track.

    Args:
        words: in order of time.
        parts: the sound of the track's speech.
        is_mix: whether several voices are expected; else one is, unless the sound says otherwise.
    """
    found = tell_apart(parts)
    separation = found.separation if found else 0.0
    clarity = float(np.clip((separation - BLURRED) / (CLEAR - BLURRED), 0, 1))
    if is_mix:
        is_split = separation >= BLURRED
    else:
        is_split = separation >= TWO_ON_ONE_SIDE and found is not None and found.least_share >= LEAST_SHARE
    if found is None or not is_split or not words:
        # A mix of voices that sound alike cannot be told from one voice; a side of its own is one voice anyway.
        confidence = 0.5 if is_mix else 1.0 - 0.5 * clarity
        return Attribution(voices=(0,) * len(words), count=1, confidence=min(MOST_CONFIDENT, confidence))
    voices = _without_strays(words, [found.at(Span(word.start, word.end)) for word in words])
    return Attribution(
        voices=tuple(int(voice != voices[0]) for voice in voices),
        count=len(set(voices)),
        confidence=min(MOST_CONFIDENT, 0.5 + 0.5 * clarity),
    )


def _without_strays(words: Sequence[SpokenWord], voices: Sequence[int]) -> list[int]:
    """Give one or two words that join another voice's without a breath to that voice."""
    result: list[int] = []
    for voice, group in groupby(voices):
        count = len(list(group))
        first, last = len(result), len(result) + count
        joins = first > 0 and words[first].start - words[first - 1].end < BREATH
        leads = last < len(words) and words[last].start - words[last - 1].end < BREATH
        result += [
            1 - voice if count <= STRAY and first > 0 and last < len(words) and (joins or leads) else voice
        ] * count
    return result


def tell_apart(parts: Sequence[Cells]) -> VoiceMap | None:
    """Split the speech of a recording between two voices; None where there is too little of it."""
    if not parts:
        return None
    whole = concatenated(parts)
    pieces, runs = _pieces(whole)
    if len(pieces) < FEWEST_PIECES:
        return None
    mean, scale = pieces.mean(axis=0), pieces.std(axis=0) + 1e-6
    axis = _voice_axis((pieces - mean) / scale, runs)
    position = ((pieces - mean) / scale) @ axis
    border = _border(position)
    groups = [position[position <= border], position[position > border]]
    centres = np.array([group.mean() for group in groups])
    variance = float(np.mean([group.var() for group in groups])) + 1e-6
    speech_seconds = float((whole.ends - whole.starts).sum())
    smoothed, counted = _smoothed(whole)
    distances = ((((smoothed - mean) / scale) @ axis)[:, None] - centres) ** 2
    likelihood = np.where(counted[:, None] >= ENOUGH_VOICED / 2, -0.5 * distances / variance, 0.0)
    return VoiceMap(
        starts=whole.starts,
        ends=whole.ends,
        voice=_viterbi(likelihood),
        separation=float(abs(centres[1] - centres[0]) / np.sqrt(variance) - OVERFIT / speech_seconds),
    )


def _pieces(whole: Cells) -> tuple[Array, NDArray[np.int64]]:
    """Average the cells of each run in pieces; gives them, shape (pieces, features), and their runs."""
    means, runs = [], []
    for inside in np.split(np.arange(len(whole.run)), np.flatnonzero(np.diff(whole.run)) + 1):
        for piece in np.array_split(inside, max(1, round(len(inside) / PIECE))):
            voiced = whole.voiced[piece].sum()
            if voiced >= ENOUGH_VOICED:
                means.append(whole.sums[piece].sum(axis=0) / voiced)
                runs.append(whole.run[inside[0]])
    return np.array(means), np.array(runs)


def _voice_axis(pieces: Array, runs: NDArray[np.int64]) -> Array:
    """Give the direction that varies most between runs for what it varies within them, shape (features,)."""
    neighbours = np.flatnonzero(runs[1:] == runs[:-1])
    differences = (pieces[neighbours + 1] - pieces[neighbours]) / np.sqrt(2)
    within = differences.T @ differences + PRIOR_PAIRS * np.eye(pieces.shape[1])
    values, vectors = np.linalg.eigh(within / (len(neighbours) + PRIOR_PAIRS))
    whitening = vectors / np.sqrt(values)
    principal = np.linalg.svd(pieces @ whitening, full_matrices=False)[2][0]
    axis: Array = whitening @ principal
    return axis


def _border(position: Array) -> float:
    """Give the point that splits numbers in two groups with the least variance inside them (two means, exactly)."""
    ordered = np.sort(position)
    count = np.arange(1, len(ordered))
    below = np.cumsum(ordered)[:-1]
    above = ordered.sum() - below
    between = count * (len(ordered) - count) * (below / count - above / (len(ordered) - count)) ** 2
    split = int(between.argmax())
    return float((ordered[split] + ordered[split + 1]) / 2)


def _smoothed(whole: Cells) -> tuple[Array, Array]:
    """Average each cell with its neighbours of the same run; gives features and voiced frames by cell."""
    sums, voiced = np.zeros_like(whole.sums), np.zeros_like(whole.voiced)
    count = len(whole.run)
    for shift in range(-SMOOTHING, SMOOTHING + 1):
        here = np.arange(max(0, -shift), min(count, count - shift))
        here = here[whole.run[here] == whole.run[here + shift]]
        sums[here] += whole.sums[here + shift]
        voiced[here] += whole.voiced[here + shift]
    return sums / np.maximum(voiced, 1)[:, None], voiced


def _viterbi(likelihood: Array) -> NDArray[np.int64]:
    """Give the likeliest path through the two voices."""
    count = len(likelihood)
    came_from = np.zeros((count, 2), dtype=np.int64)
    score = likelihood[0]
    for cell in range(1, count):
        best = int(score.argmax())
        stays = score >= score[best] - SWITCH
        came_from[cell] = np.where(stays, (0, 1), best)
        score = np.where(stays, score, score[best] - SWITCH) + likelihood[cell]
    path = np.zeros(count, dtype=np.int64)
    path[-1] = score.argmax()
    for cell in range(count - 1, 0, -1):
        path[cell - 1] = came_from[cell, path[cell]]
    return path
