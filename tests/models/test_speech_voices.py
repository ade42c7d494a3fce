"""Voices: two speakers on one channel told apart by their sound."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.interfaces import SpokenWord
from models.speech.activity import speech
from models.speech.decoding import SAMPLE_RATE
from models.speech.spans import Span
from models.speech.voice_sound import Cells, cells
from models.speech.voices import attribute, tell_apart

Sound = NDArray[np.float32]


def vowels(pitch: float, formants: tuple[float, ...], seconds: float, seed: int) -> Sound:
    """Speak nonsense: pulses of a pitch through resonances that wander as a tongue does."""
    random = np.random.default_rng(seed)
    count = round(seconds * SAMPLE_RATE)
    time = np.arange(count) / SAMPLE_RATE
    glide = 1 + 0.06 * np.sin(2 * np.pi * random.uniform(0.5, 1.2) * time + random.uniform(0, 6))
    phase = np.cumsum(pitch * glide) / SAMPLE_RATE
    wander = [
        1 + 0.15 * np.sin(2 * np.pi * random.uniform(2, 4) * time + random.uniform(0, 6)) for _ in formants
    ]
    sound = np.zeros(count)
    for harmonic in range(1, 24):
        frequency = harmonic * pitch * glide
        gain = sum(1 / (1 + ((frequency - f * w) / 120) ** 2) for f, w in zip(formants, wander, strict=True))
        sound += gain / harmonic * np.sin(2 * np.pi * harmonic * phase)
    envelope = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * time)
    noise = 0.002 * random.standard_normal(count)
    return (0.1 * sound * envelope + noise).astype(np.float32)


WOMAN = (210.0, (800.0, 1750.0, 2900.0))
MAN = (115.0, (600.0, 1300.0, 2400.0))


def conversation(speakers: list[tuple[float, tuple[float, ...]]]) -> tuple[Cells, list[SpokenWord]]:
    """Let speakers say two seconds each, with pauses; gives the sound of it, and a word in the middle of each."""
    parts, spans, words = [], [], []
    for turn, (pitch, formants) in enumerate(speakers):
        start = turn * 2.5
        spans.append(Span(start, start + 2.0))
        parts += [vowels(pitch, formants, 2.0, seed=turn), np.zeros(SAMPLE_RATE // 2, np.float32)]
        words += [
            SpokenWord(text="啊", start=start + at, end=start + at + 0.3, probability=0.9)
            for at in (0.3, 1.4)
        ]
    return cells(np.concatenate(parts), spans, start=0.0, first_run=0), words


def test_two_voices_are_told_apart_and_counted_in_order_of_appearance() -> None:
    """A deep and a high voice in turn: every word goes to its own, with high confidence."""
    order = [WOMAN, MAN, MAN, WOMAN] * 5
    sound, words = conversation(order)
    found = attribute(words, [sound], is_mix=True)
    assert found.count == 2
    assert found.voices == tuple(int(speaker is MAN) for speaker in order for _ in range(2))
    assert found.confidence > 0.9


def test_one_voice_is_not_split_with_confidence() -> None:
    """One speaker alone is left whole, or split with a confidence that sends the call to a person."""
    sound, words = conversation([MAN] * 16)
    assert attribute(words, [sound], is_mix=True).confidence < 0.8


def test_a_side_of_its_own_is_one_voice() -> None:
    """On a channel beside a silent one, one voice is expected, and believed to be one."""
    sound, words = conversation([WOMAN] * 16)
    found = attribute(words, [sound], is_mix=False)
    assert found.count == 1
    assert found.confidence > 0.6


def test_a_mix_on_one_side_is_split() -> None:
    """Two clearly different voices on one channel are two, also beside a silent channel."""
    sound, words = conversation([WOMAN, MAN] * 10)
    assert attribute(words, [sound], is_mix=False).count == 2


@pytest.mark.parametrize("is_mix", [True, False])
def test_too_little_speech_is_one_voice(*, is_mix: bool) -> None:
    """Of two short turns nothing can be said; a mix is then uncertain, a side of its own is not."""
    sound, words = conversation([WOMAN, MAN])
    found = attribute(words, [sound], is_mix=is_mix)
    assert (found.count, set(found.voices)) == (1, {0})
    assert (found.confidence <= 0.5) is is_mix


def test_no_speech_gives_no_voices() -> None:
    """Nothing said, nothing told apart."""
    assert tell_apart([]) is None
    assert attribute([], [], is_mix=True).voices == ()


def test_cells_cover_the_speech(call: Sound) -> None:
    """Cells lie in the speech, in order, and most of what is spoken is voiced."""
    spans = speech(call[0])
    found = cells(call[0], spans, start=100.0, first_run=7)
    assert found.starts.min() == pytest.approx(100 + spans[0].start)
    assert (np.diff(found.starts) > 0).all()
    assert found.ends.max() <= 100 + spans[-1].end + 1e-6
    assert set(found.run) == set(range(7, 7 + len(spans)))
    assert found.voiced.sum() > 0.5 * len(found.voiced) * 10


def test_the_two_voices_of_the_call_are_told_apart(call: Sound) -> None:
    """Mixed to one channel, more than nineteen in twenty tenths of a second go to who spoke them."""
    mix = call.sum(axis=0)
    found = tell_apart([cells(mix, speech(mix), start=0.0, first_run=0)])
    assert found is not None
    agent = [Span(0.6, 4.9), Span(11, 16.5), Span(20.6, 24.2), Span(26.2, 31.9)]
    customer = [Span(5.7, 10.0), Span(17.5, 19.6), Span(32.7, 34.6)]
    ticks = [
        (voice, Span(t, t + 0.1))
        for voice, spans in enumerate((agent, customer))
        for span in spans
        for t in np.arange(*span, 0.1)
    ]
    right = np.mean([found.at(span) == voice for voice, span in ticks])
    assert max(right, 1 - right) > 0.95
