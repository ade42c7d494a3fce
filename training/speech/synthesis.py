"""Mandarin and English speech from text by espeak-ng, with the time of every character or word, and of every sound.

espeak-ng (GPL-3) is a tool of training only. Its own reading of hanzi errs on characters with several readings, so
the text goes in as numbered pinyin, one syllable a word; the word events of its library then time the characters.
"""

import ctypes
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pypinyin import Style, lazy_pinyin, load_phrases_dict
from scipy.signal import resample_poly

SAMPLE_RATE: Final = 16_000
"""Samples a second of what comes out."""

LIBRARY: Final = "libespeak-ng.so.1"
MANDARIN: Final = "cmn-latn-pinyin"
ENGINE_RATE: Final = 22_050
PEAK: Final = 0.5
"""Largest absolute sample of an utterance."""

PAUSES: Final = {"，": ",", "。": ".", "？": "?"}
READINGS: Final = {
    "一下": "yī xià",
    "不行": "bù xíng",
    "两次": "liǎng cì",
    "了解": "liǎo jiě",
    "办理": "bàn lǐ",
    "听得到": "tīng de dào",
    "坏了": "huài le",
    "得到": "dé dào",
    "扣了": "kòu le",
    "碎了": "suì le",
    "空调": "kōng tiáo",
    "转接": "zhuǎn jiē",
    "转给": "zhuǎn gěi",
    "还款": "huán kuǎn",
    "重启": "chóng qǐ",
    "重置": "chóng zhì",
    "银行": "yín háng",
}
"""Words that pypinyin would read otherwise."""

_MANDARIN = re.compile(r"[㐀-鿿，。？]+")
_ENGLISH = re.compile(r"[A-Za-z' ,.?-]+")
_SYNCHRONOUS = 2
_WITH_PHONEMES = 1
_FROM_CHARACTER = 1
_UTF8 = 1
_WORD_EVENT, _PHONEME_EVENT = 1, 7
_RATE, _PITCH, _PITCH_RANGE = 1, 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A speaker."""

    accent: str = MANDARIN
    """espeak-ng's name of the language as it is spoken (``en-us``, ``en-gb-scotland``)."""
    variant: str = ""
    """Name of an espeak-ng voice variant (``f2``, ``m3``); empty for the accent's own voice."""
    words_per_minute: int = 175
    """espeak-ng's measure; 175 is about 4.4 hanzi a second."""
    pitch: int = 50
    """0 to 99."""
    pitch_range: int = 50
    """0 (monotonous) to 99."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What a voice said."""

    samples: npt.NDArray[np.float32]
    """Mono at ``SAMPLE_RATE``, silence at both ends cut off, peak at ``PEAK``."""
    starts: tuple[tuple[int, float], ...]
    """Index into the text and second of each hanzi, or of the first letter of each English word.

    English words that are run together (``of the``) have one start; empty where not every hanzi was timed.
    """
    sounds: tuple[tuple[str, float], ...] = ()
    """What is heard from which second on: syllables with their tones, or English phonemes ("" is a pause)."""

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return len(self.samples) / SAMPLE_RATE


def to_pinyin(text: str) -> str:
    """Give hanzi as numbered syllables with spaces between them; ``，。？`` become pauses.

    Raises:
        ValueError: the text holds other characters.
    """
    return " ".join(_syllables(text))


def to_english(text: str) -> str:
    """Give English text as espeak-ng takes it: as it is.

    Raises:
        ValueError: the text holds more than words and ``,.?``.
    """
    if not _ENGLISH.fullmatch(text):
        raise ValueError(f"Only words and ,.? can be spoken in English, not {text!r}.")
    return text


def _syllables(text: str) -> list[str]:
    """Give the syllable of each hanzi and the pause of each mark."""
    if not _MANDARIN.fullmatch(text):
        raise ValueError(f"Only hanzi and ，。？ can be spoken, not {text!r}.")
    _teach_readings()
    # Marks that stand together come out as one item, so they are taken one by one.
    return [
        PAUSES.get(item, item)
        for part in re.findall(r"[，。？]|[^，。？]+", text)
        for item in lazy_pinyin(part, style=Style.TONE3, neutral_tone_with_five=True)
    ]


@lru_cache(maxsize=1)
def _teach_readings() -> None:
    load_phrases_dict(
        {word: [[syllable] for syllable in reading.split()] for word, reading in READINGS.items()}
    )


class _Event(ctypes.Structure):
    """``espeak_EVENT`` of speak_lib.h; of the union at its end, the phoneme's name."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Synthesizer:
    """The espeak-ng library: one state a process, so make one of these a process and use it in one thread.

    The state carries over: the same line sounds a little different after another one (``speak_all`` does not).
    """

    def __init__(self) -> None:
        self._sound: list[npt.NDArray[np.int16]] = []
        self._words: list[tuple[int, int]] = []
        self._phonemes: list[tuple[str, int]] = []
        self._callback = _Callback(self._collect)  # kept, or it would be freed while the library calls it
        self._library = ctypes.CDLL(LIBRARY)
        if self._library.espeak_Initialize(_SYNCHRONOUS, 200, None, _WITH_PHONEMES) != ENGINE_RATE:
            raise RuntimeError(f"espeak-ng did not start at {ENGINE_RATE} samples a second.")
        self._library.espeak_SetSynthCallback(self._callback)
        data = ctypes.c_char_p()
        self._library.espeak_Info(ctypes.byref(data))
        self._variants = Path((data.value or b"").decode()) / "voices" / "!v"

    def speak(self, text: str, voice: Voice) -> Utterance:
        """Say ``text``: hanzi with ``，。？``, or English words with ``,.?``, as the voice's accent asks.

        Raises:
            ValueError: the text cannot be spoken, or there is no such voice.
        """
        mandarin = voice.accent == MANDARIN
        spelled = (to_pinyin(text) if mandarin else to_english(text)).encode() + b"\0"
        # espeak-ng takes an unknown variant for none, without a word.
        if voice.variant and not (self._variants / voice.variant).is_file():
            raise ValueError(
                f"espeak-ng has no voice variant {voice.variant!r}; there are those in {self._variants}."
            )
        name = f"{voice.accent}+{voice.variant}" if voice.variant else voice.accent
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {name!r}.")
        for parameter, value in (
            (_RATE, voice.words_per_minute),
            (_PITCH, voice.pitch),
            (_PITCH_RANGE, voice.pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        # Breath is noise from the C library's generator, which whoever runs in this process may have moved on.
        ctypes.CDLL(None).srand(1)
        self._sound.clear()
        self._words.clear()
        self._phonemes.clear()
        self._library.espeak_Synth(spelled, len(spelled), 0, _FROM_CHARACTER, 0, _UTF8, None, None)
        samples, cut = _trimmed(np.concatenate(self._sound))
        starts, sounds = self._hanzi(text) if mandarin else (self._words, self._phonemes)
        return Utterance(
            samples=samples,
            starts=tuple((at, _second(sample, cut)) for at, sample in starts),
            sounds=tuple((name, _second(sample, cut)) for name, sample in sounds),
        )

    def _hanzi(self, text: str) -> tuple[list[tuple[int, int]], list[tuple[str, int]]]:
        """Give the first sample of each hanzi, and of its syllable; nothing where not every one was timed."""
        indexes = [index for index, character in enumerate(text) if character not in PAUSES]
        samples = [sample for _, sample in self._words]
        if len(samples) != len(indexes):
            return [], []
        syllables = (syllable for syllable in _syllables(text) if syllable not in PAUSES.values())
        sounds = list(zip(syllables, samples, strict=True))
        return list(zip(indexes, samples, strict=True)), sounds

    def _collect(self, sound: Any, count: int, events: Any) -> int:
        if sound and count > 0:
            self._sound.append(np.ctypeslib.as_array(sound, (count,)).copy())
        index = 0
        while events[index].type:
            event = events[index]
            # Words of no length are espeak-ng's own insertions at pauses.
            if event.type == _WORD_EVENT and event.length > 0:
                self._words.append((event.text_position - 1, event.sample))
            if event.type == _PHONEME_EVENT:
                name = event.name.decode()
                self._phonemes.append(("" if name.startswith("_") else name, event.sample))
            index += 1
        return 0


def _trimmed(sound: npt.NDArray[np.int16]) -> tuple[npt.NDArray[np.float32], float]:
    """Give the sound without the silence at its ends, at ``SAMPLE_RATE``, and the seconds cut off before it."""
    samples = resample_poly(sound.astype(np.float32) / 32768, 320, 441).astype(np.float32)
    loudness = np.abs(samples)
    audible = np.flatnonzero(loudness > max(0.01 * loudness.max(), 1e-4))
    first, last = int(audible[0]), int(audible[-1])
    return samples[first : last + 1] * (PEAK / loudness.max()), first / SAMPLE_RATE


def _second(sample: int, cut: float) -> float:
    """Give the second of an engine's sample in what is left after the cut."""
    return max(0.0, sample / ENGINE_RATE - cut)


def speak_all(lines: Sequence[tuple[str, Voice]], *, together: int = 1) -> Iterator[Utterance]:
    """Say every line, in order; the sound depends on nothing but the line and ``together``.

    Every ``together`` lines get a process of their own: 1 keeps lines from touching each other, more is faster.

    Raises:
        RuntimeError: espeak-ng crashes on a line even in the accent's own voice.
        ValueError: a line cannot be spoken, or there is no such voice.
    """
    for first in range(0, len(lines), together):
        yield from _in_a_process(lines[first : first + together])


def _in_a_process(lines: Sequence[tuple[str, Voice]]) -> list[Utterance]:
    """Say lines in a process of their own; where espeak-ng crashes, each half anew.

    A line on which it crashes by itself (1.51 does so on some with ``rob``) is said in the accent's own voice.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as process:
        try:
            return process.submit(_speak, lines).result()
        except BrokenProcessPool:
            half = len(lines) // 2
    if half:
        return _in_a_process(lines[:half]) + _in_a_process(lines[half:])
    ((text, voice),) = lines
    if not voice.variant:
        raise RuntimeError(f"espeak-ng crashes on {text!r}; leave it out.")
    return _in_a_process([(text, replace(voice, variant=""))])


@lru_cache(maxsize=1)
def _synthesizer() -> Synthesizer:
    return Synthesizer()


def _speak(lines: Sequence[tuple[str, Voice]]) -> list[Utterance]:
    return [_synthesizer().speak(*line) for line in lines]
