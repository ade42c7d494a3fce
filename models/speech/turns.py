"""From the words of each voice to turns in time order.

Voices are merged by the times of their words, never by the recogniser's segments: those are half a second off, and
two channels merged by them drift apart.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from models.interfaces import DroppedSpeech, SpokenTurn, SpokenWord
from models.speech.belief import Sound, loudness, phrases, spell
from models.speech.channels import Track
from models.speech.spans import Span
from models.speech.stock_phrases import normalised

LONGEST_PAUSE: Final = 2.0
"""Seconds a voice may be silent within a turn; a longer silence must stay visible between turns."""

ECHO_SHARE: Final = 0.7
"""Share of a phrase's words that the other channel has at the same time, for it to be an echo."""

ECHO_DELAY: Final = 0.4
"""Seconds by which the same words may differ in time on two channels: the line's echo and the slack of word times."""

ECHO_WORDS: Final = 4
"""Two people do not say four same words in step; the same 再见 they do, so shorter echoes must be fainter."""

EVEN_DB: Final = 3.0
"""Decibels within which the same words on both channels are not the echo of one, but a mix on both."""

ECHO_DB: Final = 10.0
"""Decibels by which the leak of a voice into the other channel is fainter, at least."""


def turns(words: Mapping[str, Sequence[SpokenWord]]) -> tuple[SpokenTurn, ...]:
    """Merge the words of each voice, in order of time, into turns.

    A turn ends where another voice begins a phrase, or its own is silent for two seconds. Turns may overlap: that is
    how interruptions are seen.
    """
    spoken = sorted(
        ((voice, phrase) for voice, said in words.items() for phrase in phrases(said)),
        key=lambda item: (item[1][0].start, item[1][-1].end),
    )
    merged: list[tuple[str, list[SpokenWord]]] = []
    for voice, phrase in spoken:
        if merged and merged[-1][0] == voice and phrase[0].start - merged[-1][1][-1].end < LONGEST_PAUSE:
            merged[-1][1].extend(phrase)
        else:
            merged.append((voice, list(phrase)))
    return tuple(_turn(voice, said) for voice, said in merged)


def without_echo(
    words: Mapping[Track, Sequence[SpokenWord]], sounds: Mapping[Track, Sound]
) -> tuple[dict[Track, list[SpokenWord]], tuple[DroppedSpeech, ...]]:
    """Drop what one channel has only because the other's voice leaked into it.

    What both channels have equally loud is a mix recorded on both, and goes to that track.
    """
    kept = {track: list(said) for track, said in words.items()}
    if not {"left", "right"} <= kept.keys():
        return kept, ()
    echoes: list[tuple[SpokenWord, ...]] = []
    shared: list[SpokenWord] = []
    kept["left"], kept["right"] = [], []
    sides: tuple[tuple[Track, Track], ...] = (("left", "right"), ("right", "left"))
    for side, other in sides:
        starts = [word.start for word in words[other]]
        for phrase in phrases(words[side]):
            span = Span(phrase[0].start, phrase[-1].end)
            first = bisect_left(starts, span.start - ECHO_DELAY)
            near = words[other][first : bisect_left(starts, span.end + ECHO_DELAY)]
            fainter = loudness(span, sounds[other].levels) - loudness(span, sounds[side].levels)
            if _repeats(phrase, near) and fainter >= (-EVEN_DB if len(phrase) >= ECHO_WORDS else ECHO_DB):
                if fainter >= EVEN_DB or side == "right":
                    echoes.append(phrase)
                else:
                    shared += phrase
            else:
                kept[side] += phrase
    kept["mix"] = sorted([*kept.get("mix", ()), *shared], key=lambda word: word.start)
    dropped = (
        DroppedSpeech(start=echo[0].start, end=echo[-1].end, text=spell(echo), reason="echo")
        for echo in echoes
    )
    return kept, tuple(dropped)


def _repeats(phrase: Sequence[SpokenWord], near: Sequence[SpokenWord]) -> bool:
    """Tell whether most words of the phrase are said at the same time in ``near``."""
    matcher = SequenceMatcher(None, _tokens(phrase), _tokens(near), autojunk=False)
    same = sum(
        abs(phrase[block.a + i].start - near[block.b + i].start) <= ECHO_DELAY
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
    )
    return same >= ECHO_SHARE * len(phrase)


def _tokens(words: Iterable[SpokenWord]) -> list[str]:
    return [normalised(word.text) for word in words]


def _turn(voice: str, words: Sequence[SpokenWord]) -> SpokenTurn:
    return SpokenTurn(
        voice=voice,
        text=spell(words),
        start=words[0].start,
        end=max(word.end for word in words),
        words=tuple(
            SpokenWord(text=w.text.strip(), start=w.start, end=w.end, probability=w.probability)
            for w in words
        ),
    )
