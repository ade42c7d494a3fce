"""The whole way from a file to its transcript, with the shipped micro model."""

import logging
import re
import zipfile
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models import speech
from models.interfaces import (
    Recording,
    SpeechOptions,
    SpeechRecognizer,
    SpokenTurn,
    Transcript,
    Unheard,
)
from models.speech.recognizer import WhisperRecognizer

Sound = NDArray[np.float32]
SaveSound = Callable[..., Path]
RATE = 16_000


def hear(recognizer: SpeechRecognizer, path: Path, language: str | None = None) -> Transcript:
    """Transcribe one file that can be heard."""
    (outcome,) = recognizer.transcribe([Recording(path=path, language=language)])
    assert isinstance(outcome, Transcript), outcome
    return outcome


def letters(turns: tuple[SpokenTurn, ...], voice: str | None = None) -> str:
    """Give the hanzi that were heard, of one voice or all."""
    return re.sub(r"\W", "", "".join(turn.text for turn in turns if voice in {None, turn.voice}))


def likeness(heard: str, said: str) -> float:
    """Give the share of characters, 0 to 1, that two texts have in common in order."""
    return SequenceMatcher(None, heard, re.sub(r"\W", "", said), autojunk=False).ratio()


def test_a_stereo_call_is_heard_turn_by_turn(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound, said: list[tuple[str, str, float, float]]
) -> None:
    """Each turn stands under its channel, in order, with its words and within a second of its time."""
    transcript = hear(recognizer, save(call))
    assert transcript.layout == "stereo"
    assert transcript.voice_confidence == 1.0
    assert transcript.language == "zh"
    assert transcript.language_probability > 0.9
    assert transcript.duration == pytest.approx(call.shape[1] / RATE, abs=0.01)
    assert transcript.intelligibility > 0.9
    assert [turn.voice for turn in transcript.turns] == [voice for voice, *_ in said]
    for turn, (_, text, start, end) in zip(transcript.turns, said, strict=True):
        assert likeness(turn.text, text) >= 0.5
        assert turn.start == pytest.approx(start, abs=0.8)
        assert turn.end == pytest.approx(end, abs=1.0)
    assert likeness(letters(transcript.turns), "".join(text for _, text, *_ in said)) > 0.9


def test_words_are_in_their_turns(recognizer: SpeechRecognizer, save: SaveSound, call: Sound) -> None:
    """The words of a turn spell its text, in order of time, inside its span."""
    for turn in hear(recognizer, save(call)).turns:
        assert "".join(word.text for word in turn.words) == turn.text
        assert [word.start for word in turn.words] == sorted(word.start for word in turn.words)
        assert all(turn.start <= word.start <= word.end <= turn.end for word in turn.words)
        assert all(0 <= word.probability <= 1 for word in turn.words)


@pytest.mark.parametrize(
    "coding",
    [
        {"name": "call.wav", "codec": "pcm_mulaw", "rate": 8000},
        {"name": "call.mp3", "codec": "mp3", "bit_rate": 64_000},
        {"name": "call.flac", "codec": "flac", "rate": 8000},
        {"name": "call.m4a", "codec": "aac", "bit_rate": 64_000},
    ],
    ids=["mulaw", "mp3", "flac", "aac"],
)
def test_the_same_is_heard_in_every_format(
    recognizer: SpeechRecognizer,
    save: SaveSound,
    call: Sound,
    said: list[tuple[str, str, float, float]],
    coding: dict[str, str | int],
) -> None:
    """Telephone codings and music codings leave nine tenths of the text."""
    transcript = hear(recognizer, save(call, **coding))
    assert transcript.layout == "stereo"
    assert likeness(letters(transcript.turns), "".join(text for _, text, *_ in said)) > 0.85


def test_amr_is_mono_and_heard(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound, said: list[tuple[str, str, float, float]]
) -> None:
    """AMR has one channel at 8 kHz."""
    agent = save(call[:1], "agent.amr", codec="libopencore_amrnb", rate=8000)
    heard = letters(hear(recognizer, agent).turns)
    assert likeness(heard, "".join(text for voice, text, *_ in said if voice == "left")) > 0.8


def test_a_mixed_call_is_split_into_two_voices(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound, said: list[tuple[str, str, float, float]]
) -> None:
    """On one channel the voices are told apart by their sound: the first is voice-1."""
    transcript = hear(recognizer, save(call.sum(axis=0, keepdims=True)))
    assert transcript.layout == "mono"
    assert 0.7 < transcript.voice_confidence < 1.0
    for voice, channel in (("voice-1", "left"), ("voice-2", "right")):
        text = "".join(text for side, text, *_ in said if side == channel)
        assert likeness(letters(transcript.turns, voice), text) > 0.8


def test_dual_mono_is_heard_once(recognizer: SpeechRecognizer, save: SaveSound, call: Sound) -> None:
    """The same mix on both channels, one fainter and later, gives each turn once, by voice."""
    mix = call.sum(axis=0)
    transcript = hear(recognizer, save(np.stack([mix, 0.7 * np.roll(mix, 80)])))
    assert transcript.layout == "dual_mono"
    assert {turn.voice for turn in transcript.turns} == {"voice-1", "voice-2"}
    assert letters(transcript.turns).count("维修师傅") == 1


@pytest.mark.parametrize("other", [0.0, 0.003], ids=["silent", "line noise"])
def test_a_channel_without_a_voice_gives_no_turns(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound, other: float
) -> None:
    """Where only the agent was recorded, all words stand under that channel."""
    hiss = other * np.random.default_rng(0).standard_normal(call.shape[1])
    transcript = hear(recognizer, save(np.stack([call[0], hiss])))
    assert transcript.layout == "one_sided"
    assert {turn.voice for turn in transcript.turns} == {"left"}
    assert transcript.voice_confidence > 0.6


def test_a_leak_between_the_channels_is_not_heard_twice(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound
) -> None:
    """Each channel's faint copy on the other adds no turns."""
    plain = hear(recognizer, save(call))
    leaking = hear(recognizer, save(call + 0.08 * np.roll(call[::-1], 1000, axis=1), "leak.wav"))
    assert leaking.layout == "stereo"
    assert [turn.voice for turn in leaking.turns] == [turn.voice for turn in plain.turns]
    assert leaking.speech_seconds == pytest.approx(plain.speech_seconds, rel=0.1)


def test_channels_do_not_drift_over_a_long_call(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound
) -> None:
    """The tenth repetition of the call, beyond several windows, stands where it was said, in the same order."""
    pause = np.zeros((2, 2 * RATE), np.float32)
    once = np.concatenate([call, pause], axis=1)
    period = once.shape[1] / RATE
    transcript = hear(recognizer, save(np.tile(once, 10), codec="pcm_mulaw", rate=8000))
    assert transcript.duration == pytest.approx(10 * period, abs=0.1)
    greetings = np.array([turn.start for turn in transcript.turns if turn.text.startswith("您好")])
    which = np.rint((greetings - greetings[0]) / period)  # the demonstration model may mishear one
    assert which[-1] == 9
    assert len(set(which)) == len(which) >= 9
    assert greetings - greetings[0] == pytest.approx(period * which, abs=0.5)
    starts = [turn.start for turn in transcript.turns]
    assert starts == sorted(starts)
    assert transcript.intelligibility > 0.9


def noise(seconds: float = 20.0) -> Sound:
    """Give white noise on both channels."""
    return (0.05 * np.random.default_rng(3).standard_normal((2, int(seconds * RATE)))).astype(np.float32)


@pytest.mark.parametrize(
    "sound", [noise(), np.zeros((2, 10 * RATE), np.float32), np.zeros((1, 800), np.float32)]
)
def test_what_holds_no_speech_gives_no_turns(
    recognizer: SpeechRecognizer, save: SaveSound, sound: Sound
) -> None:
    """Noise, silence and a twentieth of a second are no error, and nothing is understood in them."""
    transcript = hear(recognizer, save(sound))
    assert transcript.turns == ()
    assert (transcript.speech_seconds, transcript.intelligibility) == (0.0, 0.0)
    assert transcript.language is None


def test_the_wrong_language_is_not_believed(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound
) -> None:
    """Speech that the model does not know, here played backwards, gives hardly any believed words."""
    transcript = hear(recognizer, save(call[:, ::-1]))
    assert transcript.speech_seconds > 10
    assert transcript.intelligibility < 0.2
    assert {drop.reason for drop in transcript.dropped} >= {"low_probability"}


def test_a_truncated_recording_is_heard_as_far_as_it_goes(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound
) -> None:
    """Half the file gives the first turns, and a remark."""
    path = save(call)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    transcript = hear(recognizer, path)
    assert transcript.turns[0].text.startswith("您好")
    assert transcript.remarks == (
        f"The file breaks off after {transcript.duration:.0f} s; what is there was transcribed.",
    )


def test_one_bad_file_does_not_stop_the_others(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound, tmp_path: Path
) -> None:
    """A batch gives an answer for each file, in order."""
    archive = tmp_path / "zip.wav"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("call.txt", "no sound")
    empty = tmp_path / "empty.wav"
    empty.touch()
    good = save(call[:, : 6 * RATE])
    paths = [tmp_path / "gone.wav", good, archive, empty, good]
    outcomes = recognizer.transcribe([Recording(path=path) for path in paths])
    assert [type(outcome) for outcome in outcomes] == [Unheard, Transcript, Unheard, Unheard, Transcript]
    for outcome in outcomes:
        if isinstance(outcome, Unheard):
            assert outcome.problem.endswith(".")
            assert outcome.remedy.endswith(".")
    assert outcomes[1] == outcomes[4]


@pytest.mark.parametrize("language", ["zh", "zh-CN", "ZH_cn"])
def test_the_language_may_carry_its_region(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound, language: str
) -> None:
    """A language that is given is not detected."""
    transcript = hear(recognizer, save(call[:, : 6 * RATE]), language)
    assert (transcript.language, transcript.language_probability) == ("zh", 1.0)


def test_a_language_the_model_does_not_know_is_refused(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound
) -> None:
    """A model of Mandarin and English must not invent either for a French call."""
    (outcome,) = recognizer.transcribe([Recording(path=save(call), language="fr")])
    assert isinstance(outcome, Unheard)
    assert "micro-whisper" in outcome.problem
    assert "zh, en" in outcome.remedy


def test_an_unforeseen_failure_stays_with_its_recording(
    save: SaveSound, call: Sound, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong inside is logged, and answered in place of the transcript."""
    recognizer = speech.load(SpeechOptions(model="micro-whisper"))
    assert isinstance(recognizer, WhisperRecognizer)

    def fail(*_: object) -> list[object]:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(recognizer._whisper, "hear", fail)
    with caplog.at_level(logging.ERROR):
        (outcome,) = recognizer.transcribe([Recording(path=save(call))])
    assert outcome == Unheard(
        problem="Transcribing failed: RuntimeError: out of memory.",
        remedy="Convert the recording to WAV and try again; report it if that fails too.",
    )
    assert "Transcribing" in caplog.text


@pytest.mark.parametrize(("batch_size", "workers"), [(1, 1), (2, 3), (16, 1)])
def test_batches_and_workers_do_not_change_what_is_heard(
    recognizer: SpeechRecognizer, save: SaveSound, call: Sound, batch_size: int, workers: int
) -> None:
    """How the work is shared out changes no more than the rounding of 8-bit sums does."""
    path = save(call)
    other = speech.load(SpeechOptions(model="micro-whisper", batch_size=batch_size, workers=workers))
    expected, found = hear(recognizer, path), hear(other, path)
    assert likeness(letters(found.turns), letters(expected.turns)) > 0.95


def test_the_model_is_known_by_its_name(recognizer: SpeechRecognizer) -> None:
    """Every grade records it."""
    assert recognizer.name == "micro-whisper"
