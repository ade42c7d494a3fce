"""From chunks of speech to words: faster-whisper's batched decoding, and the language of a call."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.interfaces import SpokenWord
from models.speech.band import filled
from models.speech.channels import Track
from models.speech.chunks import Chunk
from models.speech.decoding import SAMPLE_RATE, Samples
from models.speech.profile import SpeechProfile
from models.speech.spans import Span

LANGUAGE_CHUNKS: Final = 4
"""Chunks, spread over the beginning of the call, by which its language is detected."""

_FRAMES_PER_SECOND: Final = 100
"""Of Whisper's spectrogram; faster-whisper tells a chunk by the frame it begins at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the recogniser made of one chunk."""

    track: Track
    words: tuple[SpokenWord, ...]
    """In the recording's time; the text as decoded, with the space before it where words are spaced."""
    mean_log_probability: float
    """Over the tokens of the chunk."""
    no_speech_probability: float


class Whisper:
    """One model in memory; may be used from several threads at once."""

    def __init__(self, folder: Path, profile: SpeechProfile, *, workers: int) -> None:
        """Load the CTranslate2 model in ``folder``, quantised to 8 bits, for ``workers`` threads at once."""
        from faster_whisper import WhisperModel

        # One thread a worker: two threads on one batch were slower than one, two batches at once are twice as fast.
        self._model: Any = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=workers
        )
        self._profile = profile

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages it knows."""
        return self._profile.languages or tuple(self._model.supported_languages)

    def detect_language(self, chunks: Sequence[Chunk]) -> tuple[str, float]:
        """Give the likeliest of the model's languages over the chunks together, and its probability."""
        if len(self.languages) == 1:
            return self.languages[0], 1.0
        spread = np.linspace(0, len(chunks) - 1, min(len(chunks), LANGUAGE_CHUNKS)).round().astype(int)
        total: dict[str, float] = defaultdict(float)
        for index in spread:
            _, _, probabilities = self._model.detect_language(audio=self._sound(chunks[index]))
            for language, probability in probabilities:
                total[language] += probability / len(spread)
        best = max(self.languages, key=lambda language: total[language])
        return best, min(1.0, total[best])

    def hear(self, chunks: Sequence[Chunk], language: str) -> list[Heard]:
        """Recognise a batch of chunks together, in order."""
        from faster_whisper import BatchedInferencePipeline

        sounds = [self._sound(chunk) for chunk in chunks]
        bounds = np.cumsum([0, *map(len, sounds)]) / SAMPLE_RATE
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            np.concatenate(sounds),
            language=language,
            beam_size=self._profile.beam_size,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=False,
            clip_timestamps=[{"start": a, "end": b} for a, b in pairwise(bounds)],
            batch_size=len(chunks),
        )
        begins = (bounds[:-1] * _FRAMES_PER_SECOND).astype(int)
        heard = []
        for segment in segments:
            index = int(np.searchsorted(begins, segment.seek, side="right")) - 1
            heard.append(self._heard(chunks[index], segment, offset=float(bounds[index])))
        return heard

    def _sound(self, chunk: Chunk) -> Samples:
        return filled(chunk.samples()) if self._profile.fills_band else chunk.samples()

    def _heard(self, chunk: Chunk, segment: Any, *, offset: float) -> Heard:
        words = []
        for word in segment.words:
            late = offset - self._profile.word_shift
            span = chunk.place(float(word.start) - late, float(word.end) - late)
            words += single_words(word.word, span, float(np.clip(word.probability, 0, 1)))
        return Heard(
            track=chunk.track,
            words=tuple(words),
            mean_log_probability=float(segment.avg_logprob),
            no_speech_probability=float(segment.no_speech_prob),
        )


def single_words(text: str, span: Span, probability: float) -> list[SpokenWord]:
    """Make a token of several hanzi one word each, its time shared out evenly; other words stay whole."""
    parts = _hanzi_apart(text)
    times = np.linspace(span.start, span.end, len(parts) + 1)
    return [
        SpokenWord(
            text=part, start=round(float(a), 3), end=round(float(b), 3), probability=round(probability, 4)
        )
        for part, (a, b) in zip(parts, pairwise(times), strict=True)
    ]


def _hanzi_apart(text: str) -> list[str]:
    """Split before every hanzi but the first; punctuation and spaces stay with what they follow."""
    parts: list[str] = []
    seen = False
    for character in text:
        if parts and not (is_hanzi(character) and seen):
            parts[-1] += character
        else:
            parts.append(character)
        seen = seen or is_hanzi(character)
    return parts or [text]


def is_hanzi(character: str) -> bool:
    """Tell whether a character is of the Chinese script."""
    return "\u3400" <= character <= "\u9fff"
