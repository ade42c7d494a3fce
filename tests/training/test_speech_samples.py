"""The calls of the sample set: made from their scripts, understood by the shipped recogniser."""

import ctypes
import os
import signal
from ctypes.util import find_library

import numpy as np
import pytest

from models import speech
from models.interfaces import Recording, SpeechOptions, Transcript
from training.speech.dialogue import load
from training.speech.samples import SAMPLES, misheard
from training.speech.synthesis import Synthesizer, Utterance, Voice, speak_all

WORDS_VERDICTS_REST_ON = {
    "call-01-broadband": ["非常抱歉", "我理解您的心情", "二十四小时之内", "维修师傅今天晚上会上门检查"],
    "call-03-bank-password": ["请报一下您的密码", "请报一下您的银行卡密码", "六二一二三四五六"],
    "call-07-upgrade-hidden-fee": ["升级套餐不要钱", "您没有听清楚", "取消需要一千元"],
    "call-11-hotel-overcharge": ["我理解您的心情", "五百元三个工作日之内到账"],
}


def test_calls_are_heard_as_they_were_written() -> None:
    """At most 5 % of the characters come out wrong, and none of those that verdicts rest on."""
    scripts = [s for s in load(SAMPLES / "scripts") if s.id in WORDS_VERDICTS_REST_ON]
    recordings = [Recording(path=SAMPLES / "calls" / s.file, language="zh") for s in scripts]
    wrong = said = 0
    for script, heard in zip(scripts, speech.load(SpeechOptions()).transcribe(recordings), strict=True):
        assert isinstance(heard, Transcript)
        errors, characters = misheard(script, heard)
        wrong, said = wrong + errors, said + characters
        text = "".join(turn.text for turn in heard.turns)
        assert [words for words in WORDS_VERDICTS_REST_ON[script.id] if words not in text] == []
    assert wrong / said <= 0.05


@pytest.mark.skipif(find_library("espeak-ng") is None, reason="espeak-ng is a tool of training only")
def test_a_line_sounds_the_same_whatever_is_said_before_it() -> None:
    """A line spoken twice gives the same samples, and a time for each of its characters."""
    line = ("请说，好吗？", Voice(variant="f2"))
    first, _, again = speak_all([line, ("您好。", Voice(variant="m3")), line])
    assert np.array_equal(first.samples, again.samples)
    assert [index for index, _ in first.starts] == [0, 1, 3, 4]
    starts = [second for _, second in first.starts]
    assert starts == sorted(starts)
    assert starts[-1] < first.seconds


@pytest.mark.skipif(find_library("espeak-ng") is None, reason="espeak-ng is a tool of training only")
def test_a_line_sounds_the_same_whoever_drew_random_numbers() -> None:
    """The C library's random numbers, which breath is made of, begin anew with each line."""
    line = ("请说，好吗？", Voice(variant="f2"))
    (first,) = speak_all([line])
    ctypes.CDLL(None).rand()
    (again,) = speak_all([line])
    assert np.array_equal(first.samples, again.samples)


@pytest.mark.skipif(find_library("espeak-ng") is None, reason="espeak-ng is a tool of training only")
def test_english_words_and_sounds_are_timed() -> None:
    """A start for each word, at its first letter, but for words that are run together; sounds follow each other."""
    (said,) = speak_all([("I'm sorry, your order is late.", Voice(accent="en-us", variant="f2"))])
    assert [index for index, _ in said.starts] == [0, 4, 11, 16, 22, 25]
    assert said.sounds[0][0] == "aI"
    assert "" in {name for name, _ in said.sounds}
    seconds = [second for _, second in said.sounds]
    assert seconds == sorted(seconds)
    assert seconds[-1] <= said.seconds + 0.2


@pytest.mark.skipif(find_library("espeak-ng") is None, reason="espeak-ng is a tool of training only")
def test_a_voice_that_does_not_exist_is_refused() -> None:
    """The message names the voice."""
    with pytest.raises(ValueError, match="nobody"):
        list(speak_all([("您好。", Voice(variant="nobody"))]))


@pytest.mark.skipif(find_library("espeak-ng") is None, reason="espeak-ng is a tool of training only")
def test_a_crash_of_the_synthesizer_loses_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a process dies at its third line, its lines are said anew in smaller parts."""
    survived = 2
    speak = Synthesizer.speak

    def dying(self: Synthesizer, text: str, voice: Voice) -> Utterance:
        nonlocal survived
        if survived == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        survived -= 1
        return speak(self, text, voice)

    monkeypatch.setattr(Synthesizer, "speak", dying)
    texts = ["您好。", "请说。", "好的。", "谢谢。", "再见。"]
    said = list(speak_all([(text, Voice(variant="f2")) for text in texts], together=5))
    assert [len(one.starts) for one in said] == [2] * 5


@pytest.mark.skipif(find_library("espeak-ng") is None, reason="espeak-ng is a tool of training only")
def test_a_voice_that_crashes_is_replaced_and_a_text_that_crashes_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A variant on which the synthesiser dies gives way to the accent's own voice; a text it cannot say is an error."""
    speak = Synthesizer.speak

    def dying(self: Synthesizer, text: str, voice: Voice) -> Utterance:
        if voice.variant == "f2" or text == "再见。":
            os.kill(os.getpid(), signal.SIGKILL)
        return speak(self, text, voice)

    monkeypatch.setattr(Synthesizer, "speak", dying)
    replaced, wanted = speak_all([("您好。", Voice(variant="f2")), ("您好。", Voice())])
    assert np.array_equal(replaced.samples, wanted.samples)
    with pytest.raises(RuntimeError, match="再见"):
        list(speak_all([("再见。", Voice(variant="f2"))]))
