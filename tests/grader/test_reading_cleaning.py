"""The cleaner: whatever a format or a caller gives becomes a clean conversation, or is refused with the field's name."""

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from grader.conversation import Conversation
from grader.problems import InputError
from grader.reading import conversation_from
from grader.reading.cleaning import MAX_TURNS
from grader.reading.turns import MAX_TEXT


def clean(data: Any) -> Conversation:
    """Clean what came in line 3 of a file."""
    return conversation_from(data, source="chats/day1.jsonl", place="line 3")


def one(**turn: Any) -> Conversation:
    """Clean a conversation of one turn."""
    return clean({"id": "c", "turns": [{"speaker": "agent", "text": "您好"} | turn]})


def refusal(data: Any) -> InputError:
    """Clean what must be refused, and give the refusal."""
    with pytest.raises(InputError) as caught:
        clean(data)
    return caught.value


def test_the_contract_comes_through_whole() -> None:
    """Every field of the contract is kept as it was given."""
    given = {
        "id": "c-1",
        "channel": "call",
        "language": "zh",
        "started_at": "2026-11-20T09:30:00+08:00",
        "agent": {"id": "a-17", "team": "returns"},
        "customer": {"id": "k-9"},
        "queue": "vip",
        "direction": "inbound",
        "metadata": {
            "answer_delay": 12.0,
            "customer_rating": 4,
            "agent_channel": "left",
            "order": {"total": 3},
        },
        "recording": "calls/c-1.wav",
        "turns": [
            {
                "speaker": "agent",
                "text": "您好",
                "start": 0.5,
                "end": 1.5,
                "words": [{"text": "您", "start": 0.5, "end": 1.0, "probability": 0.9}],
            }
        ],
        "extra": "left out",
    }
    conversation = clean(given)
    assert json.loads(conversation.model_dump_json(exclude_defaults=True)) == {
        key: value for key, value in given.items() if key != "extra"
    }
    assert conversation.remarks == ()


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        (5, None, "an object"),
        ({"foo": 1, "bar": 2}, None, "foo, bar"),
        ({"turns": "hello"}, "turns", "a list"),
        ({"turns": 7}, "turns", "a list"),
        ({"turns": [5]}, "turns[0]", "an object"),
        ({"turns": [{"speaker": "agent"}]}, "turns[0].text", "missing"),
        ({"turns": [{"speaker": "agent", "text": 5}]}, "turns[0].text", "a number (5)"),
        ({"turns": [{"speaker": 3, "text": ""}]}, "turns[0].speaker", "a number (3)"),
        ({"turns": [{"text": "", "start": "12"}]}, "turns[0].start", "a string ('12')"),
        ({"turns": [{"text": "", "end": True}]}, "turns[0].end", "true or false"),
        ({"turns": [{"text": "", "sent_at": 5}]}, "turns[0].sent_at", "ISO 8601"),
        ({"turns": [{"text": "", "words": "x"}]}, "turns[0].words", "a list"),
        ({"turns": [{"text": "", "words": [3]}]}, "turns[0].words[0]", "an object"),
        (
            {"turns": [{"text": "", "words": [{"start": 1.0, "end": 2.0}]}]},
            "turns[0].words[0].text",
            "missing",
        ),
        ({"turns": [{"text": "", "voice": 4}]}, "turns[0].voice", "a string"),
        ({"turns": [], "id": 1.5}, "id", "a string"),
        ({"turns": [], "id": "x" * 600}, "id", "600 characters"),
        ({"turns": [], "channel": 3}, "channel", "a string"),
        ({"turns": [], "agent": "a-17"}, "agent", "an object with id and team"),
        ({"turns": [], "agent": {"team": []}}, "agent.team", "a list"),
        ({"turns": [], "queue": {}}, "queue", "an object"),
        ({"turns": [], "metadata": []}, "metadata", "an object"),
        ({"turns": [], "started_at": 12}, "started_at", "a number (12)"),
        ({"recording": 5}, "recording", "a number (5)"),
        ({"turns": [], "role_confidence": 3}, "role_confidence", "0 to 1"),
        ({"turns": [], "transcription": "x"}, "transcription", "an object"),
        ({"turns": [{"text": ""}] * (MAX_TURNS + 1)}, "turns", "100,001 turns"),
    ],
)
def test_wrong_types_are_refused_by_name(data: Any, field: str | None, words: str) -> None:
    """The problem names the source, the place with the field, what was given, and what to do."""
    problem = refusal(data).problem
    assert problem.source == "chats/day1.jsonl"
    assert problem.place == ("line 3" if field is None else f"line 3, {field}")
    assert words in problem.problem
    assert problem.problem.endswith(".")
    assert problem.remedy.endswith(".")


@pytest.mark.parametrize(
    "data",
    [
        {"customer": "王小明 13812345678", "turns": []},
        {"turns": ["我的密码是abc12345"]},
        {"turns": [{"text": "好", "start": "身份证110101199003074258"}]},
        {"13812345678": "退货", "身份证110101199003074258": "是"},
        {"电话 " * 65 + "13812345678": "退货"},
    ],
)
def test_what_was_given_is_told_without_personal_data(data: Any) -> None:
    """The problem repeats neither numbers nor passwords, whole or cut, of values, keys or the file's name."""
    with pytest.raises(InputError) as caught:
        conversation_from(data, source="calls/13812345678.json", place=None)
    assert not re.search("138|1101|abc12345", str(caught.value))
    assert caught.value.problem.source == "calls/[PHONE].json"


@pytest.mark.parametrize(
    ("given", "kept", "remark"),
    [
        ("a\x00b\x07c\x9f", "abc", "Control characters"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd", "Control characters"),
        ("a\tb\nc", "a\tb\nc", None),
        ("微\u200b信\u202e", "微信", "Control characters"),
        ("x\ud800y\udfff", "x�y�", "Broken characters"),
        ("👩\u200d👧", "👩\u200d👧", None),
        ("您\u3000好", "您\u3000好", None),
        ("", "", None),
        ("长" * (MAX_TEXT + 5), "长" * MAX_TEXT, "20,000 characters were cut"),
    ],
)
def test_text_is_cleaned(given: str, kept: str, remark: str | None) -> None:
    """Invisible characters go, broken ones are marked, long turns are cut; each with a remark."""
    conversation = one(text=given)
    assert conversation.turns[0].text == kept
    if remark is None:
        assert conversation.remarks == ()
    else:
        assert remark in conversation.remarks[0]


@pytest.mark.parametrize(
    ("start", "end", "kept", "remark"),
    [
        (1, 2, (1.0, 2.0), None),
        (None, 3.0, (None, 3.0), None),
        (math.nan, 2.0, (None, 2.0), "no numbers"),
        (1.0, math.inf, (1.0, None), "too large"),
        (-1.0, 2.0, (None, 2.0), "Negative"),
        (-math.inf, 2.0, (None, 2.0), "Negative"),
        (5.0, 4.0, (5.0, None), "before the start"),
        (1_700_000_000_000, None, (None, None), "too large"),
        (10**400, None, (None, None), "too large"),
        (-(10**400), None, (None, None), "Negative"),
    ],
)
def test_impossible_times_are_dropped(
    start: float | None, end: float | None, kept: tuple[float | None, float | None], remark: str | None
) -> None:
    """NaN, infinite, negative, absurd and reversed times are dropped, with a remark that names the turn."""
    conversation = one(start=start, end=end)
    assert (conversation.turns[0].start, conversation.turns[0].end) == kept
    assert (conversation.remarks == ()) if remark is None else (remark in conversation.remarks[0])
    assert remark is None or "turns[0]" in conversation.remarks[0]


def test_turns_out_of_order_are_sorted_stably() -> None:
    """Turns follow their start; those at the same time and those without keep their order; overlaps are kept."""
    given = [("a", 5.0), ("b", 1.0), ("c", None), ("d", 1.0), ("e", 3.0)]
    turns = [{"speaker": "agent", "text": text, "start": start} for text, start in given]
    conversation = clean({"turns": turns})
    assert [turn.text for turn in conversation.turns] == ["b", "c", "d", "e", "a"]
    assert conversation.remarks == ("Turns stood out of order at 1 place; they were sorted by time.",)


def test_overlapping_turns_stay() -> None:
    """People speak at once: that is no fault."""
    turns = [{"text": "a", "start": 0.0, "end": 9.0}, {"text": "b", "start": 1.0, "end": 2.0}]
    conversation = clean({"turns": turns})
    assert [turn.end for turn in conversation.turns] == [9.0, 2.0]
    assert conversation.remarks == ()


def test_messages_are_sorted_by_time_sent() -> None:
    """Without starts, the times at which messages were sent order them, across zones."""
    turns = [
        {"text": "later", "sent_at": "2026-11-20T09:30:00Z"},
        {"text": "first", "sent_at": "2026-11-20T10:00:00+08:00"},
    ]
    assert [turn.text for turn in clean({"turns": turns}).turns] == ["first", "later"]


@pytest.mark.parametrize(
    ("given", "read", "remark"),
    [
        ("2026-11-20T09:30:00Z", datetime(2026, 11, 20, 9, 30, tzinfo=UTC), None),
        ("2026-11-20T17:30:00+08:00", datetime(2026, 11, 20, 9, 30, tzinfo=UTC), None),
        ("2026-11-20 09:30", datetime(2026, 11, 20, 9, 30, tzinfo=UTC), "UTC"),
        ("2026/11/20 9:30:05", datetime(2026, 11, 20, 9, 30, 5, tzinfo=UTC), "UTC"),
        ("2026年11月20日 9时30分", datetime(2026, 11, 20, 9, 30, tzinfo=UTC), "UTC"),
        ("20261120093000", datetime(2026, 11, 20, 9, 30, tzinfo=UTC), "UTC"),
        ("Fri, 20 Nov 2026 17:30:00 +0800", datetime(2026, 11, 20, 9, 30, tzinfo=UTC), None),
        ("yesterday", None, "could not be read"),
        ("0001-01-01T00:00:00Z", None, "could not be read"),
        ("2026-13-45", None, "could not be read"),
        ("", None, "could not be read"),
    ],
)
def test_points_in_time(given: str, read: datetime | None, remark: str | None) -> None:
    """Common ways to write a time are read; one without a zone is taken as UTC; an impossible one is dropped."""
    conversation = one(sent_at=given)
    assert conversation.turns[0].sent_at == read
    assert (conversation.remarks == ()) if remark is None else (remark in conversation.remarks[0])


@pytest.mark.parametrize(
    ("given", "speaker", "voice"),
    [
        ("agent", "agent", None),
        ("Agent", "agent", None),
        ("AGENT_2", "agent", None),
        ("坐席", "agent", None),
        ("客服小王", "agent", None),
        ("客户经理", "agent", None),
        *[
            (name, "agent", None)
            for name in ("客户支持", "用户服务", "会员服务中心", "买家客服小李", "顾客关怀")
        ],
        *[
            (name, "agent", None)
            for name in ("Customer Care", "Client Services", "User Support", "Guest-Services 2")
        ],
        *[
            (name, "agent", None)
            for name in ("Customer Service Rep", "Customer Support Agent", "Customer Care Team")
        ],
        *[(name, "agent", None) for name in ("Customer Agent", "Tech Support", "Sales Advisor")],
        ("helpdesk", "agent", None),
        ("Rep 3", "agent", None),
        ("客户（尾号 1234）", "customer", None),
        ("用户", "customer", None),
        ("Customer Jane", "customer", None),
        ("会员王女士", "customer", None),
        ("user", "customer", None),
        ("ivr", "bot", None),
        ("智能客服", "bot", None),
        ("Support Bot", "bot", None),
        ("Agent Bot 1", "bot", None),
        ("AI Agent", "bot", None),
        ("客服机器人", "bot", None),
        ("系统消息", "system", None),
        ("SPEAKER_00", "unknown", "SPEAKER_00"),
        ("张三", "unknown", "张三"),
        ("  ", "unknown", None),
        (None, "unknown", None),
    ],
)
def test_speakers(given: str | None, speaker: str, voice: str | None) -> None:
    """Other systems' names for the roles are understood; a name that says no role becomes that of a voice."""
    turn = one(speaker=given).turns[0]
    assert (turn.speaker, turn.voice) == (speaker, voice)


@pytest.mark.parametrize(
    ("data", "channel"),
    [
        ({"turns": [{"text": "", "start": 1.0}]}, "call"),
        ({"recording": "a.wav"}, "call"),
        ({"turns": [{"text": "", "sent_at": "2026-11-20T09:30:00Z"}]}, "chat"),
        ({"turns": [{"text": ""}]}, "chat"),
        ({"turns": []}, "chat"),
        ({"turns": [{"text": ""}], "subject": "Refund"}, "email"),
        ({"turns": [{"text": "", "from": "jane@example.com"}]}, "email"),
        ({"turns": [{"text": "", "start": 1.0}], "channel": "chat"}, "chat"),
        ({"turns": [], "channel": "电话"}, "call"),
        ({"turns": [], "channel": "VOICE"}, "call"),
        ({"turns": [], "channel": "邮件"}, "email"),
    ],
)
def test_the_channel_is_guessed_where_it_is_missing(data: dict[str, Any], channel: str) -> None:
    """Times of speech mean a call, subject or sender an e-mail, anything else a chat; what is given goes before."""
    assert clean(data).channel == channel


def test_values_that_are_not_understood_are_left_out() -> None:
    """An unknown channel, direction or language is no reason to refuse a conversation."""
    conversation = clean(
        {"turns": [], "channel": "pigeon", "direction": "sideways", "language": "Klingonese"}
    )
    assert (conversation.channel, conversation.direction, conversation.language) == ("chat", None, None)
    assert conversation.remarks == (
        "Values that are not understood were left out (channel, language, direction).",
    )


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ("zh-CN", "zh"),
        ("zh_Hans", "zh"),
        ("普通话", "zh"),
        ("cmn", "zh"),
        ("English", "en"),
        ("yue", "yue"),
        ("und", None),
    ],
)
def test_languages(given: str, language: str | None) -> None:
    """Names, tags and codes of languages become ISO 639 codes."""
    assert clean({"turns": [], "language": given}).language == language


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"answer_delay": 12}, {"answer_delay": 12.0}),
        ({"answer_delay": "00:01:05"}, {"answer_delay": 65.0}),
        ({"answer_delay": "18秒"}, {"answer_delay": 18.0}),
        ({"answer_delay": -3}, {}),
        ({"answer_delay": math.nan}, {}),
        ({"customer_rating": "5"}, {"customer_rating": 5}),
        ({"customer_rating": 4.5}, {"customer_rating": 4.5}),
        ({"customer_rating": "满意"}, {"customer_rating": "满意"}),
        ({"customer_rating": []}, {}),
        ({"agent_channel": "左"}, {"agent_channel": "left"}),
        ({"agent_channel": "R"}, {"agent_channel": "right"}),
        ({"agent_channel": 0}, {"agent_channel": "left"}),
        ({"agent_channel": "auto"}, {"agent_channel": "auto"}),
        ({"agent_channel": "middle"}, {}),
    ],
)
def test_the_metadata_in_use_has_one_form(given: dict[str, Any], kept: dict[str, Any]) -> None:
    """``answer_delay`` is in seconds, a rating a number where it is one, ``agent_channel`` a side; nonsense is dropped."""
    conversation = clean({"turns": [], "metadata": given})
    assert conversation.metadata == kept
    assert bool(conversation.remarks) == (not kept)


def test_metadata_can_always_be_written_again() -> None:
    """Nesting bombs, huge numbers, NaN, broken characters and odd types do not reach the outputs."""
    deep: dict[str, Any] = {}
    level = deep
    for _ in range(500):
        level["in"] = {}
        level = level["in"]
    given = {
        "deep": deep,
        "nan": math.nan,
        "big": 10**30,
        "bad\ud800": "\x00\udfff",
        "set": {1},
        "long": [1, (2,)],
    }
    conversation = clean({"turns": [], "metadata": given})
    written = json.loads(conversation.model_dump_json())["metadata"]
    assert written["big"] == "1" + "0" * 30
    assert written["bad�"] == "�"
    assert written["nan"] is None
    assert written["set"] is None
    assert written["long"] == [1, [2]]
    assert "cannot be stored" in conversation.remarks[0]


def test_words_without_times_are_dropped() -> None:
    """A word needs both times; probabilities outside 0 to 1 are no probabilities; ends are not before starts."""
    words = [
        {"text": "a", "start": 0.0, "end": 0.5, "probability": 0.5},
        {"text": "b"},
        {"text": "c", "start": 1, "end": 0, "probability": 7},
        {"text": "d\x00", "start": 1.0, "end": math.nan},
    ]
    conversation = one(words=words)
    assert [(w.text, w.start, w.end, w.probability) for w in conversation.turns[0].words] == [
        ("a", 0.0, 0.5, 0.5),
        ("c", 1.0, 1.0, None),
    ]
    assert any("Words without times" in remark for remark in conversation.remarks)


@pytest.mark.parametrize(
    ("source", "place", "given", "read"),
    [
        ("chats/day1.jsonl", "line 3", None, "day1-3"),
        ("chats/day1.json", None, "", "day1"),
        ("a/b.xlsx", "sheet Jan 2026, row 7", None, "b-7"),
        ("a.jsonl", "line 3, item 2", "  ", "a-3-2"),
        ("a.jsonl", "line 3", 1001, "1001"),
        ("a.jsonl", "line 3", " c\x00-1 ", "c-1"),
    ],
)
def test_a_missing_id_is_derived(source: str, place: str | None, given: object, read: str) -> None:
    """The id comes from the file's name and the position; numbers are taken as their digits."""
    assert conversation_from({"id": given, "turns": []}, source=source, place=place).id == read


def test_remarks_name_few_places_and_count_the_rest() -> None:
    """One sentence for one kind of repair, however many turns it concerns."""
    conversation = clean({"turns": [{"text": "a\x00"} for _ in range(10)]})
    assert conversation.remarks == (
        "Control characters were removed (turns[0], turns[1], turns[2] and 7 more).",
    )


def test_ten_thousand_turns_are_taken() -> None:
    """A very long conversation is graded like any other."""
    turns = [{"speaker": "agent", "text": "好的", "start": float(index)} for index in range(10_000)]
    assert len(clean({"turns": turns}).turns) == 10_000


def test_empty_turns_keep_their_place() -> None:
    """Pictures and emoji leave empty turns, so that indexes agree with the input's."""
    conversation = clean({"turns": [{"text": "a"}, {"text": ""}, {"text": "b"}]})
    assert [turn.text for turn in conversation.turns] == ["a", "", "b"]
