"""Captions (WebVTT, SubRip) and plain transcripts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.conversation import Conversation
from grader.problems import Problem
from grader.reading import read


def read_text(tmp_path: Path, content: str, name: str = "call.txt") -> list[Conversation | Problem]:
    """Read a file of this text."""
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return list(read([path]))


def only(items: list[Conversation | Problem]) -> Conversation:
    """Check that one conversation was read."""
    (item,) = items
    assert isinstance(item, Conversation), item
    return item


def said(conversation: Conversation) -> list[tuple[str, str]]:
    """Give who says what."""
    return [(turn.speaker, turn.text) for turn in conversation.turns]


VTT = """WEBVTT - a call

STYLE
::cue { color: red }

NOTE made by hand

intro
00:01.000 --> 00:04.000 align:left
<v Agent Li>Good <i>morning</i> &amp; welcome</v>

00:01:05.500 --> 00:01:06.000
<v.loud Customer>Where is
my parcel?

2
00:01:07.000 --> 00:01:09.000
<v Agent Li>One moment.</v> <v Bot>Searching</v>
"""


def test_webvtt_voice_tags(tmp_path: Path) -> None:
    """Voice tags name the speaker; styles, notes, settings and markup are no words; one cue may have two voices."""
    conversation = only(read_text(tmp_path, VTT, "a.vtt"))
    assert said(conversation) == [
        ("agent", "Good morning & welcome"),
        ("customer", "Where is my parcel?"),
        ("agent", "One moment."),
        ("bot", "Searching"),
    ]
    assert [(turn.start, turn.end) for turn in conversation.turns] == [(1, 4), (65.5, 66), (67, 69), (67, 69)]
    assert (conversation.id, conversation.channel, conversation.remarks) == ("a", "call", ())


def test_webvtt_cue_names(tmp_path: Path) -> None:
    """Where nothing else says who speaks, the name of the cue may."""
    content = "WEBVTT\n\nagent-1\n00:01.000 --> 00:02.000\nHello\n\ncustomer-1\n00:03.000 --> 00:04.000\nHi\n"
    assert said(only(read_text(tmp_path, content))) == [("agent", "Hello"), ("customer", "Hi")]


SRT = """1
00:00:01,000 --> 00:00:02,500
客服：您好，
请讲。

2
00:00:03,000 --> 00:00:04,000
我在听。

3
00:00:05,000 --> 00:00:06,000
- 客户：我要退货。
- 客服：好的。

4
00:00:07,000 --> 00:00:08,000
"""


@pytest.mark.parametrize("name", ["a.srt", "a.txt", "a"])
def test_subrip(tmp_path: Path, name: str) -> None:
    """``Speaker:`` begins a turn; a cue without a name belongs to the speaker before; an empty cue keeps its place."""
    conversation = only(read_text(tmp_path, SRT, name))
    assert said(conversation) == [
        ("agent", "您好，请讲。"),
        ("agent", "我在听。"),
        ("customer", "我要退货。"),
        ("agent", "好的。"),
        ("agent", ""),
    ]
    assert [turn.start for turn in conversation.turns] == [1, 3, 5, 5, 7]
    assert conversation.remarks == (
        "Cues that name no speaker were given to the speaker before (cue 2, cue 4).",
    )


def test_captions_without_speakers(tmp_path: Path) -> None:
    """Nobody is named: all turns are of unknown speakers, for the roles to be told by the words."""
    content = "1\n00:00:01,000 --> 00:00:02,000\nHello, note: this\n\n2\n00:00:03,000 --> 00:00:04,000\nHi\n"
    conversation = only(read_text(tmp_path, content, "a.srt"))
    assert [(t.speaker, t.voice, t.text) for t in conversation.turns] == [
        ("unknown", None, "Hello, note: this"),
        ("unknown", None, "Hi"),
    ]


def test_captions_with_broken_times(tmp_path: Path) -> None:
    """A cue whose times cannot be read keeps its words; the remark names the cue; missing blank lines do no harm."""
    content = (
        "1\n00:00:01,000 --> 00:00:02,000\nAgent: a\n2\n00:00:xx --> 00:00:09,000\nCustomer: b\n\nstray words\n\n"
        "3\n00:00:09,000 --> 00:00:08,000\nAgent: c"
    )
    conversation = only(read_text(tmp_path, content, "a.srt"))
    assert said(conversation) == [("agent", "a"), ("customer", "b stray words"), ("agent", "c")]
    assert conversation.turns[1].start is None
    assert "Times of cues could not be read (cue 2)." in conversation.remarks
    assert conversation.turns[2].end is None


def test_no_cues(tmp_path: Path) -> None:
    """A caption file without cues is a conversation without turns."""
    assert only(read_text(tmp_path, "WEBVTT\n\n", "a.vtt")).turns == ()


@pytest.mark.parametrize(
    ("content", "turns"),
    [
        ("客服：您好\n客户：你好", [("agent", "您好"), ("customer", "你好")]),
        ("Agent: Hello\nCustomer: Hi", [("agent", "Hello"), ("customer", "Hi")]),
        ("坐席: 您好\n用户: 嗯\n机器人：请稍候\n系统：已接入", [("agent", "您好"), ("customer", "嗯"), ("bot", "请稍候"), ("system", "已接入")]),
        ("Rep 1: Hi\nCaller: Hey\nBot: menu\nSystem: closed", [("agent", "Hi"), ("customer", "Hey"), ("bot", "menu"), ("system", "closed")]),
        ("**Agent:** Hello\n**Customer:** Hi", [("agent", "Hello"), ("customer", "Hi")]),
        ("【客服】您好\n【客户】你好", [("agent", "您好"), ("customer", "你好")]),
        ("客服:\n您好\n客户:\n你好\n在吗", [("agent", "您好"), ("customer", "你好\n在吗")]),
        ("客服：\n客户：你好", [("agent", ""), ("customer", "你好")]),
        (
            "客服：请提供\n订单号：\n姓名：\n客户：稍等\n链接：https://shop.example/a",
            [("agent", "请提供\n订单号：\n姓名："), ("customer", "稍等\n链接：https://shop.example/a")],
        ),
        ("Agent: see\nhttps://shop.example: now\nCustomer: ok", [("agent", "see\nhttps://shop.example: now"), ("customer", "ok")]),
        ("客服小王：您好\n王女士：嗯\n客服小王：好\n王女士：谢谢", [("agent", "您好"), ("unknown", "嗯"), ("agent", "好"), ("unknown", "谢谢")]),
        ("张三：你好\n李四：您好", [("unknown", "你好"), ("unknown", "您好")]),
    ],
)  # fmt: skip
def test_plain_lines(tmp_path: Path, content: str, turns: list[tuple[str, str]]) -> None:
    """A line that begins with a speaker begins a turn; any other goes on with it, colons or not."""
    assert said(only(read_text(tmp_path, content))) == turns


@pytest.mark.parametrize(
    "content",
    [
        "[00:01:02] Agent: Hello\n[00:01:05.5] Customer: Hi",
        "00:01:02 Agent: Hello\n00:01:05.5 Customer: Hi",
        "(1:02) Agent: Hello\n(1:05.5) Customer: Hi",
        "Agent [00:01:02]: Hello\nCustomer [00:01:05.5]: Hi",
        "Agent 00:01:02 Hello\nCustomer 00:01:05.5 Hi",
    ],
)
def test_plain_lines_with_offsets(tmp_path: Path, content: str) -> None:
    """Clock times are seconds from the start: it is a call."""
    conversation = only(read_text(tmp_path, content))
    assert said(conversation) == [("agent", "Hello"), ("customer", "Hi")]
    assert [turn.start for turn in conversation.turns] == [62.0, 65.5]
    assert conversation.channel == "call"


@pytest.mark.parametrize(
    "content",
    [
        "2026-11-20 09:30:00 客服：您好\n2026-11-20 09:30:05 客户：你好",
        "[2026/11/20 09:30:00] 客服：您好\n[2026/11/20 09:30:05] 客户：你好",
        "客服 2026-11-20 09:30:00\n您好\n\n客户 2026-11-20 09:30:05\n你好",
        "客服小王 2026-11-20 09:30:00\n您好\n客户张三 2026-11-20 09:30:05\n你好",
        "2026-11-20 09:30:00 客服\n您好\n2026-11-20 09:30:05 客户\n你好",
        "客服（2026年11月20日 09:30:00）：您好\n客户（2026年11月20日 09:30:05）：你好",
        "2026-11-20T09:30:00Z 客服：您好\n2026-11-20T09:30:05Z 客户：你好",
    ],
)
def test_plain_lines_with_points_in_time(tmp_path: Path, content: str) -> None:
    """Dates are the times messages were sent, before or behind the name, on the line or heading the message."""
    conversation = only(read_text(tmp_path, content))
    assert said(conversation) == [("agent", "您好"), ("customer", "你好")]
    assert [turn.sent_at for turn in conversation.turns] == [
        datetime(2026, 11, 20, 9, 30, second, tzinfo=UTC) for second in (0, 5)
    ]
    assert conversation.channel == "chat"


def test_times_of_day_without_a_date(tmp_path: Path) -> None:
    """Clock times past the first hour are times of day; across midnight they go on."""
    conversation = only(read_text(tmp_path, "23:59:50 客服：您好\n00:00:05 客户：你好"))
    assert [turn.start for turn in conversation.turns] == [0.0, 15.0]
    assert conversation.channel == "chat"
    assert conversation.remarks == ("Times of day without a date were counted from the earliest.",)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["10:00:05", "10:00:03", "10:00:20"], {1: 0, 0: 2, 2: 17}),
        (["09:32:00", "09:31:30", "09:30:00"], {2: 0, 1: 90, 0: 120}),
        (["23:59:58", "00:00:03", "23:59:59"], {0: 0, 2: 1, 1: 5}),
        (["09:00:00", "22:00:00", "08:00:00"], {0: 0, 1: 13 * 3600, 2: 23 * 3600}),
    ],
)
def test_times_of_day_out_of_order(tmp_path: Path, written: list[str], read: dict[int, float]) -> None:
    """A step back is one, of seconds or through an export with the newest first; only one by hours is the next day."""
    said = enumerate(zip(written, ("客服", "客户", "客服"), strict=True))
    lines = [f"{time} {speaker}：{number}" for number, (time, speaker) in said]
    conversation = only(read_text(tmp_path, "\n".join(lines)))
    assert {int(turn.text): turn.start for turn in conversation.turns} == read


def test_stamped_lines_without_speakers(tmp_path: Path) -> None:
    """What a recogniser prints: times and words, nobody named."""
    content = "[00:00.000 --> 00:04.000]  Hello there\n[00:04.000 --> 00:06.500]  I need help"
    conversation = only(read_text(tmp_path, content))
    assert [(t.speaker, t.text, t.start, t.end) for t in conversation.turns] == [
        ("unknown", "Hello there", 0.0, 4.0),
        ("unknown", "I need help", 4.0, 6.5),
    ]


@pytest.mark.parametrize("rule", ["---", "======", "=== 会话 2 ===", "-------------------"])
def test_a_rule_parts_conversations(tmp_path: Path, rule: str) -> None:
    """Conversations are named by the line they begin at."""
    first, second = read_text(tmp_path, f"客服：一\n客户：二\n{rule}\n客服：三", "day.txt")
    assert isinstance(first, Conversation)
    assert isinstance(second, Conversation)
    assert (first.id, second.id) == ("day-1", "day-3")
    assert said(second) == [("agent", "三")]


def test_headers_name_conversations(tmp_path: Path) -> None:
    """``会话ID:`` begins the next conversation and gives its id."""
    content = "会话ID：c-1\n客服：一\n\nConversation ID: c-2\nAgent: two\n----\n会话编号: c-3\n客服：三"
    ids = [item.id for item in read_text(tmp_path, content) if isinstance(item, Conversation)]
    assert ids == ["c-1", "c-2", "c-3"]


def test_a_title_is_left_out_with_a_remark(tmp_path: Path) -> None:
    """Lines before the first speaker are no turn."""
    conversation = only(read_text(tmp_path, "导出时间 今天\n共 1 条\n=====\n客服：一"))
    assert said(conversation) == [("agent", "一")]
    assert conversation.remarks == ("Lines before the first speaker of a conversation were left out (2).",)


@pytest.mark.parametrize(
    "content", ["hello world\nfoo", "# Notes\n\nSome text: more\nand more", "09:30 meet at the gate\nx\ny"]
)
def test_text_that_is_no_conversation(tmp_path: Path, content: str) -> None:
    """A text in which nobody speaks is one problem."""
    (item,) = read_text(tmp_path, content)
    assert isinstance(item, Problem)
    assert "no line says who speaks" in item.problem


def test_a_conversation_that_is_not_understood_is_named(tmp_path: Path) -> None:
    """Of several conversations the one without speakers is a problem at its line, the others are read."""
    first, second = read_text(tmp_path, "会话ID：c-1\n客服：一\n会话ID：c-2\n只有文字")
    assert isinstance(first, Conversation)
    assert isinstance(second, Problem)
    assert second.place == "line 3"


@pytest.mark.parametrize(
    "content",
    [
        "客服：" + " " * 200_000 + "x",
        "a" + " " * 200_000 + "b\n客服：x",
        "客服：x\n" + "-" * 200_000 + "x",
        "客服：x\n" + "*" * 200_000 + "x",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v " * 100_000,
        "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<c." * 100_000,
        "WEBVTT\n" + "\n \t" * 100_000,
        "客服：" + "12:" * 100_000,
        "# " * 100_000 + "\n客服：x",
    ],
)
@pytest.mark.timeout(10)
def test_hostile_text_is_read_in_linear_time(tmp_path: Path, content: str) -> None:
    """No pattern backtracks over long runs."""
    only(read_text(tmp_path, content))
