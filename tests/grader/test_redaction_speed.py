"""Cost: ordinary turns are cheap, and odd ones cost in proportion to their length."""

import time

import pytest

from grader.conversation import Conversation, Turn
from grader.redaction import Redactor

LONG = 10_000
ODD = (
    "1", "1 ", "一 ", "幺三八", "1嗯", "one ", "oh two ", "138-", "0571-", "13905718866 ", "+86 ", "x ", "a@", "a at ", "dot com ", "at gmail dot com ",
    "艾特", "a艾特", "密码是a", "password is ", "验证码是1 ", "我叫王", "姓王", "my name is ", "this is ", "王小明 手机", "12号", "小区3栋", "住在市", "省市区县",
    "12 main st ", "sw1a 1aa ", "zip 12345 ", "no.1 room 1, ", "京A", "[PHONE]", "\x1e", "-", "(", "\U0001f600",
)  # fmt: skip


def seconds(text: str) -> float:
    """Measure the processor time for one turn."""
    conversation = Conversation(id="c", turns=(Turn(speaker="customer", text=text),))
    start = time.process_time()
    Redactor().redact([conversation])
    return time.process_time() - start


@pytest.mark.parametrize("bit", ODD)
def test_repetition_costs_in_proportion(bit: str) -> None:
    """Twice the length of anything repeated costs about twice the time; quadratic patterns would cost four times."""
    short = seconds((bit * LONG)[: LONG // 2])
    if seconds((bit * LONG)[:LONG]) > 3 * short + 0.1:  # once more: another process may have been in the way
        short = min(short, seconds((bit * LONG)[: LONG // 2]))
        assert seconds((bit * LONG)[:LONG]) <= 3 * short + 0.1


@pytest.mark.parametrize(
    "bit", ["7", "幺", "您好我家的宽带断了还没有人来修啊", "nobody has called me back yet "]
)
def test_five_megabytes_in_one_turn(bit: str) -> None:
    """A turn of five megabytes takes seconds."""
    assert seconds((bit * 5_000_000)[:5_000_000]) < 30


def test_ten_thousand_turns() -> None:
    """A conversation of ten thousand turns, digits in each, takes seconds."""
    turns = tuple(Turn(speaker="customer", text=f"好的 {number} 再说") for number in range(10_000))
    start = time.process_time()
    Redactor().redact([Conversation(id="c", turns=turns)])
    assert time.process_time() - start < 30


def test_an_ordinary_turn_is_cheap() -> None:
    """Forty characters without anything personal cost well under a millisecond; ``docs/redaction.md`` has the figure."""
    turns = [
        Turn(
            speaker="agent",
            text="非常抱歉给您带来不便,我们已经记录您反映的问题,会在24小时内安排专员给您回电,请您耐心等待。",
        ),
        Turn(
            speaker="customer",
            text="我都等了三天了,打了好几次电话都说在处理,到底什么时候能修好,再不解决我就投诉了。",
        ),
    ]
    conversations = [Conversation(id=str(number), turns=tuple(turns * 3)) for number in range(100)]
    start = time.process_time()
    Redactor().redact(conversations)
    assert (time.process_time() - start) / 600 < 500e-6
