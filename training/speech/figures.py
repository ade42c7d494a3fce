"""How well a model hears sentences and voices it has not been taught, through the program's own use of faster-whisper."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import product
from pathlib import Path
from random import Random
from typing import Final, Literal, TypeAlias

import numpy as np
from scipy.signal import resample_poly

from models.interfaces import SpokenWord
from models.speech.chunks import Chunk, Piece
from models.speech.profile import SpeechProfile, read_profile
from models.speech.spans import Span
from models.speech.whisper import Whisper
from training.speech.errors import edits
from training.speech.pool import FULL_SCALE, Spoken, speak
from training.speech.scenes import companded
from training.speech.sentences import Language, Material, Part, Sentence
from training.speech.synthesis import SAMPLE_RATE
from training.speech.telephone import LINE_RATE, Sound, hiss, to_line

Line: TypeAlias = Literal["clean", "telephone"]
LINES: Final[tuple[Line, ...]] = ("clean", "telephone")

NOISE_DB: Final = 15.0
"""Of the telephone line, below the speech."""

QUIET_SECONDS: Final = 0.3
"""Before and after each sentence."""

_UNIT: Final = re.compile(r"[㐀-鿿]|[a-z]+(?:'[a-z]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How one set of sentences was heard."""

    language: Language
    new_voices: bool
    """Whether the voices were not in the training either."""
    line: Line
    sentences: int
    said: int
    """Hanzi or words."""
    wrong: int
    """Substituted, left out or added."""
    exact: int
    """Sentences without an error."""
    language_known: int
    """Sentences whose language was detected rightly."""
    late: tuple[float, ...]
    """Seconds from the true to the found start of each hanzi or word that was found."""

    @property
    def error_rate(self) -> float:
        """Character error rate of Mandarin, word error rate of English."""
        return self.wrong / self.said


def measure(
    folder: Path,
    materials: Mapping[Language, Material],
    part: Part,
    *,
    sentences: int = 120,
    profile: SpeechProfile | None = None,
) -> list[Hearing]:
    """Have the model in ``folder`` hear sentences of ``part``: in taught and in new voices, clean and by telephone.

    The sentences and voices are the same each time. A model that knows one language hears that one only.
    """
    known = profile or read_profile(folder)
    whisper = Whisper(folder, known, workers=1)
    hearings = []
    for language, new_voices in product(materials, (False, True)):
        if language not in whisper.languages:
            continue
        random = Random(f"{part} {language} {new_voices}")
        texts = materials[language].sentences[part]
        drawn = [
            Sentence(text=t, language=language) for t in random.sample(texts, min(sentences, len(texts)))
        ]
        spoken = list(speak(drawn, part if new_voices else "taught", random))
        hearings += [_heard(whisper, spoken, language, line, new_voices=new_voices) for line in LINES]
    return hearings


def by_telephone(sound: Sound, random: np.random.Generator) -> Sound:
    """Send sound at 16 kHz over a noisy line: telephone band, 8 kHz, μ-law; it comes back at 16 kHz."""
    line = to_line(sound)
    power = float(np.mean(line[np.abs(line) > 0.01] ** 2)) / 10 ** (NOISE_DB / 10)
    noisy = companded(line + hiss(len(line), power=power, random=random))
    return np.asarray(resample_poly(noisy, SAMPLE_RATE, LINE_RATE), dtype=np.float32)


def units(text: str) -> list[str]:
    """Give what is counted: hanzi, and words in lower case."""
    return _UNIT.findall(text.lower())


def _heard(
    whisper: Whisper, spoken: Sequence[Spoken], language: Language, line: Line, *, new_voices: bool
) -> Hearing:
    random = np.random.default_rng(0)
    chunks = [_chunk(said, line, random) for said in spoken]
    said_units = [units(said.text) for said in spoken]
    found = [[word for heard in whisper.hear([chunk], language) for word in heard.words] for chunk in chunks]
    heard_units = [units("".join(word.text for word in words)) for words in found]
    wrong = [edits(said, heard) for said, heard in zip(said_units, heard_units, strict=True)]
    return Hearing(
        language=language,
        new_voices=new_voices,
        line=line,
        sentences=len(spoken),
        said=sum(map(len, said_units)),
        wrong=sum(wrong),
        exact=wrong.count(0),
        language_known=sum(whisper.detect_language([chunk])[0] == language for chunk in chunks),
        late=tuple(late for said, words in zip(spoken, found, strict=True) for late in _late(said, words)),
    )


def _chunk(said: Spoken, line: Line, random: np.random.Generator) -> Chunk:
    quiet = round(QUIET_SECONDS * SAMPLE_RATE)
    samples: Sound = np.pad(said.samples / np.float32(FULL_SCALE), quiet)
    if line == "telephone":
        samples = by_telephone(samples, random)
    whole = Span(0.0, len(samples) / SAMPLE_RATE)
    return Chunk(track="mix", pieces=(Piece(start=0.0, samples=samples, speech=whole),))


def _late(said: Spoken, words: Sequence[SpokenWord]) -> Iterator[float]:
    """Compare the starts of what was heard rightly."""
    true = {at: second + QUIET_SECONDS for at, second in said.starts}
    matches = list(_UNIT.finditer(said.text.lower()))
    heard = [(unit, word.start) for word in words for unit in units(word.text)]
    blocks = SequenceMatcher(
        None, [match[0] for match in matches], [unit for unit, _ in heard], autojunk=False
    ).get_matching_blocks()
    for block in blocks:
        for offset in range(block.size):
            place = matches[block.a + offset].start()
            if place in true:
                yield heard[block.b + offset][1] - true[place]
