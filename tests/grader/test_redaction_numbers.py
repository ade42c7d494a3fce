"""Numbers: shapes with checksums, spoken digits, pieces over turns, and what only looks like a number."""

import pytest

from grader.conversation import Conversation, Turn
from grader.redaction import Redactor
from grader.redaction.digit_runs import find_runs
from grader.redaction.document import join
from grader.redaction.number_shapes import luhn_holds


def redact(*said: str) -> list[str]:
    """Redact turns; ``a:`` before a text makes it the agent's."""
    turns = [
        Turn(speaker="agent", text=text[2:]) if text.startswith("a:") else Turn(speaker="customer", text=text)
        for text in said
    ]
    (redacted,) = Redactor().redact([Conversation(id="c", turns=tuple(turns))])
    return [turn.text for turn in redacted.conversation.turns]


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("幺三八 二六零三 嗯 七七四幺", "13826037741"),
        ("洞拐幺 两勾勾 六六", "07129966"),
        ("壹貳參肆伍陸柒捌玖零", "1234567890"),
        ("１３８　０５７１", "1380571"),
        ("one three eight double oh triple seven four", "138007774"),
        ("twenty two fifteen o three", "221503"),
        ("one eight hundred five five five", "1800555"),
        ("五一零 一二二 叉", "510122x"),
        ("138幺二六零", "138126" + "0"),
    ],
)
def test_digits_are_read(said: str, digits: str) -> None:
    """Written and spoken digits of both languages, with fillers, give one row of ASCII digits."""
    assert [run.digits for run in find_runs(join([said], ["customer"]))] == [digits]


@pytest.mark.parametrize("said", ["三百二十八", "第一次 第二次", "一会儿", "二十", "等一下 一个 两位"])
def test_counts_are_no_digits(said: str) -> None:
    """Amounts, ordinals and counted things are not read as digits."""
    assert not list(find_runs(join([said], ["customer"])))


@pytest.mark.parametrize(
    ("number", "holds"), [("4539148803436418", True), ("4539148803436417", False), ("378282246310005", True)]
)
def test_luhn(number: str, holds: bool) -> None:  # noqa: FBT001
    """ISO/IEC 7812: the last digit follows from the others."""
    assert luhn_holds(number) is holds


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("打13905718866", "打[PHONE]"),
        ("+86 139-0571-8866", "[PHONE]"),
        ("座机(0571)88220066转802", "座机[PHONE]"),
        ("+852 9123 4567", "[PHONE]"),
        ("my number is (415) 555-0132", "my number is [PHONE]"),
        ("ring 07700 900461", "ring [PHONE]"),
        ("身份证330106199003072415", "身份证[ID_CARD]"),
        ("身份证330106199003072414", "身份证[ID_CARD]"),
        ("老证号110105491231002", "老证号[ID_CARD]"),
        ("转到6217 0013 1009 8765 437", "转到[BANK_CARD]"),
        ("转到6228480012345678903", "转到[BANK_CARD]"),
        ("the amex 3782 822463 10005", "the amex [BANK_CARD]"),
        ("幺三八零零零零幺二三四 一个月了", "[PHONE] 一个月了"),
        ("幺三八二六零四 不对 幺三八二六零三七七四幺", "[PHONE]"),
        ("5分钟内打13905718866", "5分钟内打[PHONE]"),
    ],
)
def test_numbers_go(said: str, left: str) -> None:
    """A number goes with its country code, brackets and extension, and nothing beside it."""
    assert redact(said) == [left]


@pytest.mark.parametrize(
    "said",
    [
        "请拨打10010或者95588,12315也行",
        "a:我们的热线400-820-8820,或者800 810 8888",
        "a:请致电售后0571-88220066",
        "a:例如要呼转到13800000000,就按**21*13800000000#",
        "订单号20240618123456789",
        "订单 4539148803436418",
        "运单SF1381234567890",
        "单号YT8837021956",
        "充了100到账98,规格6、30、98、198、328、648",
        "2015-03-31 18:52:06下的单",
        "版本3.2.7.1077",
        "路由器192.168.100.10",
        "尾号七七四幺",
        "工号八六六",
        "手机尾号3344",
        "前六位330106",
        "98xxxxxx12",
        "138****8866",
        "call us on 0800 123 4567 or 1-800-555-0199",
        "order number four four two eight eight one seven nine oh two",
        "tracking number 1Z999AA10123456784",
        "one two three four five times",
        "验证码等了60秒没收到",
        "密码输错5次",
        "验证码是6位数字",
    ],
)
def test_other_numbers_stay(said: str) -> None:
    """Orders, prices, dates, versions, hotlines, last digits and work ids are nobody's."""
    assert redact(said) == [said.removeprefix("a:")]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (("幺三八", "a:嗯", "二六零三", "a:您继续", "七七四幺"), ("[PHONE]", "嗯", "[PHONE]", "您继续", "[PHONE]")),
        (("幺三八", "a:幺三八", "二六零三", "a:二六零三", "七七四幺"), ("[PHONE]",) * 5),
        (("a:您的号码是幺三八", "对", "a:二六零三", "对", "a:七七四幺"), ("您的号码是[PHONE]", "对", "[PHONE]", "对", "[PHONE]")),
        (("six one seven", "a:yep", "five five five oh one", "a:ok", "nine nine"), ("[PHONE]", "yep", "[PHONE]", "ok", "[PHONE]")),
        (("身份证三三零幺零六", "a:好", "幺九九零零三零七", "a:嗯", "二四幺五"), ("身份证[ID_CARD]", "好", "[ID_CARD]", "嗯", "[ID_CARD]")),
        (("a:麻烦念一下验证码", "四四二", "a:嗯", "幺零九"), ("麻烦念一下验证码", "[CODE]", "嗯", "[CODE]")),
    ],
)  # fmt: skip
def test_pieces_over_turns_go(said: tuple[str, ...], left: tuple[str, ...]) -> None:
    """A number read in pieces goes wherever its pieces stand, and so do the other side's echoes."""
    assert redact(*said) == list(left)


@pytest.mark.parametrize("afterwards", ["五八", "我要 三 五", "三"])
def test_a_digit_or_two_go_with_a_number_of_their_own_turn_only(afterwards: str) -> None:
    """What is said in the turn after a whole number is something else."""
    assert redact("幺三八二六零三七七四幺 三") == ["[PHONE]"]
    assert redact("幺三八二六零三七七四幺", afterwards) == ["[PHONE]", afterwards]


@pytest.mark.parametrize(
    "said",
    [("一百三十八", "a:好", "二六零三"), ("充100", "a:好的", "送20"), ("8815 两张", "a:嗯", "99块一张")],
)
def test_unrelated_digits_are_not_put_together(said: tuple[str, ...]) -> None:
    """Digits of several turns that make no number stay."""
    assert redact(*said) == [text.removeprefix("a:") for text in said]


@pytest.mark.parametrize(
    ("asked", "said", "left"),
    [
        ("a:请念一下验证码", "四四二幺零九", "[CODE]"),
        ("a:服务密码是多少", "幺九八六零四", "[PASSWORD]"),
        ("a:安全码是背面三位", "三七二", "[CODE]"),
        ("a:留个电话吧", "8822 0066", "[PHONE]"),
        ("a:护照号多少", "E 三八二零零幺九四", "[PASSPORT]"),
        ("a:订单号多少", "8822 0066", "8822 0066"),
        ("a:请念一下验证码", "我等了3200秒", "我等了3200秒"),
        ("a:身份证后四位", "幺零幺叉", "[ID_CARD]"),
        ("a:卡的尾号多少", "三三四四", "三三四四"),
    ],
)
def test_answers_are_what_was_asked_for(asked: str, said: str, left: str) -> None:
    """Digits without a shape of their own are what the other side asked for."""
    assert redact(asked, said) == [asked.removeprefix("a:"), left]


def test_a_number_goes_when_it_is_said_again() -> None:
    """What was personal once is personal later, where nothing around it says so."""
    assert redact("我家电话88220066", "a:好的", "嗯", "a:还有吗", "是88220066") == [
        "我家电话[PHONE]", "好的", "嗯", "还有吗", "是[PHONE]"
    ]  # fmt: skip


def test_a_voice_reads_on_before_roles_are_known() -> None:
    """Where nobody has told agent and customer apart yet, pieces of one voice belong together."""
    said = [("left", "幺三八"), ("right", "好的"), ("left", "二六零三七七四幺")]
    turns = tuple(Turn(speaker="unknown", voice=voice, text=text) for voice, text in said)
    (redacted,) = Redactor().redact([Conversation(id="c", turns=turns)])
    assert [turn.text for turn in redacted.conversation.turns] == ["[PHONE]", "好的", "[PHONE]"]
