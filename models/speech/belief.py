"""Which recognised words are believed.

Whisper invents fluent text where there is nothing to hear, and gets stuck in loops, both at high confidence. Every word
of a track is tried by rules that look at other things than its own probability; those that fail are dropped, with the
reason. What passes keeps its probability, and so draws the grade's confidence down where it is low.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.interfaces import DoubtReason, DroppedSpeech, SpokenWord
from models.speech.activity import LEVEL_STEP, SILENT_DB
from models.speech.spans import Span, joined, shared
from models.speech.stock_phrases import is_stock_phrase, normalised
from models.speech.whisper import Heard, is_hanzi

PAUSE: Final = 0.5
"""Seconds without a word that end a phrase."""

LOOP_REPEATS: Final = 4
LOOP_WORDS: Final = 16
LOOP_PAUSE: Final = 5.0
"""A loop says the same at least 4 times, over at least 16 words or hanzi, with no pause of 5 s. 喂你好 said four times
into a dead line, and a number with eight zeros, are not loops."""

LONGEST_UNIT: Final = 30
"""Words of the longest repeated sentence that is looked for."""

LOOP_COMPRESSION: Final = 2.4
"""Ratio of a text's length to its zlib compression above which Whisper itself rejects a window."""

LOOP_BYTES: Final = 100
"""Length of a text in UTF-8 below which the ratio says little."""

NO_SPEECH: Final = 0.6
NO_SPEECH_LOG_PROBABILITY: Final = -1.0
"""Whisper's own rule for a window of silence: both must hold."""

SPEECH_MARGIN: Final = 0.2
"""Seconds a word may lie outside detected speech: ``chunks`` puts words that belong to it within 0.1 s."""

FAINT_DB: Final = 35.0
"""Decibels below the track's loud speech at which nothing said is meant for the telephone."""

FAST_WORDS: Final = 6
"""Words over which the speed is measured: word times are too rough for fewer."""

FAST_SLACK: Final = 0.3
"""Seconds added to the speech under them, for the same reason."""

FAST_HANZI: Final = 12.0
FAST_LATIN: Final = 9.0
"""Hanzi, or words of a spaced script, a second that nobody speaks; fast speech has 8 and 5."""

STRETCH: Final = 9
"""Words over which probabilities are averaged: one improbable word is an odd name, nine are a wrong guess."""

ISLAND: Final = 4
"""Believed words in a phrase of mostly doubtful ones that are too few to be believed by themselves."""

BRIDGE: Final = 0.6
"""Seconds between believed words that count as heard: breath, and the slack of word times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What is known of a track apart from its words."""

    speech: Sequence[Span]
    """Where somebody speaks, sorted."""
    levels: NDArray[np.float32]
    """Decibels of full scale, every 0.1 s from the recording's start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """The outcome for one track."""

    words: tuple[SpokenWord, ...]
    dropped: tuple[DroppedSpeech, ...]


def weigh(heard: Sequence[Heard], sound: Sound, *, doubtful_below: float) -> Believed:
    """Decide which words of one track, heard in order, are believed.

    Args:
        heard: the chunks of the track.
        sound: its speech and loudness.
        doubtful_below: geometric mean of probabilities below which a stretch is dropped.
    """
    words = [word for chunk in heard for word in chunk.words]
    tests: tuple[tuple[DoubtReason, Callable[[], list[bool]]], ...] = (
        ("repetition", lambda: _or(_compressed(heard), _looping(words))),
        ("stock_phrase", lambda: _stock(heard)),
        ("silence", lambda: _or(_no_speech(heard), _unspoken(words, sound))),
        ("too_fast", lambda: _too_fast(words, sound)),
        ("low_probability", lambda: _improbable(heard, doubtful_below)),
    )
    reasons: list[DoubtReason | None] = [None] * len(words)
    for reason, test in tests:
        reasons = [old or (reason if hit else None) for old, hit in zip(reasons, test(), strict=True)]
    judged = list(zip(words, _without_islands(words, reasons), strict=True))
    return Believed(
        words=tuple(word for word, reason in judged if reason is None), dropped=tuple(_dropped(judged))
    )


def covered_seconds(words: Sequence[SpokenWord], speech: Sequence[Span]) -> float:
    """Give the seconds of ``speech`` that ``words`` account for."""
    margin = BRIDGE / 2
    heard = joined(Span(word.start - margin, word.end + margin) for word in words)
    return sum(shared(span, heard) for span in speech)


def phrases(words: Sequence[SpokenWord]) -> Iterator[tuple[SpokenWord, ...]]:
    """Split the words of one voice at its pauses."""
    phrase: list[SpokenWord] = []
    for word in words:
        if phrase and word.start - phrase[-1].end >= PAUSE:
            yield tuple(phrase)
            phrase = []
        phrase.append(word)
    if phrase:
        yield tuple(phrase)


def spell(words: Sequence[SpokenWord]) -> str:
    """Give the text of words in a row."""
    return "".join(word.text for word in words).strip()


def loudness(span: Span, levels: NDArray[np.float32]) -> float:
    """Give the loudest 0.1 s of ``span``, in decibels of full scale."""
    first, last = int(span.start / LEVEL_STEP), int(np.ceil(span.end / LEVEL_STEP))
    return float(levels[max(0, first) : max(last, first + 1)].max(initial=-120.0))


def _without_islands(
    words: Sequence[SpokenWord], reasons: Sequence[DoubtReason | None]
) -> list[DoubtReason | None]:
    """Doubt the few believed words left over in a phrase most of which was guessed."""
    result: list[DoubtReason | None] = []
    for phrase in phrases(words):
        own = reasons[len(result) : len(result) + len(phrase)]
        guessed = own.count("low_probability") + own.count("too_fast")
        lost = own.count(None) <= min(ISLAND, guessed - 1)
        result += [reason or ("low_probability" if lost else None) for reason in own]
    return result


def _dropped(judged: Sequence[tuple[SpokenWord, DoubtReason | None]]) -> Iterator[DroppedSpeech]:
    for reason, group in groupby(judged, key=lambda pair: pair[1]):
        words = [word for word, _ in group]
        if reason is not None:
            yield DroppedSpeech(start=words[0].start, end=words[-1].end, text=spell(words), reason=reason)


def _by_chunk(heard: Sequence[Heard], test: Callable[[Heard], bool]) -> list[bool]:
    return [hit for chunk in heard for hit in [test(chunk)] * len(chunk.words)]


def _or(first: Sequence[bool], second: Sequence[bool]) -> list[bool]:
    return [a or b for a, b in zip(first, second, strict=True)]


def _compressed(heard: Sequence[Heard]) -> list[bool]:
    """Find text, without a long pause in it, that compresses too well: loops with small variations."""
    marked: list[bool] = []
    for chunk in heard:
        for first, last in _flowing(chunk.words):
            text = spell(chunk.words[first:last]).encode()
            ratio = len(text) / len(zlib.compress(text))
            marked += [len(text) >= LOOP_BYTES and ratio > LOOP_COMPRESSION] * (last - first)
    return marked


def _looping(words: Sequence[SpokenWord]) -> list[bool]:
    """Find loops: the words of the track, across its chunks, that repeat a unit of up to 30 words in a row."""
    marked = [False] * len(words)
    for first, last in _flowing(words):
        tokens = [normalised(word.text) for word in words[first:last]]
        for unit in range(1, min(LONGEST_UNIT, len(tokens) // LOOP_REPEATS) + 1):
            equal = [a == b for a, b in zip(tokens, tokens[unit:], strict=False)]
            position = 0
            for same, group in groupby(equal):
                length = len(list(group))
                region = length + unit
                if same and region >= LOOP_WORDS and region >= LOOP_REPEATS * unit:
                    marked[first + position : first + position + region] = [True] * region
                position += length
    return marked


def _flowing(words: Sequence[SpokenWord]) -> Iterator[tuple[int, int]]:
    """Give the index ranges of words without a long pause between them."""
    breaks = [i for i, (a, b) in enumerate(pairwise(words), 1) if b.start - a.end >= LOOP_PAUSE]
    return pairwise([0, *breaks, len(words)])


def _stock(heard: Sequence[Heard]) -> list[bool]:
    """Find phrases, and whole chunks, that are nothing but stock phrases; inside a longer sentence they stay."""
    marked: list[bool] = []
    for chunk in heard:
        if is_stock_phrase(spell(chunk.words)):
            marked += [True] * len(chunk.words)
        else:
            for phrase in phrases(chunk.words):
                marked += [is_stock_phrase(spell(phrase))] * len(phrase)
    return marked


def _no_speech(heard: Sequence[Heard]) -> list[bool]:
    return _by_chunk(
        heard,
        lambda chunk: (
            chunk.no_speech_probability > NO_SPEECH and chunk.mean_log_probability < NO_SPEECH_LOG_PROBABILITY
        ),
    )


def _unspoken(words: Sequence[SpokenWord], sound: Sound) -> list[bool]:
    """Find words where nobody speaks, and phrases too faint to be meant for the telephone."""
    wide = joined(Span(span.start - SPEECH_MARGIN, span.end + SPEECH_MARGIN) for span in sound.speech)
    loud = [loudness(span, sound.levels) for span in sound.speech]
    least = max(SILENT_DB, float(np.median(loud)) - FAINT_DB) if loud else 0.0
    marked = []
    for phrase in phrases(words):
        faint = loudness(Span(phrase[0].start, phrase[-1].end), sound.levels) < least
        for word in phrase:
            middle = (word.start + word.end) / 2
            marked.append(faint or shared(Span(middle, middle + 1e-3), wide) <= 0)
    return marked


def _too_fast(words: Sequence[SpokenWord], sound: Sound) -> list[bool]:
    """Find more words than anybody could say in the speech that lies under them."""
    marked = [False] * len(words)
    for first in range(len(words) - FAST_WORDS + 1):
        some = words[first : first + FAST_WORDS]
        hanzi = sum(is_hanzi(c) for word in some for c in word.text) >= FAST_WORDS / 2
        limit = FAST_HANZI if hanzi else FAST_LATIN
        spoken = shared(Span(some[0].start, some[-1].end), sound.speech) + FAST_SLACK
        if limit * spoken < FAST_WORDS:
            marked[first : first + FAST_WORDS] = [True] * FAST_WORDS
    return marked


def _improbable(heard: Sequence[Heard], doubtful_below: float) -> list[bool]:
    """Find words whose stretch of nine, within the chunk, has too low a geometric mean probability."""
    marked: list[bool] = []
    for chunk in heard:
        logs = np.log(np.maximum([word.probability for word in chunk.words], 1e-6))
        sums = np.concatenate(([0.0], np.cumsum(logs)))
        count = len(logs)
        first = np.clip(np.arange(count) - STRETCH // 2, 0, max(0, count - STRETCH))
        last = np.minimum(first + STRETCH, count)
        means = (sums[last] - sums[first]) / np.maximum(last - first, 1)
        marked += (np.exp(means) < doubtful_below).tolist()
    return marked
