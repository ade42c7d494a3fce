"""The whole way from a recording to its transcript.

    decode → windows → channels → voice activity → chunks of 30 s → words → belief → voices → turns

Up to the words everything is streamed: while one load of chunks is recognised, the next is decoded.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Final

from models.interfaces import Layout, Recording, SpeechOptions, SpokenWord, Transcript, Unheard
from models.speech.belief import covered_seconds, weigh
from models.speech.channels import Track, layout
from models.speech.chunks import Chunk
from models.speech.decoding import AudioFile, UndecodableError
from models.speech.diarization import SaidBy, attribute_by, installed_diarizer
from models.speech.listening import Gathered, Listening
from models.speech.profile import read_profile
from models.speech.spans import seconds
from models.speech.turns import turns, without_echo
from models.speech.voices import Attribution, attribute
from models.speech.whisper import Heard, Whisper
from models.store import speech_model

_log: Final = logging.getLogger(__name__)


class WhisperRecognizer:
    """Speech to turns by one faster-whisper model."""

    def __init__(self, options: SpeechOptions) -> None:
        """Resolve and load the model.

        Raises:
            ModelError: its files are missing or damaged, and cannot be fetched; or those of an installed diarizer.
        """
        folder = speech_model(options.model)
        self.name: str = folder.name
        self._options = options
        self._profile = read_profile(folder)
        self.demonstration: bool = self._profile.demonstration
        self._diarizer = installed_diarizer()
        self._whisper = Whisper(folder, self._profile, workers=options.workers)

    def transcribe(self, recordings: Sequence[Recording]) -> list[Transcript | Unheard]:
        """Transcribe a batch, in order; a recording that fails gives the reason in its place.

        One recording is decoded while the words of another are recognised.
        """
        with ThreadPoolExecutor(self._options.workers) as pool:
            return list(pool.map(self._attempt, recordings))

    def _attempt(self, recording: Recording) -> Transcript | Unheard:
        try:
            language = self._known(recording.language)
            with AudioFile(recording.path) as audio:
                return self._transcript(recording.path, audio, language)
        except UndecodableError as error:
            return Unheard(problem=error.problem, remedy=error.remedy)
        except Exception as error:  # noqa: BLE001 - one recording must not end the night's run
            # Not the path: recordings are often named after the caller's number.
            _log.error("Transcribing failed: %s.", type(error).__name__)
            return Unheard(
                problem=f"Transcribing failed: {type(error).__name__}: {error}.",
                remedy="Convert the recording to WAV and try again; report it if that fails too.",
            )

    def _known(self, language: str | None) -> str | None:
        """Give the language's code without its region, once the model is sure to know it."""
        if language is None:
            return None
        code = language.lower().replace("_", "-").split("-")[0]
        if code not in self._whisper.languages:
            raise UndecodableError(
                f"The recording is said to be in {language!r}, which the speech model {self.name} does not know.",
                f"Name a model that does; this one knows {', '.join(self._whisper.languages)}.",
            )
        return code

    def _transcript(self, path: Path, audio: AudioFile, language: str | None) -> Transcript:
        listening = Listening(audio)
        probability = 1.0 if language else 0.0
        running: list[Future[list[Heard]]] = []
        with ThreadPoolExecutor(self._options.workers) as pool:
            for load in _loads(listening.chunks(), self._options.batch_size * self._options.workers):
                if language is None:
                    language, probability = self._whisper.detect_language(load)
                _collect(running, listening.tracks)
                running = [
                    pool.submit(self._whisper.hear, part, language)
                    for part in _dealt(load, self._options.workers)
                ]
            _collect(running, listening.tracks)
        sounds = {track: gathered.sound(audio.duration) for track, gathered in listening.tracks.items()}
        believed = {
            track: weigh(gathered.heard, sounds[track], doubtful_below=self._profile.doubtful_below)
            for track, gathered in listening.tracks.items()
        }
        dropped = [drop for track in believed.values() for drop in track.dropped]
        words, echoes = without_echo({track: b.words for track, b in believed.items()}, sounds)
        found = layout(listening.relations)
        said_by = self._diarizer.diarize(path) if self._diarizer and words.get("mix") else ()
        voices, voice_confidence = _voices(words, listening.tracks, found, said_by)
        spoken = sum(seconds(sound.speech) for sound in sounds.values())
        covered = sum(covered_seconds(believed[track].words, sounds[track].speech) for track in sounds)
        return Transcript(
            turns=turns(voices),
            language=language,
            language_probability=probability,
            layout=found,
            duration=audio.duration,
            speech_seconds=spoken,
            intelligibility=min(1.0, covered / spoken) if spoken else 0.0,
            voice_confidence=voice_confidence,
            dropped=tuple(sorted((*dropped, *echoes), key=lambda drop: drop.start)),
            remarks=audio.remarks(),
        )


def _loads(chunks: Iterable[Chunk], size: int) -> Iterator[list[Chunk]]:
    """Give the chunks ``size`` at a time."""
    remaining = iter(chunks)
    while load := list(islice(remaining, size)):
        yield load


def _dealt(load: Sequence[Chunk], workers: int) -> list[Sequence[Chunk]]:
    """Share a load out evenly, so that no worker is idle while another has a full batch."""
    size = -(-len(load) // workers)
    return [load[first : first + size] for first in range(0, len(load), size)]


def _collect(running: Iterable[Future[list[Heard]]], tracks: Mapping[Track, Gathered]) -> None:
    """Wait for a load, and file what was heard with its track, in order of time."""
    for future in running:
        for heard in future.result():
            tracks[heard.track].heard.append(heard)


def _voices(
    words: Mapping[Track, Sequence[SpokenWord]],
    tracks: Mapping[Track, Gathered],
    layout: Layout,
    said_by: Sequence[SaidBy],
) -> tuple[dict[str, list[SpokenWord]], float]:
    """Name the voice of every word; gives the words by voice, and the probability that they stand there rightly."""
    voices: dict[str, list[SpokenWord]] = {}
    right = 0.0
    for track, said in words.items():
        if track == "mix" or layout == "one_sided":
            parts = tracks[track].cells if track in tracks else ()
            found = attribute(said, parts, is_mix=track == "mix")
            if track == "mix":
                found = attribute_by(said_by, said, found)
        else:
            found = Attribution(voices=(0,) * len(said), count=1, confidence=1.0)
        names = [track] if found.count == 1 and track != "mix" else ["voice-1", "voice-2"]
        for word, voice in zip(said, found.voices, strict=True):
            voices.setdefault(names[voice], []).append(word)
        right += found.confidence * len(said)
    total = sum(map(len, words.values()))
    return voices, right / total if total else 0.0
