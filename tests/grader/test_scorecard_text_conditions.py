"""Conditions on words: keywords, patterns, similar sentences."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scorecard_making import agent, customer, find, observed, places

from grader.scorecard.similarity import Example, Letters
from grader.text import fold

CALL = observed(
    agent("您好，請問有什麼可以幫您"),
    customer("我要退款，退款申请提交了三天"),
    agent("I'm SORRY to hear that — sorry, the refund-team is on it"),
    customer("sorryful 是什么"),
    agent("抱歉，退款明天到账，请放心"),
)


@pytest.mark.parametrize(
    ("keywords", "probability", "hits"),
    [
        ({"any": ["退款"]}, 1, [(1, 2, 4), (1, 5, 7), (4, 3, 5)]),
        ({"any": "退款"}, 1, [(1, 2, 4), (1, 5, 7), (4, 3, 5)]),
        ({"any": ["退款", "退款申请"]}, 1, [(1, 2, 4), (1, 5, 9), (4, 3, 5)]),
        ({"any": ["请问有什么可以帮您"]}, 1, [(0, 3, 12)]),
        ({"any": ["Sorry"]}, 1, [(2, 4, 9), (2, 25, 30)]),
        ({"any": ["i'm sorry"]}, 1, [(2, 0, 9)]),
        ({"any": ["没有的话"]}, 0, []),
        ({"all": ["抱歉", "到账"]}, 1, [(4, 0, 2), (4, 7, 9)]),
        ({"all": ["您好", "到账"]}, 0, []),
        ({"all": ["您好", "到账"], "same_turn": False}, 1, [(0, 0, 2), (4, 7, 9)]),
        ({"all": ["退款", "退款申请"]}, 1, [(1, 2, 4), (1, 5, 9)]),
        ({"at_least": {"n": 2, "of": ["抱歉", "到账", "工单"]}}, 1, [(4, 0, 2), (4, 7, 9)]),
        ({"at_least": {"n": 3, "of": ["抱歉", "到账", "工单"]}}, 0, []),
        ({"at_least": {"n": 2, "of": ["您好", "到账"]}, "same_turn": False}, 1, [(0, 0, 2), (4, 7, 9)]),
        ({"at_least": {"n": 1, "of": ["您好", "到账"]}}, 1, [(0, 0, 2), (4, 7, 9)]),
        ({"none": ["保证", "绝对"]}, 1, []),
        ({"none": ["保证", "抱歉"]}, 0, []),
    ],
)
def test_keywords(keywords: dict[str, Any], probability: float, hits: list[tuple[int, int, int]]) -> None:
    """Any, all, none and n of several are found in folded text, Latin words as words, all of them in one turn."""
    finding = find(CALL, {"keywords": keywords})
    assert finding.probability == probability
    assert places(finding) == hits
    assert finding.searched == (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("text", "keyword", "found"),
    [
        ("thank  you", "thank you", True),
        ("i’m here", "i'm", True),
        ("I'm here", "i’m", True),
        ("classic", "class", False),
        ("class5", "class", False),
        ("用VIP卡", "vip", True),
        ("a vip卡", "vip卡", True),
        ("xvip卡", "vip卡", True),
        ("c++", "c++", True),
        ("（退款）", "(退款)", True),
    ],
)
def test_latin_keywords_stand_as_words(text: str, keyword: str, found: bool) -> None:  # noqa: FBT001
    """A Latin keyword is no part of a longer word; Chinese is not divided into words."""
    assert find(observed(agent(text)), {"keywords": {"any": [keyword]}}).probability == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请把验证码告诉我", ["验证码告诉我"]),
        ("不要把验证码告诉我", []),
        ("不要着急。请把验证码告诉我", ["验证码告诉我"]),
        ("验证码告诉我，密码也告诉我", ["验证码告诉我", "密码也告诉我"]),
        ("验证码告诉我！密码不要告诉我", ["验证码告诉我"]),
        ("Please read it. 验证码告诉我 不要", []),
    ],
)
def test_patterns_leave_out_what_an_exclusion_takes_away(text: str, found: list[str]) -> None:
    """An exclusion counts within the same sentence; where nothing ends sentences, in the whole turn."""
    condition = {"pattern": {"regex": "(?:验证码|密码).?告诉我", "unless": ["不要"]}}
    finding = find(observed(agent(text)), condition)
    assert [text[hit.start : hit.end] for hit in finding.hits] == found
    assert finding.probability == bool(found)


def test_patterns_search_the_beginning_of_endless_turns() -> None:
    """What stands beyond 20,000 characters of a turn is not searched."""
    condition = {"pattern": {"regex": "退款"}}
    assert find(observed(agent("啊" * 19_990 + "退款")), condition).probability == 1
    assert find(observed(agent("啊" * 20_000 + "退款")), condition).probability == 0


@pytest.mark.parametrize(
    ("text", "example", "at_least", "found"),
    [
        ("请问还有其他可以帮到您的吗", "请问还有其他可以帮到您的吗", 1.0, "请问还有其他可以帮到您的吗"),
        ("好的，请问还有其他可以帮您的吗？再见", "请问还有其他可以帮到您的吗", 0.7, "请问还有其他可以帮您的吗"),
        ("请 问 还有其他 可以帮到 您的吗", "请问还有其他可以帮到您的吗", 1.0, "请 问 还有其他 可以帮到 您的吗"),
        ("您的快递已经签收", "请问还有其他可以帮到您的吗", 0.3, None),
        ("Is there anything else I can help with?", "is there anything else I can help you with", 0.8, "Is there anything else I can help with"),
        ("your parcel was signed for on Monday", "is there anything else I can help you with", 0.4, None),
        ("好", "请问还有其他可以帮到您的吗", 0.1, None),
        ("", "请问还有其他可以帮到您的吗", 0.1, None),
    ],
)  # fmt: skip
def test_similar_sentences(text: str, example: str, at_least: float, found: str | None) -> None:
    """The stretch most like an example is found; punctuation and spaces make no difference."""
    finding = find(observed(agent(text)), {"similar": {"to": [example], "at_least": at_least}})
    assert [text[hit.start : hit.end] for hit in finding.hits] == ([found] if found else [])


@settings(deadline=None)
@given(
    st.text("请问您好退款明天到账 ,。ab", max_size=40), st.text("请问您好退款明天", min_size=4, max_size=12)
)
def test_likeness_is_a_cosine(text: str, example: str) -> None:
    """It lies between 0 and 1, is 1 for the sentence itself, and marks a stretch of the text."""
    likeness = Example(example).likeness(Letters(fold(text)))
    assert 0 <= likeness.cosine <= 1 + 1e-9
    assert 0 <= likeness.start <= likeness.end <= len(text)
    assert Example(example).likeness(Letters(fold(f"。{example}！"))).cosine == pytest.approx(1)
