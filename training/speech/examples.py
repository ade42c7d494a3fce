"""What the network should make of a window: the tokens, the sound of each frame, and where to look for each token."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from training.speech.network import MELS, TOKENS
from training.speech.pool import Spoken
from training.speech.scenes import Placed, Scene, scene
from training.speech.sentences import LANGUAGES, Language
from training.speech.telephone import Sound
from training.speech.tokens import MARKS, SECONDS_PER_TIME, special

FRAMES_PER_SECOND: Final = 50
"""Of the encoder; the spectrogram has twice as many."""

IGNORED: Final = -100
"""Target that counts for nothing."""

WITH_TIMES: Final = 0.25
"""Share of windows transcribed with timestamps."""

PROMPTED: Final = 0.1
"""Share of windows with a text before."""

LONGEST_UNIT: Final[dict[Language, float]] = {"zh": 0.5, "en": 1.2}
"""Seconds of a hanzi or word; the rest is a pause."""

MARGIN: Final = (3, 4)
"""Frames before and after a token in which a look at it is not wrong."""

PADDED_TO: Final = 32
"""Lengths that differ little share their memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Windows of equal length."""

    features: Tensor
    """(batch, mels, 2 frames): Whisper's log-mel spectrogram, zero after the end of the sound."""
    tokens: Tensor
    """(batch, tokens): what the decoder is given."""
    targets: Tensor
    """(batch, tokens): what should come next, or ``IGNORED``."""
    sounds: Tensor
    """(batch, frames): number of the sound; 0 is none."""
    looks: Tensor
    """(n, 4): window, token, first frame, frame after the last."""


class Examples:
    """Endless windows from a pool."""

    def __init__(self, pool: Sequence[Spoken], tokenizer: Tokenizer, *, seed: int) -> None:
        self._pools = {
            language: [spoken for spoken in pool if spoken.language == language and spoken.starts]
            for language in LANGUAGES
        }
        self._tokenizer = tokenizer
        self._random = np.random.default_rng(seed)
        self._spectrogram = Spectrogram()
        names = sorted({name for spoken in pool for name, _ in spoken.sounds if name})
        self.sounds: dict[str, int] = {name: number for number, name in enumerate(names, 1)}

    def batch(self, seconds: float, count: int) -> Batch:
        """Make ``count`` windows of ``seconds``, each in one language."""
        frames = round(seconds * FRAMES_PER_SECOND)
        features = torch.zeros(count, MELS, 2 * frames)
        sounds = torch.zeros(count, frames, dtype=torch.long)
        sequences: list[tuple[list[int], list[int]]] = []
        looks: list[tuple[int, int, int, int]] = []
        for window in range(count):
            language = LANGUAGES[self._random.integers(len(LANGUAGES))]
            made = scene(self._pools[language], seconds, self._random)
            heard = self._spectrogram(made.samples, brighter=self._brighter())
            features[window, :, : heard.shape[1]] = heard[:, : 2 * frames]
            self._mark_sounds(sounds[window], made)
            tokens, targets, spans = self._sequence(made, language)
            sequences.append((tokens, targets))
            for token, (first, last) in spans:
                begin, end = int(first * FRAMES_PER_SECOND), int(last * FRAMES_PER_SECOND)
                looks.append((window, token, max(0, begin - MARGIN[0]), min(frames, end + MARGIN[1])))
        length = -(-max(len(tokens) for tokens, _ in sequences) // PADDED_TO) * PADDED_TO
        end_token = special(self._tokenizer, "endoftext")
        return Batch(
            features=features,
            tokens=_padded((tokens for tokens, _ in sequences), length, end_token),
            targets=_padded((targets for _, targets in sequences), length, IGNORED),
            sounds=sounds,
            looks=torch.tensor(looks, dtype=torch.long).reshape(-1, 4),
        )

    def _brighter(self) -> float:
        """Give a rise of the loudest band, as if something louder stood in the window: quiet parts are then cut off."""
        return float(self._random.uniform(0, 0.8)) if self._random.random() < 0.3 else 0.0

    def _mark_sounds(self, row: Tensor, made: Scene) -> None:
        for one in made.placed:
            following = [*one.spoken.sounds[1:], ("", one.spoken.seconds)]
            for (name, start), (_, end) in zip(one.spoken.sounds, following, strict=True):
                bounds = (int((one.start + second) * FRAMES_PER_SECOND) for second in (start, end))
                row[slice(*bounds)] = self.sounds.get(name, 0)

    def _sequence(
        self, made: Scene, language: Language
    ) -> tuple[list[int], list[int], list[tuple[int, tuple[float, float]]]]:
        """Give what the decoder is given, what it should say, and for each position the span of what it says next."""
        prompt = self._prompt(language)
        named = [special(self._tokenizer, name) for name in ("startoftranscript", language, "transcribe")]
        with_times = self._random.random() < WITH_TIMES
        said: list[tuple[int, tuple[float, float] | None]] = []
        for one in made.placed:
            tokens = list(self._timed(one))
            said += (
                [(self._time(one.start), None), *tokens, (self._time(one.end), None)]
                if with_times
                else tokens
            )
        if not made.placed:
            named, said = named[:1], [(special(self._tokenizer, "nospeech"), None)]
        elif not with_times:
            named.append(special(self._tokenizer, "notimestamps"))
        whole = [*prompt, *named, *(token for token, _ in said), special(self._tokenizer, "endoftext")][
            :TOKENS
        ]
        targets = [*whole[1:], IGNORED]
        given = len(prompt) + len(named)
        # Of what is given, only the language is guessed.
        targets[: given - 1] = [IGNORED] * (given - 1)
        if made.placed:
            targets[len(prompt)] = named[1]
        spans = [(given - 1 + at, span) for at, (_, span) in enumerate(said) if span and given + at < TOKENS]
        return whole, targets, spans

    def _prompt(self, language: Language) -> list[int]:
        if self._random.random() >= PROMPTED:
            return []
        pool = self._pools[language]
        texts = [
            pool[index].text for index in self._random.integers(len(pool), size=self._random.integers(1, 4))
        ]
        return [
            special(self._tokenizer, "startofprev"),
            *(token for t in texts for token in self._encode(t).ids),
        ]

    def _timed(self, one: Placed) -> Iterator[tuple[int, tuple[float, float] | None]]:
        encoding = self._encode(one.spoken.text)
        shift = len(_spelled(one.spoken.text)) - len(one.spoken.text)
        units = Units(one.spoken)
        for token, (begin, end) in zip(encoding.ids, encoding.offsets, strict=True):
            span = units.span(max(0, begin - shift), end - shift)
            yield token, None if span is None else (one.start + span[0], one.start + span[1])

    def _encode(self, text: str) -> Any:
        return self._tokenizer.encode(_spelled(text), add_special_tokens=False)

    def _time(self, second: float) -> int:
        return special(self._tokenizer, "0.00") + round(second / SECONDS_PER_TIME)


class Units:
    """Where the hanzi or words of an utterance stand in its sound."""

    def __init__(self, spoken: Spoken) -> None:
        self._spoken = spoken
        self._places = [place for place, _ in spoken.starts]
        self._seconds = [second for _, second in spoken.starts]

    def span(self, begin: int, end: int) -> tuple[float, float] | None:
        """Give the seconds of the characters ``begin`` to ``end`` of the text; None for a mark.

        A piece of a word gets its share of the word, by letters.
        """
        text = self._spoken.text
        if text[end - 1] in MARKS:
            return None
        unit = max(0, bisect_right(self._places, end - 1) - 1)
        later = unit + 1 < len(self._places)
        place, stop = self._places[unit], self._places[unit + 1] if later else len(text)
        second, last = self._seconds[unit], self._seconds[unit + 1] if later else self._spoken.seconds
        length = min(last - second, LONGEST_UNIT[self._spoken.language])
        letters = len(text[place:stop].rstrip(" " + MARKS))
        first, final = (min(1.0, max(0, at - place) / letters) for at in (begin, end))
        return second + first * length, second + final * length


class Spectrogram:
    """Whisper's features of a window, as faster-whisper computes them."""

    def __init__(self) -> None:
        from faster_whisper.feature_extractor import FeatureExtractor

        self._mels = torch.tensor(FeatureExtractor(feature_size=MELS).mel_filters)
        self._window = torch.hann_window(400)

    def __call__(self, samples: Sound, *, brighter: float = 0.0) -> Tensor:
        """Give (mels, frames) for mono samples at 16 kHz; ``brighter`` adds to the loudest value (log 10)."""
        spectrum = torch.stft(torch.from_numpy(samples), 400, 160, window=self._window, return_complex=True)
        power = torch.clamp(self._mels @ spectrum[:, :-1].abs() ** 2, min=1e-10).log10()
        return (torch.maximum(power, power.max() + brighter - 8.0) + 4.0) / 4.0


def _spelled(text: str) -> str:
    """Give the text as it is spelled in tokens: a space before every word."""
    return text if text[-1] in MARKS else f" {text}"


def _padded(rows: Iterable[Sequence[int]], length: int, filling: int) -> Tensor:
    return torch.tensor([[*row, *[filling] * (length - len(row))] for row in rows])
