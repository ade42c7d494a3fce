"""Tells the voices of a mix apart by pyannote.audio, where it and its weights are installed (extra ``diarization``).

The weights are a pipeline folder of pyannote.audio 4 (segmentation, embedding, PLDA; Bredin 2023, Landini et al. 2022).
Nothing is fetched: a pipeline that names models outside its folder is refused. pyannote's own reports of use are off.
"""

import os
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np
import yaml

from models.interfaces import SpokenWord
from models.speech.decoding import SAMPLE_RATE, AudioFile, Samples
from models.speech.spans import Span, shared
from models.speech.voices import MOST_CONFIDENT, Attribution, VoiceMap
from models.store import ModelError, diarization_model

INSIDE: Final = "$model/"
"""How a pipeline names models within its own folder."""

PARTS: Final = ("segmentation", "embedding", "plda")

UNCONFIRMED: Final = 0.5
"""Confidence where the two ways do not find the same number of voices."""


class SaidBy(NamedTuple):
    """A stretch in which one voice speaks."""

    span: Span
    voice: str


class Diarizer:
    """One pyannote pipeline; loaded at its first use, for stereo calls have none."""

    def __init__(self, folder: Path) -> None:
        """Check the pipeline of ``folder``.

        Raises:
            ModelError: it would have to fetch models.
        """
        self._folder = folder
        self._pipeline: Any = None
        self._lock = Lock()
        _check_offline(folder)

    def diarize(self, path: Path) -> list[SaidBy]:
        """Tell who speaks when in a recording, its channels mixed: at most two voices, never two at once.

        The recording is decoded as a whole: 230 MB an hour.

        Raises:
            UndecodableError: the recording gives no sound.
        """
        import torch

        sound = {"waveform": torch.from_numpy(_mixed(path)[None]), "sample_rate": SAMPLE_RATE}
        with self._lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if self._pipeline is None:
                self._pipeline = _load(self._folder)
            found = self._pipeline(sound, max_speakers=2)
        tracks = found.exclusive_speaker_diarization.itertracks(yield_label=True)
        return sorted(SaidBy(Span(said.start, said.end), str(voice)) for said, _, voice in tracks)


def installed_diarizer() -> Diarizer | None:
    """Give the diarizer whose weights are in the models folder; None without them or without pyannote.audio.

    Raises:
        ModelError: the weights are not complete, or are damaged.
    """
    folder = diarization_model()
    if folder is None or find_spec("pyannote") is None or find_spec("pyannote.audio") is None:
        return None
    return Diarizer(folder)


def attribute_by(said: Sequence[SaidBy], words: Sequence[SpokenWord], by_sound: Attribution) -> Attribution:
    """Give each word the voice that speaks most of it, or nearest to it.

    The weights say nothing of how sure they are. So the confidence is the share of the words' time in which a voice was
    found, times the share of words that ``voices.attribute``, which knows nothing of these weights, gives to the same voice.

    Args:
        said: in order of time, at most two voices.
        words: in order of time.
        by_sound: who said the words by ``voices.attribute``.
    """
    if not said or not words:
        return by_sound
    names = sorted({one.voice for one in said})
    found = VoiceMap(
        starts=np.array([one.span.start for one in said]),
        ends=np.array([one.span.end for one in said]),
        voice=np.array([names.index(one.voice) for one in said]),
        separation=0.0,
    )
    voices = [found.at(Span(word.start, word.end)) for word in words]
    voices = [int(voice != voices[0]) for voice in voices]
    count = len(set(voices))
    if count != by_sound.count:
        confidence = UNCONFIRMED
    elif count == 1:
        confidence = by_sound.confidence
    else:
        same = float(np.mean(np.equal(voices, by_sound.voices)))
        confidence = _covered(said, words) * max(same, 1 - same)
    return Attribution(voices=tuple(voices), count=count, confidence=min(MOST_CONFIDENT, confidence))


def _covered(said: Sequence[SaidBy], words: Sequence[SpokenWord]) -> float:
    """Give the share of the words' time, 0 to 1, in which a voice was found."""
    spans = [one.span for one in said]
    total = sum(word.end - word.start for word in words)
    found = sum(shared(Span(word.start, word.end), spans) for word in words)
    return min(1.0, found / total) if total else 0.0


def _mixed(path: Path) -> Samples:
    """Decode a recording and mix its channels, shape (samples,)."""
    with AudioFile(path) as audio:
        return np.concatenate([block.mean(axis=0) for block in audio.blocks()])


def _check_offline(folder: Path) -> None:
    """Refuse a pipeline that names a model outside its folder, or none, for pyannote would ask the hub for it."""
    path = folder / "config.yaml"
    try:
        named = yaml.safe_load(path.read_text("utf-8"))["pipeline"]["params"]
        outside = [part for part in PARTS if not str(named.get(part)).startswith(INSIDE)]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be understood. Copy the pipeline again.") from error
    if outside:
        raise ModelError(
            f"{path} names no {' and no '.join(outside)} within its folder ({INSIDE}…), so pyannote.audio would fetch it. "
            "Use a pipeline whose models lie beside it, such as pyannote/speaker-diarization-community-1."
        )


def _load(folder: Path) -> Any:
    """Load the pipeline; its reports of use are turned off before pyannote is imported."""
    os.environ["PYANNOTE_METRICS_ENABLED"] = "false"
    from pyannote.audio import Pipeline

    return Pipeline.from_pretrained(folder)
