"""What is gathered of a recording while it streams by, kept apart by track."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.speech.activity import LEVEL_STEP, levels, padded, speech
from models.speech.belief import Sound
from models.speech.channels import Relation, Track, is_leak, relation, spoken_relation, tracks
from models.speech.chunks import Chunk, Packer, Piece
from models.speech.decoding import SAMPLE_RATE, AudioFile, Samples
from models.speech.spans import Span
from models.speech.voice_sound import Cells, cells
from models.speech.whisper import Heard
from models.speech.windows import Window, windows

SILENCE_DB: Final = -120.0
"""Level of a track where it has no sound of its own."""


@dataclass(slots=True)
class Gathered:
    """One track: its sound, and what was heard."""

    packer: Packer
    speech: list[Span] = field(default_factory=list)
    levels: list[tuple[float, NDArray[np.float32]]] = field(default_factory=list)
    """By window: its start in seconds, and its loudness curve."""
    cells: list[Cells] = field(default_factory=list)
    """Of the windows in which the track may hold more than one voice."""
    heard: list[Heard] = field(default_factory=list)

    def sound(self, duration: float) -> Sound:
        """Give the speech and the loudness curve of the whole track."""
        curve = np.full(int(duration / LEVEL_STEP) + 1, SILENCE_DB, dtype=np.float32)
        for start, part in self.levels:
            first = round(start / LEVEL_STEP)
            curve[first : first + len(part)] = part
        return Sound(speech=self.speech, levels=curve)


class Listening:
    """One pass over a recording."""

    def __init__(self, audio: AudioFile) -> None:
        self._audio = audio
        self.relations: list[Relation] = []
        self.tracks: dict[Track, Gathered] = {}

    def chunks(self) -> Iterator[Chunk]:
        """Decode, find speech and pack it; gives each chunk as soon as it is full.

        Raises:
            UndecodableError: the recording gives no sound.
        """
        for window in windows(self._audio.blocks()):
            yield from self._window(window)
        for gathered in self.tracks.values():
            rest = gathered.packer.rest()
            if rest:
                yield rest

    def _window(self, window: Window) -> Iterator[Chunk]:
        apart = relation(window.samples)
        sounds = dict(tracks(window.samples, apart))
        spoken = {track: speech(samples) for track, samples in sounds.items()}
        if apart == "separate":
            spoken = {
                "left": _without_leaks(spoken["left"], sounds["left"], sounds["right"]),
                "right": _without_leaks(spoken["right"], sounds["right"], sounds["left"]),
            }
        found = spoken_relation(apart, [track for track, spans in spoken.items() if spans])
        self.relations.append(found)
        for track, samples in sounds.items():
            gathered = self.tracks.setdefault(track, Gathered(Packer(track)))
            yield from _take(
                gathered, samples, spoken[track], start=window.start, may_mix=found != "separate"
            )


def _take(
    gathered: Gathered, samples: Samples, spans: list[Span], *, start: float, may_mix: bool
) -> Iterator[Chunk]:
    """Add a window, which begins ``start`` seconds into the recording, to a track; gives the chunks it fills."""
    gathered.levels.append((start, levels(samples)))
    if may_mix and spans:
        gathered.cells.append(cells(samples, spans, start=start, first_run=len(gathered.speech)))
    gathered.speech += [Span(start + span.start, start + span.end) for span in spans]
    wide = padded(spans, len(samples) / SAMPLE_RATE)
    for span, inner in zip(wide, spans, strict=True):
        piece = Piece(
            start=start + span.start,
            samples=_cut(samples, span).copy(),
            speech=Span(start + inner.start, start + inner.end),
        )
        chunk = gathered.packer.add(piece)
        if chunk:
            yield chunk


def _without_leaks(spans: list[Span], own: Samples, other: Samples) -> list[Span]:
    return [span for span in spans if not is_leak(_cut(own, span), _cut(other, span))]


def _cut(samples: Samples, span: Span) -> Samples:
    return samples[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)]
