"""The pool of synthetic utterances that training windows are made of, in files that are made once."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from training.speech.sentences import LANGUAGES, Language, Material, Part, Sentence, written
from training.speech.synthesis import MANDARIN, SAMPLE_RATE, Utterance, Voice, speak_all

Pulses: TypeAlias = npt.NDArray[np.int16]

ACCENTS: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (MANDARIN,),
    "en": ("en", "en-us"),
}

VARIANTS: Final[dict[Part, tuple[str, ...]]] = {
    "taught": tuple(
        """f1 f2 f3 f4 m1 m2 m3 m4 m5 m6 m7 Annie Andy linda steph robert john david adam aunty ed max pablo Alex Andrea
        AnxiousAndy Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee Marco Mario Mike Nguyen RicishayMax RicishayMax2
        RicishayMax3 anika announcer antonio benjamin boris caleb edward edward2 f5 grandma grandpa gustave iven iven2
        iven3 iven4 kaukovalta klatt klatt2 klatt3 klatt4 klatt5 klatt6 marcelo michel norbert paul pedro quincy rob
        sandro shelby steph2 travis victor""".split()
    ),
    "development": ("m8", "Alicia", "Michael", "belinda"),
    "blind": ("miguel", "steph3", "zac", "Storm"),
}
"""espeak-ng's voice variants by what they are for."""

WORDS_PER_MINUTE: Final = (140, 225)
PITCHES: Final = (25, 75)
PITCH_RANGES: Final = (20, 80)

STRETCHED: Final = 0.5
"""Share of the utterances played slower or faster, and so lower or higher: as if by more throats."""

STRETCH_PERCENT: Final = (92, 109)

TOGETHER: Final = 64
FULL_SCALE: Final = 32_767

Timed: TypeAlias = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """An utterance and what was said."""

    text: str
    """As a transcript should hold it."""
    language: Language
    samples: Pulses
    """Mono at ``SAMPLE_RATE``."""
    starts: Timed
    """Index into ``text`` and second of each hanzi or word; empty where they are not known."""
    sounds: tuple[tuple[str, float], ...]
    """See ``synthesis.Utterance``."""

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A line of a file's index."""

    text: str
    language: Language
    end: int
    """Sample after its last, in the file."""
    starts: Timed
    sounds: tuple[tuple[str, float], ...]


def fill(folder: Path, materials: Mapping[Language, Material], *, files: int, lines: int) -> None:
    """Speak what is missing of ``files`` files with ``lines`` utterances each, both languages in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        index = folder / f"{number:03}.json"
        if not index.is_file():
            random = Random(number)
            drawn = [materials[LANGUAGES[line % len(LANGUAGES)]].draw(random) for line in range(lines)]
            _write(index, list(speak(drawn, "taught", random)))


def load(folder: Path) -> list[Spoken]:
    """Read the pool; the sound stays on disk until it is used."""
    pool = []
    for index in sorted(folder.glob("*.json")):
        sound = np.load(index.with_suffix(".npy"), mmap_mode="r")
        begin = 0
        for line in json.loads(index.read_text(encoding="utf-8")):
            entry = _Entry(**line)
            pool.append(
                Spoken(
                    text=entry.text,
                    language=entry.language,
                    samples=sound[begin : entry.end],
                    starts=tuple((int(at), float(second)) for at, second in entry.starts),
                    sounds=tuple((str(name), float(second)) for name, second in entry.sounds),
                )
            )
            begin = entry.end
    return pool


def speak(sentences: Sequence[Sentence], part: Part, random: Random) -> Iterator[Spoken]:
    """Say sentences, each in a random one of the part's voices."""
    lines = [(sentence.text, _voice(sentence.language, part, random)) for sentence in sentences]
    stretches = [
        random.randint(*STRETCH_PERCENT) if part == "taught" and random.random() < STRETCHED else 100
        for _ in lines
    ]
    said = speak_all(lines, together=TOGETHER)
    for sentence, utterance, percent in zip(sentences, said, stretches, strict=True):
        sounding = utterance if percent == 100 else _stretched(utterance, percent)
        yield Spoken(
            text=written(sentence.text),
            language=sentence.language,
            samples=np.round(sounding.samples.clip(-1, 1) * FULL_SCALE).astype(np.int16),
            starts=_in_written(sentence, sounding.starts),
            sounds=sounding.sounds,
        )


def _voice(language: Language, part: Part, random: Random) -> Voice:
    return Voice(
        accent=random.choice(ACCENTS[language]),
        variant=random.choice(VARIANTS[part]),
        words_per_minute=random.randint(*WORDS_PER_MINUTE),
        pitch=random.randint(*PITCHES),
        pitch_range=random.randint(*PITCH_RANGES),
    )


def _stretched(utterance: Utterance, percent: int) -> Utterance:
    common = math.gcd(percent, 100)
    return replace(
        utterance,
        samples=resample_poly(utterance.samples, percent // common, 100 // common).astype(np.float32),
        starts=tuple((at, second * percent / 100) for at, second in utterance.starts),
        sounds=tuple((name, second * percent / 100) for name, second in utterance.sounds),
    )


def _in_written(sentence: Sentence, starts: Timed) -> Timed:
    """Move indexes into the spoken text to where the same word stands in the written one, which lacks the marks."""
    if sentence.language == "zh":
        return starts
    # Of some fixed phrases ("it is") espeak-ng places the second word a character too early, within the first.
    begins = [word.start() for word in re.finditer(r"\S+", sentence.text)]
    found = ((next((begin for begin in begins if begin >= at), begins[-1]), second) for at, second in starts)
    return tuple((len(written(sentence.text[:at] + "a")) - 1, second) for at, second in found)


def _write(index: Path, spoken: Sequence[Spoken]) -> None:
    ends = np.cumsum([len(said.samples) for said in spoken])
    entries = [
        _Entry(text=said.text, language=said.language, end=int(end), starts=said.starts, sounds=said.sounds)
        for said, end in zip(spoken, ends, strict=True)
    ]
    np.save(index.with_suffix(".npy"), np.concatenate([said.samples for said in spoken]))
    partial = index.with_suffix(".partial")
    partial.write_text(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False), encoding="utf-8")
    partial.replace(index)  # last: an index stands only beside whole sound
