"""Channels: how two of them relate."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.interfaces import Layout
from models.speech.channels import Relation, Track, is_leak, layout, relation, spoken_relation, tracks
from models.speech.decoding import SAMPLE_RATE

Sound = NDArray[np.float32]


def noise(sound: Sound, db: float, seed: int = 0) -> Sound:
    """Give white noise of ``db`` decibels of full scale, one row."""
    return (10 ** (db / 20) * np.random.default_rng(seed).standard_normal(sound.shape[-1])).astype(np.float32)


def delayed(sound: Sound, seconds: float) -> Sound:
    """Give one channel later by ``seconds``."""
    return np.roll(sound, round(seconds * SAMPLE_RATE))


def test_one_channel_is_mono(call: Sound) -> None:
    """A single channel has nothing to relate to."""
    assert relation(call[:1]) == "mono"


def test_separate_voices_are_told_from_one_mix(call: Sound) -> None:
    """Agent and customer on their own channels are separate; the same mix on both is not."""
    mix = call.sum(axis=0)
    assert relation(call) == "separate"
    assert relation(np.stack([mix, mix])) == "same"


@pytest.mark.parametrize(
    ("gain", "delay", "noise_db"),
    [(0.6, 0.0, -80), (-1.0, 0.0, -80), (1.0, 0.02, -80), (0.8, 0.005, -45)],
    ids=["fainter", "turned polarity", "delayed", "line noise"],
)
def test_a_mix_stays_one_under_what_lines_do_to_it(
    call: Sound, gain: float, delay: float, noise_db: float
) -> None:
    """A fainter, turned, delayed or noisier copy is still the same mix."""
    mix = call.sum(axis=0)
    copy = gain * delayed(mix, delay) + noise(mix, noise_db)
    assert relation(np.stack([mix + noise(mix, noise_db, seed=1), copy])) == "same"


def test_voices_that_leak_into_each_other_stay_separate(call: Sound) -> None:
    """A leak of a tenth of the loudness does not make one mix of two channels."""
    assert relation(call + 0.1 * call[::-1]) == "separate"


@pytest.mark.parametrize(("silent", "expected"), [(1, "left"), (0, "right")])
def test_a_silent_channel_is_found(call: Sound, silent: int, expected: str) -> None:
    """Digital silence, and the idle noise of a line, carry nothing."""
    one_sided = call.copy()
    one_sided[silent] = 0
    assert relation(one_sided) == expected
    one_sided[silent] = noise(call, -72)
    assert relation(one_sided) == expected


def test_two_silent_channels_are_silent(call: Sound) -> None:
    """Nothing on both is no mix."""
    assert relation(np.zeros_like(call)) == "silent"


def test_a_window_shorter_than_a_second_is_judged(call: Sound) -> None:
    """The last window of a recording may be very short."""
    short = call[:, 3 * SAMPLE_RATE : 3 * SAMPLE_RATE + 5000]
    assert relation(np.stack([short[0], short[0]])) == "same"


@pytest.mark.parametrize(
    ("found", "speaking", "expected"),
    [
        ("separate", ["left", "right"], "separate"),
        ("separate", ["right"], "right"),
        ("separate", [], "silent"),
        ("same", ["mix"], "same"),
        ("mono", [], "mono"),
    ],
)
def test_noise_alone_is_no_voice(found: Relation, speaking: list[Track], expected: Relation) -> None:
    """A channel on which nobody speaks in a window does not count as separate."""
    assert spoken_relation(found, speaking) == expected


@pytest.mark.parametrize(
    ("relations", "expected"),
    [
        (["mono", "mono"], "mono"),
        (["left", "separate"], "stereo"),
        (["left", "right"], "stereo"),
        (["same", "separate"], "stereo"),
        (["same", "silent"], "dual_mono"),
        (["left", "silent"], "one_sided"),
        (["right"], "one_sided"),
        (["silent"], "dual_mono"),
    ],
)
def test_windows_sum_up_to_a_layout(relations: list[Relation], expected: Layout) -> None:
    """One window with two separate voices makes a recording stereo."""
    assert layout(relations) == expected


def test_tracks_follow_the_relation(call: Sound) -> None:
    """One mix is recognised once, separate channels each, a silent one not at all."""
    assert [name for name, _ in tracks(call, "separate")] == ["left", "right"]
    assert [name for name, _ in tracks(call, "same")] == ["mix"]
    assert [name for name, _ in tracks(call, "right")] == ["right"]
    assert tracks(call, "silent") == []


@pytest.mark.parametrize(("gain", "delay"), [(0.1, 0.0), (0.2, 0.15), (-0.05, 0.02)])
def test_a_leak_is_told_from_a_second_voice(call: Sound, gain: float, delay: float) -> None:
    """A faint, late copy of the other channel is a leak; a faint voice of its own is none."""
    agent, customer = (c[11 * SAMPLE_RATE : 15 * SAMPLE_RATE] for c in (call[0], np.roll(call[1], 90_000)))
    line = noise(agent, -60)
    assert is_leak(gain * delayed(agent, delay) + line, agent)
    assert not is_leak(0.2 * customer + line, agent)
    assert not is_leak(agent, agent)
