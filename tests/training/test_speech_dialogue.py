"""A script of a call becomes channels with the turns where it says."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from pydantic import ValidationError

from training.speech.dialogue import CallScript, perform
from training.speech.errors import character_errors
from training.speech.synthesis import SAMPLE_RATE, Utterance, to_english, to_pinyin
from training.speech.telephone import LINE_RATE, hiss, to_line, write

LOUD = 0.02


def _script(**changes: Any) -> CallScript:
    return CallScript.model_validate(
        {
            "file": "a.flac",
            "codec": "flac",
            "layout": "stereo",
            "details": "sidecar",
            "about": {},
            "voices": {"agent": {"variant": "f2"}, "customer": {"variant": "m3"}},
            "turns": [
                {"agent": "您好。请说。"},
                {"customer": "好。", "gap": -0.5},
                {"agent": "再见。", "gap": 3},
            ],
            **changes,
        }
    )


def _tone(seconds: float) -> Utterance:
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return Utterance(samples=(0.5 * np.sin(2 * np.pi * 1000 * at)).astype(np.float32), starts=())


def _loud_seconds(channel: np.ndarray) -> np.ndarray:
    frames = channel[: len(channel) // 80 * 80].reshape(-1, 80)
    return np.flatnonzero(np.sqrt((frames**2).mean(axis=1)) > LOUD) / 100


def test_turns_start_where_the_script_says() -> None:
    """A negative gap lets turns overlap, a positive one leaves silence; a turn ends with its last sentence."""
    (first, second, third) = perform(_script(), [_tone(1), _tone(2), _tone(1), _tone(1)]).times
    assert first[1] - first[0] == pytest.approx(3 + 0.575, abs=0.13)
    assert second == pytest.approx((first[1] - 0.5, first[1] + 0.5))
    assert third == pytest.approx((second[1] + 3, second[1] + 4))


@pytest.mark.parametrize(("side", "row"), [("left", 0), ("right", 1)])
def test_the_agent_is_on_the_channel_of_the_script(side: str, row: int) -> None:
    """One speaker a channel: each is loud only in its own turns."""
    done = perform(_script(agent_channel=side), [_tone(1)] * 4)
    first, second, third = done.times
    agent, customer = _loud_seconds(done.channels[row]), _loud_seconds(done.channels[1 - row])
    assert agent.min() == pytest.approx(first[0], abs=0.05)
    assert agent.max() == pytest.approx(third[1], abs=0.05)
    assert (customer.min(), customer.max()) == pytest.approx(second, abs=0.05)


def test_both_speakers_are_on_every_channel_of_a_mix() -> None:
    """Mono is the sum of the voices; dual mono is the same, hiss included, on two channels."""
    mono = perform(_script(layout="mono"), [_tone(1)] * 4).channels
    dual = perform(_script(layout="dual_mono"), [_tone(1)] * 4).channels
    assert (mono.shape[0], dual.shape[0]) == (1, 2)
    assert np.array_equal(dual[0], dual[1])
    assert _loud_seconds(mono[0]).tolist() == _loud_seconds(dual[0]).tolist()


def test_a_performance_depends_on_nothing_but_the_script() -> None:
    """The same script and voices give the same samples; another call has other pauses."""
    once, again = (perform(_script(), [_tone(1)] * 4).channels for _ in range(2))
    assert np.array_equal(once, again)
    assert perform(_script(file="b.flac"), [_tone(1)] * 4).times != perform(_script(), [_tone(1)] * 4).times


def test_hiss_lies_as_far_below_the_speech_as_the_script_says() -> None:
    """Signal to noise is that of the mean powers."""
    done = perform(_script(signal_to_noise_db=20), [_tone(1)] * 4)
    quiet = done.channels[1][: round(0.5 * LINE_RATE)]
    start, end = (round(second * LINE_RATE) for second in done.times[1])
    loud = done.channels[1][start + 200 : end - 200]
    assert 10 * np.log10((loud**2).mean() / (quiet**2).mean()) == pytest.approx(20, abs=1)


@pytest.mark.parametrize(
    "turn", [{"agent": "您好。", "customer": "你好。"}, {"gap": 1}, {"agent": "您好。", "pause": 1}]
)
def test_a_turn_has_one_speaker_and_known_fields(turn: dict[str, Any]) -> None:
    """Mistakes in a script are refused."""
    with pytest.raises(ValidationError):
        _script(turns=[turn])


def test_the_line_passes_the_telephone_band_only() -> None:
    """A tone of 1 kHz passes; 100 Hz and 3.9 kHz are at least 20 dB weaker."""
    at = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    power = {
        hertz: float((to_line(np.sin(2 * np.pi * hertz * at).astype(np.float32))[400:-400] ** 2).mean())
        for hertz in (100, 1000, 3900)
    }
    assert power[1000] == pytest.approx(0.5, rel=0.1)
    assert max(power[100], power[3900]) < power[1000] / 100


@pytest.mark.parametrize(
    ("name", "codec", "rows"),
    [
        ("a.wav", "pcm_mulaw", 2),
        ("a.flac", "flac", 2),
        ("a.mp3", "mp3", 2),
        ("a.opus", "libopus", 1),
        ("a.amr", "libopencore_amrnb", 1),
    ],
)
def test_written_recordings_decode_to_the_same_length(
    name: str, codec: Any, rows: int, tmp_path: Path
) -> None:
    """Every codec keeps channels and duration, and writes the same bytes each time."""
    noise = np.stack([hiss(16_000, power=0.01, random=np.random.default_rng(row)) for row in range(rows)])
    write(tmp_path / name, noise, codec)
    once = (tmp_path / name).read_bytes()
    write(tmp_path / name, noise, codec)
    assert (tmp_path / name).read_bytes() == once
    with av.open(str(tmp_path / name)) as file:
        (stream,) = file.streams.audio
        assert stream.channels == rows
        assert sum(f.samples for f in file.decode(stream)) / stream.rate == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("银行重置", "yin2 hang2 chong2 zhi4"),
        ("听得到吗？", "ting1 de5 dao4 ma5 ?"),
        ("好的，再见。", "hao3 de5 , zai4 jian4 ."),
    ],
)
def test_hanzi_are_read_in_their_words(text: str, read: str) -> None:
    """Characters with several readings take the one of the word; marks become pauses."""
    assert to_pinyin(text) == read


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("您好。请说，好吗？", ["您好。", "请说，好吗？"]),
        ("Good morning. It's late, isn't it?", ["Good morning.", "It's late, isn't it?"]),
    ],
)
def test_a_turn_is_said_sentence_by_sentence(text: str, sentences: list[str]) -> None:
    """Each sentence is one breath, in both languages, in the accent that the script names."""
    voices = {"agent": {"accent": "en-us", "variant": "f2"}, "customer": {"variant": "m3"}}
    lines = _script(turns=[{"agent": text}], voices=voices).lines()
    assert [line for line, _ in lines] == sentences
    assert {voice.accent for _, voice in lines} == {"en-us"}


@pytest.mark.parametrize("text", ["room 12", "café", "您好", ""])
def test_what_is_no_english_word_cannot_be_spoken(text: str) -> None:
    """Digits and other letters are refused; words and marks go in as they are."""
    assert to_english("It's late, sorry.") == "It's late, sorry."
    with pytest.raises(ValueError, match="Only words"):
        to_english(text)


def test_what_is_no_hanzi_cannot_be_spoken() -> None:
    """Digits and Latin letters are refused."""
    with pytest.raises(ValueError, match="Only hanzi"):
        to_pinyin("套餐A")


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("您好，再见。", "您好再见", 0),
        ("我要退货", "我要货", 1),
        ("我要退货", "我要换货了", 2),
        ("你好", "", 2),
        ("", "你好", 2),
    ],
)
def test_character_errors_are_counted(said: str, heard: str, errors: int) -> None:
    """Substitutions, deletions and insertions count one each; punctuation does not."""
    assert character_errors(said, heard) == errors
