"""The shipped turn labels: obvious cases in both languages, and the promises of the interface."""

import math
from collections.abc import Iterator
from typing import Any

import pytest

from grader.codebook import (
    AGENT_LEVELS,
    CUSTOMER_FLAGS,
    EMOTIONS,
    NUGGETS,
    OUTCOME_LEVELS,
    OUTCOMES,
    PROBLEM,
    VIOLATIONS,
)
from grader.conversation import Conversation, Turn
from grader.text import fold
from models import turns
from models.interfaces import ConversationLabels
from models.turns.classifier import BlendedTurnClassifier
from models.turns.heads import HEADS


@pytest.fixture(scope="module")
def classifier() -> BlendedTurnClassifier:
    """Load the shipped weights."""
    return turns.load()


def talk(language: str, *said: str, channel: Any = "chat") -> Conversation:
    """Make a folded conversation of turns written as ``c: text`` or ``a: text``."""
    speakers: dict[str, Any] = {"c": "customer", "a": "agent", "b": "bot", "s": "system"}
    made = [Turn(speaker=speakers[one[0]], text=fold(one[3:])) for one in said]
    return Conversation(id="t", channel=channel, language=language, turns=tuple(made))


def likeliest(distribution: Any) -> str:
    """Give the value with the greatest probability."""
    return max(distribution, key=distribution.get)


def distributions(labels: ConversationLabels) -> Iterator[dict[str, float]]:
    """Give every distribution that must sum to 1, with those of yes and no that flags and violations are."""
    yield from labels.outcome.values()
    for turn in labels.turns:
        for name, value in turn.items():
            if isinstance(value, float):
                yield {"yes": value, "no": 1 - value}
            elif name == "violation":
                yield from ({"yes": one, "no": 1 - one} for one in value.values())
            else:
                yield value


MANDARIN = talk(
    "zh",
    "c: 你们这什么破网络，三天断了五次，再不修我就去工信部投诉！",
    "a: 您好，非常抱歉给您带来不便，请您私信提供一下手机号，24小时内会有专员给您回电。",
    "c: 好的，已经可以上网了，谢谢！",
    "a: 不客气，祝您生活愉快！",
)
ENGLISH = talk(
    "en",
    "c: This is ridiculous, it broke again and nobody calls back. I will report you to the ombudsman!",
    "a: I'm so sorry about this. Could you please give me your order number? I will call you back within 24 hours.",
    "c: That worked, thank you so much!",
)


@pytest.mark.parametrize("conversation", [MANDARIN, ENGLISH], ids=["zh", "en"])
def test_obvious_turns_are_labelled_as_anybody_would(
    classifier: BlendedTurnClassifier, conversation: Conversation
) -> None:
    """Anger and escalation, an apology with a question and a time limit, and thanks for what works."""
    angry, reply, settled = classifier.predict([conversation])[0].turns[:3]
    assert likeliest(angry["emotion"]) in {"-1", "-2"}
    assert float(angry["escalation"]) > 0.5
    assert float(angry["resolved"]) < 0.5
    assert likeliest(reply["empathy"]) != "0"
    assert likeliest(reply["follow_up"]) == "2"
    assert likeliest(reply["solution"]) != "0"
    assert likeliest(reply["courtesy"]) == "2"
    assert likeliest(settled["emotion"]) in {"0", "1"}
    assert float(settled["resolved"]) > float(angry["resolved"])


@pytest.mark.parametrize(
    ("language", "said", "clean", "code"),
    [
        ("zh", "您把刚收到的短信验证码报给我一下", "验证码您自己输入就行，不要告诉任何人", "privacy"),
        ("zh", "我跟您打包票，百分之百解决，以后绝对不会再坏", "修好以后有问题您随时联系我们", "overpromise"),
        ("zh", "您加我个人微信，钱直接转给我，不走公司", "您在官方小程序里付款就可以", "off_platform"),
        ("zh", "这还不是怪你自己，谁让你乱点的", "这种情况一般是系统升级引起的", "blame"),
        (
            "en",
            "just read me the one time code and the card number",
            "please never share your code with us",
            "privacy",
        ),
        (
            "en",
            "i guarantee you a hundred per cent it will never break again",
            "it has a two year warranty",
            "overpromise",
        ),
        ("en", "skip the app and pay my personal paypal", "please pay in the app as usual", "off_platform"),
        (
            "en",
            "that's your own fault you should have read it",
            "this is usually caused by an update",
            "blame",
        ),
    ],
)
def test_a_violation_outranks_its_look_alike(
    classifier: BlendedTurnClassifier, language: str, said: str, clean: str, code: str
) -> None:
    """The turn that breaks the rule gets a much greater probability than the one that only sounds like it."""
    opening = "c: 我这个怎么办" if language == "zh" else "c: what can i do about it"
    bad, good = classifier.predict(
        [talk(language, opening, f"a: {text}", channel="call") for text in (said, clean)]
    )
    hit: Any = bad.turns[1]["violation"]
    miss: Any = good.turns[1]["violation"]
    assert hit[code] > 0.2
    assert hit[code] > 3 * miss[code]


def test_every_distribution_sums_to_one(classifier: BlendedTurnClassifier) -> None:
    """Also for empty text, emoji, a lone surrogate, another script and a very long turn."""
    odd = talk("zh", "c: ", "a: 😀😀", "a: " + "退款" * 10_000, "c: ありがとう", "b: 机器人", "a: [phone]")
    broken = Conversation(id="t", language="en", turns=(Turn(speaker="customer", text="broken \ud800 text"),))
    for labels in classifier.predict([odd, broken, MANDARIN, ENGLISH]):
        for distribution in distributions(labels):
            assert math.fsum(distribution.values()) == pytest.approx(1, abs=1e-9)
            assert all(0 <= value <= 1 for value in distribution.values())


def test_labels_are_those_of_the_codebook(classifier: BlendedTurnClassifier) -> None:
    """Names and values agree with ``grader.codebook``; a bot's and the system's turns stay empty."""
    labels = classifier.predict([talk("zh", "c: 你好", "a: 您好", "b: 排队中", "s: 会话结束")])[0]
    customer, agent, bot, system = labels.turns
    assert set(agent) == {*AGENT_LEVELS, "violation", "nugget"}
    assert set(customer) == {"emotion", *CUSTOMER_FLAGS, "nugget", PROBLEM}
    assert (bot, system) == ({}, {})
    assert {name: tuple(agent[name]) for name in AGENT_LEVELS} == AGENT_LEVELS
    assert tuple(agent["violation"]) == VIOLATIONS
    assert tuple(customer["emotion"]) == EMOTIONS
    assert tuple(agent["nugget"]) == NUGGETS["agent"]
    assert tuple(customer["nugget"]) == NUGGETS["customer"]
    assert {name: tuple(levels) for name, levels in labels.outcome.items()} == dict.fromkeys(
        OUTCOMES, OUTCOME_LEVELS
    )
    assert {head.name for head in HEADS["agent"]} == {*AGENT_LEVELS, *VIOLATIONS}


def test_a_batch_is_its_conversations(classifier: BlendedTurnClassifier) -> None:
    """One by one or together, in whatever company, a conversation gets the same labels, in order."""
    batch = [MANDARIN, ENGLISH, talk("zh"), talk("zh", "s: 会话开始"), MANDARIN, talk("fr", "c: 您好")]
    together = classifier.predict(batch)
    for conversation, labels in zip(batch, together, strict=True):
        alone = classifier.predict([conversation])[0]
        for mine, theirs in zip(distributions(labels), distributions(alone), strict=True):
            assert mine == pytest.approx(theirs, abs=1e-4)
    assert together[2].turns == ()
    assert together[2].outcome == {}
    assert together[3].turns == ({},)
    assert together[3].outcome == {}
    assert classifier.predict([]) == []


def test_labels_of_the_codebook_do_not_look_ahead(classifier: BlendedTurnClassifier) -> None:
    """What is said later changes nuggets, outcome and whether there is a problem at most."""
    short = talk("zh", "c: 我的快递呢", "a: 您好，我帮您查一下")
    longer = talk("zh", "c: 我的快递呢", "a: 您好，我帮您查一下", "c: 滚！我要投诉", "a: 抱歉")
    before, after = (classifier.predict([one])[0].turns for one in (short, longer))
    for one, other in zip(before, after, strict=False):
        for name in one.keys() - {"nugget", PROBLEM}:
            assert one[name] == pytest.approx(other[name], abs=1e-5)


def test_ten_thousand_turns_are_one_conversation(classifier: BlendedTurnClassifier) -> None:
    """A very long conversation is labelled like any other."""
    labels = classifier.predict([talk("zh", *["c: 你好", "a: 您好"] * 5000)])[0]
    assert len(labels.turns) == 10_000
    assert likeliest(labels.turns[-1]["empathy"]) == "0"


@pytest.mark.parametrize(
    ("conversation", "turn", "label", "words"),
    [
        (MANDARIN, 0, "escalation", "工信部投诉"),
        (MANDARIN, 1, "empathy", "抱歉"),
        (MANDARIN, 1, "follow_up", "24小时内"),
        (ENGLISH, 1, "follow_up", "24 hours"),
        (ENGLISH, 0, "escalation", "ombudsman"),
    ],
)
def test_the_words_that_speak_for_a_label(
    classifier: BlendedTurnClassifier, conversation: Conversation, turn: int, label: str, words: str
) -> None:
    """The clause that earns the label is found, and it is a clause, not the turn."""
    start, end = classifier.explain([conversation])[0].words(turn, label)
    assert words in conversation.turns[turn].text[start:end]
    assert end - start < len(conversation.turns[turn].text)


def test_explaining_a_batch_is_explaining_each(classifier: BlendedTurnClassifier) -> None:
    """Labels are those of ``predict``, and each conversation's words its own, whatever else is in the batch."""
    silent = talk("zh", "b: 排队中")
    batch = [ENGLISH, MANDARIN, silent, MANDARIN]
    explained = classifier.explain(batch)
    assert [one.labels for one in explained] == classifier.predict(batch)
    for at, turn, label in [
        (0, 1, "follow_up"),
        (1, 0, "escalation"),
        (3, 1, "follow_up"),
        (3, 3, "courtesy=2"),
    ]:
        alone = classifier.explain([batch[at]])[0]
        assert explained[at].words(turn, label) == alone.words(turn, label)


@pytest.mark.parametrize("text", ["", "   ", "😀", "。。。", "退款" * 10_000, "a" * 5000, "好"])
def test_spans_lie_within_the_text(classifier: BlendedTurnClassifier, text: str) -> None:
    """Whatever the text, every label's span is a slice of it."""
    agent, customer = talk("zh", f"a: {text}"), talk("en", f"c: {text}")
    for conversation, labels in (
        (agent, [*AGENT_LEVELS, *VIOLATIONS, "courtesy=0"]),
        (customer, [*CUSTOMER_FLAGS, "emotion"]),
    ):
        for label in labels:
            start, end = classifier.explain([conversation])[0].words(0, label)
            assert 0 <= start <= end <= len(conversation.turns[0].text)


def test_a_label_the_speaker_has_not_is_refused(classifier: BlendedTurnClassifier) -> None:
    """A customer turn has no empathy, and courtesy no tenth level."""
    with pytest.raises(KeyError, match="empathy"):
        classifier.explain([MANDARIN])[0].words(0, "empathy")
    with pytest.raises(KeyError, match="courtesy=10"):
        classifier.explain([MANDARIN])[0].words(1, "courtesy=10")


@pytest.mark.parametrize(
    ("language", "said", "words", "most"),
    [
        (
            "zh",
            "好的先生那我这边看到您的订单是昨天下午下的然后仓库今天早上已经发出了请您报一下短信里的验证码我来核对",
            "验证码",
            24,
        ),
        (
            "en",
            "okay so i can see your order here it went out this morning and before i go on read me the one time code",
            "code",
            70,
        ),
    ],
)
def test_recognised_speech_is_narrowed_to_a_few_words(
    classifier: BlendedTurnClassifier, language: str, said: str, words: str, most: int
) -> None:
    """A long turn without any punctuation gives a window around what matters."""
    start, end = classifier.explain([talk(language, f"a: {said}")])[0].words(0, "privacy")
    assert words in said[start:end]
    assert end - start <= most


def test_punctuation_width_and_script_change_no_label(classifier: BlendedTurnClassifier) -> None:
    """Without marks, in full width or in traditional script the same sentence gets the same levels."""
    ways = [
        "非常抱歉，让您久等了！请您提供订单号，我们会尽快处理。",
        "非常抱歉 让您久等了 请您提供订单号 我们会尽快处理",
        "非常抱歉，讓您久等了！請您提供訂單號，我們會儘快處理。",
    ]
    said = classifier.predict([talk("zh", "c: 我的货呢", f"a: {text}") for text in ways])
    levels = [{name: likeliest(one.turns[1][name]) for name in AGENT_LEVELS} for one in said]
    assert levels[0] == levels[1] == levels[2]
