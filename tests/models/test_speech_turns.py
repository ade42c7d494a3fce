"""Turns: two voices merged by the times of their words."""

import numpy as np
import pytest

from models.interfaces import SpokenWord
from models.speech.belief import Sound
from models.speech.channels import Track
from models.speech.spans import Span
from models.speech.turns import turns, without_echo


def say(text: str, start: float, pace: float = 0.25) -> list[SpokenWord]:
    """Speak a text hanzi by hanzi, or word by word with the space before it."""
    units = [f" {unit}" for unit in text.split()] if text.isascii() else list(text)
    return [
        SpokenWord(text=u, start=start + i * pace, end=start + (i + 1) * pace, probability=0.9)
        for i, u in enumerate(units)
    ]


def test_voices_take_turns_in_order_of_time() -> None:
    """What one voice says until the other speaks is one turn, its pauses included."""
    found = turns(
        {
            "left": [*say("您好", 0), *say("请问什么事", 1.2), *say("好的", 6)],
            "right": [*say("我要退货", 3.5)],
        }
    )
    assert [(turn.voice, turn.text) for turn in found] == [
        ("left", "您好请问什么事"),
        ("right", "我要退货"),
        ("left", "好的"),
    ]
    assert (found[0].start, found[0].end) == (0, 2.45)
    assert [word.text for word in found[1].words] == list("我要退货")


def test_a_long_silence_parts_turns_of_one_voice() -> None:
    """Somebody who waits two seconds begins a new turn, so that the silence is seen."""
    found = turns({"left": [*say("请稍等", 0), *say("查到了", 10)]})
    assert [(turn.start, turn.text) for turn in found] == [(0, "请稍等"), (10, "查到了")]


def test_an_interruption_overlaps() -> None:
    """A voice that begins while the other speaks gives a turn that overlaps, not one cut short."""
    found = turns({"left": say("我跟您说这个套餐是不能退的", 0), "right": say("凭什么", 2.0)})
    assert [turn.text for turn in found] == ["我跟您说这个套餐是不能退的", "凭什么"]
    assert found[1].start < found[0].end


def test_a_word_of_assent_does_not_swallow_the_rest() -> None:
    """Where the other says yes in a pause, the speaker's sentence goes on after it."""
    found = turns({"left": [*say("您先重启", 0), *say("然后再试", 2.0)], "right": say("嗯", 1.3)})
    assert [(turn.voice, turn.text) for turn in found] == [
        ("left", "您先重启"),
        ("right", "嗯"),
        ("left", "然后再试"),
    ]


def test_english_words_keep_their_spaces() -> None:
    """The text is spaced as decoded; the words are bare."""
    (turn,) = turns({"right": say("I want to cancel", 0)})
    assert turn.text == "I want to cancel"
    assert [word.text for word in turn.words] == ["I", "want", "to", "cancel"]


def test_nothing_said_gives_no_turns() -> None:
    """A silent call has none."""
    assert turns({"left": []}) == ()


def sounds(left: float, right: float) -> dict[Track, Sound]:
    """Give two tracks of constant loudness in decibels."""
    whole = [Span(0, 100)]
    return {
        "left": Sound(speech=whole, levels=np.full(1000, left, np.float32)),
        "right": Sound(speech=whole, levels=np.full(1000, right, np.float32)),
    }


@pytest.mark.parametrize(
    ("text", "delay", "right_db", "dropped"),
    [
        ("我马上帮您查询", 0.2, -35, True),
        ("我马上帮您查询", 0.2, -25, True),
        ("再见", 0.1, -35, True),
        ("再见", 0.1, -25, False),
        ("我马上帮您查询", 1.5, -35, False),
    ],
    ids=["echo", "loud echo", "short echo", "both say goodbye", "said later"],
)
def test_an_echo_is_dropped_from_the_fainter_channel(
    text: str, delay: float, right_db: float, *, dropped: bool
) -> None:
    """The same words at the same time, fainter, are an echo; a short 再见 of both is not."""
    left, right = say(text, 2.0), say(text, 2.0 + delay)
    kept, echoes = without_echo({"left": left, "right": right}, sounds(-20, right_db))
    assert kept["left"] == left
    assert kept["right"] == ([] if dropped else right)
    assert [(echo.text, echo.reason) for echo in echoes] == ([(text, "echo")] if dropped else [])


def test_the_same_words_equally_loud_are_a_mix() -> None:
    """An announcement recorded on both channels is nobody's channel: it goes to the mix, once."""
    said = say("您的通话将被录音", 1.0)
    kept, echoes = without_echo({"left": said, "right": list(said)}, sounds(-20, -21))
    assert kept == {"left": [], "right": [], "mix": said}
    assert len(echoes) == 1


def test_different_words_at_once_are_both_kept() -> None:
    """Two who talk over each other are no echo."""
    words: dict[Track, list[SpokenWord]] = {
        "left": say("我马上帮您查询", 2.0),
        "right": say("你们怎么回事啊", 2.0),
    }
    kept, echoes = without_echo(words, sounds(-20, -35))
    assert (kept["left"], kept["right"], echoes) == (words["left"], words["right"], ())
