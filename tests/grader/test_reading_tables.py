"""Tables of messages: CSV and TSV, their columns, grouping, times and faults."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.conversation import Conversation
from grader.problems import InputError, Problem
from grader.reading import read


def read_table(
    tmp_path: Path, content: str, name: str = "chats.csv", **columns: str
) -> list[Conversation | Problem]:
    """Read a table; ``__`` stands for a dot in the mapped fields."""
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return list(read([path], columns={key.replace("__", "."): value for key, value in columns.items()}))


def only(items: list[Conversation | Problem]) -> Conversation:
    """Check that one conversation was read."""
    (item,) = items
    assert isinstance(item, Conversation), item
    return item


def said(conversation: Conversation | Problem) -> list[tuple[str, str]]:
    """Give who says what."""
    assert isinstance(conversation, Conversation), conversation
    return [(turn.speaker, turn.text) for turn in conversation.turns]


def test_chinese_columns(tmp_path: Path) -> None:
    """A Chinese export gives messages, times, agent, team, queue, channel, rating and answer delay."""
    content = (
        "会话ID,角色,消息内容,发送时间,坐席工号,班组,技能组,渠道,满意度,应答时长,客户ID,备注\n"
        "c-1,客服,您好,2026-11-20 09:30:00,1001,售后一组,退货,在线,5,12,k-1,x\n"
        "c-1,客户,我要退货,2026-11-20 09:30:20,1001,售后一组,退货,在线,5,12,k-1,x\n"
    )
    conversation = only(read_table(tmp_path, content))
    assert said(conversation) == [("agent", "您好"), ("customer", "我要退货")]
    assert (conversation.id, conversation.channel, conversation.queue) == ("c-1", "chat", "退货")
    assert (conversation.agent.id, conversation.agent.team, conversation.customer.id) == (
        "1001",
        "售后一组",
        "k-1",
    )
    assert conversation.metadata == {"customer_rating": 5, "answer_delay": 12.0}
    assert conversation.turns[1].sent_at == datetime(2026, 11, 20, 9, 30, 20, tzinfo=UTC)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("name", ["chats.csv", "chats.tsv", "chats.txt", "chats"])
def test_delimiters(tmp_path: Path, delimiter: str, name: str) -> None:
    """Comma, tab, semicolon and bar part the cells, whatever the file is called."""
    rows = [["conversation_id", "speaker", "text"], ["c-1", "agent", "hello"], ["c-1", "customer", "hi"]]
    content = "\n".join(delimiter.join(row) for row in rows)
    assert said(only(read_table(tmp_path, content, name))) == [("agent", "hello"), ("customer", "hi")]


@pytest.mark.parametrize(
    "header",
    [
        "conversation_id,speaker,text,sent_at",
        "Session ID,Role,Message,Timestamp",
        "CONVERSATION-ID,Sender,Content,Time",
        "chat_id,author,body,created_at",
        "会话编号,发送方,内容,时间",
        "会话 ID,发送人,聊天内容,消息时间",
        "通话ID,说话人,文本,时间（UTC）",
        "工单号,身份,正文,发送时间",
    ],
)
def test_names_of_columns(tmp_path: Path, header: str) -> None:
    """Common names are known in any case, with spaces, dashes or brackets."""
    conversation = only(read_table(tmp_path, f"{header}\nc-1,客服,您好,2026-11-20T09:30:00Z\n"))
    assert (conversation.id, *said(conversation)) == ("c-1", ("agent", "您好"))
    assert conversation.turns[0].sent_at is not None


def test_the_callers_names_of_columns(tmp_path: Path) -> None:
    """A mapping names the columns that are not known, nested fields too; it goes before the known names."""
    content = "a,b,留言正文,内容,who,grp\nc-1,坐席,您好,wrong,17,north\n"
    conversation = only(
        read_table(
            tmp_path, content, id="a", speaker="b", text="留言正文", agent__id="WHO", agent__team="grp"
        )
    )
    assert (conversation.id, *said(conversation)) == ("c-1", ("agent", "您好"))
    assert (conversation.agent.id, conversation.agent.team) == ("17", "north")


def test_a_mapping_of_no_field_is_the_callers_mistake(tmp_path: Path) -> None:
    """The error says which fields there are."""
    with pytest.raises(InputError, match="no such field") as caught:
        read([tmp_path], columns={"colour": "x"})
    assert "speaker" in caught.value.problem.remedy


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("when,who,what\n1,2,3\n", "when, who, what"),
        ("文件名,工号\na.wav,7\n", "lists files"),
        ("c1,客户,我的电话是13812345678\n", "c1, 客户, 我的电话是[PHONE]."),
    ],
)
def test_tables_without_messages(tmp_path: Path, content: str, words: str) -> None:
    """The problem lists the columns there are, or says what the table is."""
    (item,) = read_table(tmp_path, content)
    assert isinstance(item, Problem)
    assert words in item.problem


def test_rows_of_several_conversations_may_alternate(tmp_path: Path) -> None:
    """Rows belong together by id; conversations come in the order of their first rows."""
    rows = ["id,role,text", "b,客服,1", "a,客服,2", "b,客户,3", "c,客服,4", "a,客户,5"]
    items = read_table(tmp_path, "\n".join(rows))
    assert [
        (item.id, [turn.text for turn in item.turns]) for item in items if isinstance(item, Conversation)
    ] == [
        ("b", ["1", "3"]),
        ("a", ["2", "5"]),
        ("c", ["4"]),
    ]


def test_an_empty_id_belongs_to_the_one_above(tmp_path: Path) -> None:
    """Merged cells leave the id in the first row only; empty rows are no messages."""
    content = "会话ID,角色,内容\nc-1,客服,一\n,客户,二\n,,\n\nc-2,客服,三\n"
    first, second = read_table(tmp_path, content)
    assert said(first) == [("agent", "一"), ("customer", "二")]
    assert said(second) == [("agent", "三")]


def test_without_an_id_the_table_is_one_conversation(tmp_path: Path) -> None:
    """It is named after the file."""
    conversation = only(read_table(tmp_path, "speaker,text\nagent,a\ncustomer,b\n", "chat-7.csv"))
    assert (conversation.id, len(conversation.turns)) == ("chat-7", 2)


def test_the_senders_name_may_be_the_agents(tmp_path: Path) -> None:
    """A sender of the name that another column gives as the agent's is the agent."""
    content = "会话ID,发送人,内容,客服姓名,客户昵称\n1,小李,您好,小李,蓝天\n1,蓝天,你好,小李,蓝天\n1,路人,嗯,小李,蓝天\n"
    conversation = only(read_table(tmp_path, content))
    assert [(turn.speaker, turn.voice) for turn in conversation.turns] == [
        ("agent", None),
        ("customer", None),
        ("unknown", "路人"),
    ]


@pytest.mark.parametrize(
    ("header", "cells", "start", "channel"),
    [
        ("start,end", "1.5,2.5", 1.5, "call"),
        ("start_ms,end_ms", "1500,2500", 1.5, "call"),
        ("开始(ms),结束(ms)", "1500,2500", 1.5, "call"),
        ("开始时间,结束时间", "00:00:01.5,00:00:02.5", 1.5, "call"),
        ("time,x", "00:00:01.5,", 1.5, "call"),
        ("time,x", "14:05:09,", 0.0, "chat"),
        ("start,end", "NaN,2", None, "call"),
        ("start,end", "soon,2", None, "chat"),
    ],
)
def test_offsets(tmp_path: Path, header: str, cells: str, start: float | None, channel: str) -> None:
    """Seconds, milliseconds and clock times are starts; times of day count from the earliest."""
    conversation = only(read_table(tmp_path, f"speaker,text,{header}\nagent,a,{cells}\n"))
    assert conversation.turns[0].start == start
    assert conversation.channel == channel or start is None
    assert bool(conversation.remarks) == (start is None or channel == "chat")


def test_a_time_of_day_that_is_no_number_spoils_no_other(tmp_path: Path) -> None:
    """What cannot be counted with is dropped; the messages around it keep their distance."""
    rows = "".join(f"agent,a,{time}\n" for time in ("14:05:09", "NaN", "14:05:12"))
    conversation = only(read_table(tmp_path, f"speaker,text,time\n{rows}"))
    assert [turn.start for turn in conversation.turns] == [0.0, None, 3.0]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("日期,时间", "2026-11-20,09:30:00"),
        ("日期,时间", "2026/11/20,9:30"),
        ("日期,时间", "x,2026-11-20 09:30"),
        ("日期,时间", "2026-11-20 09:30,"),
        ("date,x", "2026-11-20 09:30,"),
        ("时间,x", "1795167000,"),
        ("时间,x", "1795167000000,"),
        ("时间,x", "20261120093000,"),
        ("开始时间,x", "2026-11-20 09:30:00,"),
    ],
)
def test_points_in_time_in_cells(tmp_path: Path, header: str, cells: str) -> None:
    """Dates and clock times in two columns, time stamps since 1970, digits without separators."""
    conversation = only(read_table(tmp_path, f"speaker,text,{header}\nagent,a,{cells}\n"))
    assert conversation.turns[0].sent_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_quoted_cells(tmp_path: Path) -> None:
    """Delimiters, line breaks and quotation marks within quotes belong to the words."""
    content = 'id,role,text\r\n1,agent,"a, ""b""\r\nc"\r\n1,customer,he said "hi"\r\n'
    assert said(only(read_table(tmp_path, content))) == [("agent", 'a, "b"\nc'), ("customer", 'he said "hi"')]


def test_a_quotation_mark_that_is_not_closed(tmp_path: Path) -> None:
    """It would swallow the rest of the file: the row is a problem, what stands before is read."""
    content = 'id,role,text\n1,agent,a\n2,agent,"b\n3,agent,c\n4,agent,d\n'
    first, second = read_table(tmp_path, content)
    assert said(first) == [("agent", "a")]
    assert isinstance(second, Problem)
    assert second.place == "row 3"
    assert "not closed" in second.problem


def test_unquoted_delimiters_in_the_words(tmp_path: Path) -> None:
    """Where the words are the last column, they are joined again, with a remark."""
    conversation = only(read_table(tmp_path, "id,role,text\n1,agent,well, yes, sure\n"))
    assert said(conversation) == [("agent", "well, yes, sure")]
    assert conversation.remarks == ("Words with unquoted delimiters were joined again (row 2).",)


def test_rows_that_are_too_long_or_short(tmp_path: Path) -> None:
    """Missing cells are empty; superfluous ones are remarked upon."""
    first, second = read_table(tmp_path, "role,text,id\nagent,a\nagent,b,1,2\n")
    assert said(first) == [("agent", "a")]
    assert isinstance(second, Conversation)
    assert second.remarks == ("The row has more cells than there are columns (row 3).",)


def test_a_title_above_the_names(tmp_path: Path) -> None:
    """Exports begin with a title or with a hint for Excel; row numbers count them."""
    content = "sep=,\n聊天记录导出\n\n会话ID,角色,内容\nc-1,客服,a\nc-1,客服,#NAME?\n"
    conversation = only(read_table(tmp_path, content))
    assert conversation.id == "c-1"
    assert conversation.remarks == ("A spreadsheet's error value stands where words should (row 6).",)


def test_a_cell_of_five_megabytes(tmp_path: Path) -> None:
    """A very long message is cut like any other."""
    conversation = only(read_table(tmp_path, f"id,role,text\n1,agent,{'长' * 1_700_000}\n"))
    assert len(conversation.turns[0].text) == 20_000


def test_a_header_alone(tmp_path: Path) -> None:
    """A table without rows is no fault of the format, but nothing is passed over in silence."""
    (item,) = read_table(tmp_path, "id,role,text\n")
    assert isinstance(item, Problem)
    assert "no conversation" in item.problem


def test_only_open_conversations_are_kept(tmp_path: Path) -> None:
    """A conversation comes as soon as its last row is read, not at the end of the file."""
    path = tmp_path / "a.csv"
    rows = "".join(f"{index // 2},agent,{index}\n" for index in range(200_000))
    path.write_text("id,role,text\n" + rows)
    items = read([path])
    first = next(items)
    path.write_text("id,role,text\n")  # the rest vanishes: what is still unread cannot come any more
    assert isinstance(first, Conversation)
    assert len(list(items)) < 99_999
