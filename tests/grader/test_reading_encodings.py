"""Every text format in every encoding: UTF-8, UTF-16, GB18030, with and without mark."""

import codecs
import json
from pathlib import Path

import pytest

from grader.conversation import Conversation
from grader.problems import Problem
from grader.reading import read

TURNS = [("agent", "您好，请问有什么可以帮您？"), ("customer", "我的订单还没到，能查一下吗？")]
FORMATS = {
    "lines.jsonl": json.dumps(
        {"id": "c", "turns": [{"speaker": s, "text": t} for s, t in TURNS]}, ensure_ascii=False
    ),
    "pretty.json": json.dumps(
        [{"id": "c", "turns": [{"speaker": s, "text": t} for s, t in TURNS]}], ensure_ascii=False, indent=2
    ),
    "table.csv": "会话ID,角色,内容\n" + "".join(f"c,{s},{t}\n" for s, t in TURNS),
    "captions.srt": "".join(
        f"{i}\n00:00:0{i},000 --> 00:00:0{i},500\n{s}: {t}\n\n" for i, (s, t) in enumerate(TURNS, 1)
    ),
    "captions.vtt": "WEBVTT\n\n" + "".join(f"00:0{i}.000 --> 00:0{i}.500\n<v {s}>{t}\n\n" for i, (s, t) in enumerate(TURNS)),
    "plain.txt": f"客服：{TURNS[0][1]}\n客户：{TURNS[1][1]}\n",
}  # fmt: skip
ENCODINGS = {
    "utf-8": (b"", "utf-8"),
    "utf-8 with mark": (codecs.BOM_UTF8, "utf-8"),
    "utf-16-le": (b"", "utf-16-le"),
    "utf-16-be": (b"", "utf-16-be"),
    "utf-16-le with mark": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16-be with mark": (codecs.BOM_UTF16_BE, "utf-16-be"),
    "gb18030": (b"", "gb18030"),
}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_in_every_encoding(tmp_path: Path, name: str, encoding: str, ending: str) -> None:
    """The words are the same whichever way they were written, and nothing is remarked upon."""
    mark, codec = ENCODINGS[encoding]
    path = tmp_path / name
    path.write_bytes(mark + FORMATS[name].replace("\n", ending).encode(codec))
    (item,) = read([path])
    assert isinstance(item, Conversation), item
    assert [(turn.speaker, turn.text) for turn in item.turns] == TURNS
    assert item.remarks == ()


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ("I can’t log in and it’s urgent", "cp1252"),
        ("It was £20 at the café – naïve of me, “they” said…", "cp1252"),
        ("¿Me puede dar el número de pedido, señor?", "cp1252"),
        ("My name is 王芳 and the order is 台灯 no. 5", "gb18030"),
        ("請問這筆錢怎麼辦，買不到票", "gb18030"),
        ("嗯", "gb18030"),
    ],
)
def test_western_text_is_told_from_hanzi(tmp_path: Path, said: str, encoding: str) -> None:
    """Neither is made of the bytes of the other, and nothing needs a remark."""
    path = tmp_path / "a.csv"
    path.write_bytes(f"id,speaker,text\nc,customer,{json.dumps(said, ensure_ascii=False)}\n".encode(encoding))
    (item,) = read([path])
    assert isinstance(item, Conversation)
    assert item.turns[0].text == said
    assert item.remarks == ()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_long_ascii_beginning_decides_nothing(tmp_path: Path, encoding: str) -> None:
    """The encoding shows in the first part that is not ASCII, however far down."""
    line = json.dumps({"turns": [{"speaker": "agent", "text": "hello " * 1000}]})
    last = json.dumps(
        {"id": "last", "turns": [{"speaker": "客服", "text": "您好，请讲"}]}, ensure_ascii=False
    )
    path = tmp_path / "a.jsonl"
    path.write_bytes("\n".join([line] * 400 + [last]).encode(encoding))
    item = list(read([path]))[-1]
    assert isinstance(item, Conversation)
    assert item.turns[0].text == "您好，请讲"


def test_damaged_bytes_are_marked(tmp_path: Path) -> None:
    """A few broken bytes neither change the encoding nor stop the reading; the turn says so."""
    content = FORMATS["lines.jsonl"].encode().replace("帮".encode(), b"\xff\xfe")
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    (item,) = read([path])
    assert isinstance(item, Conversation)
    assert item.turns[0].text == "您好，请问有什么可以��您？"
    assert item.turns[1].text == TURNS[1][1]
    assert item.remarks == ("Broken characters were replaced by � (turns[0]).",)


def test_utf16_with_an_odd_byte(tmp_path: Path) -> None:
    """A file cut within a character is read up to there."""
    path = tmp_path / "a.txt"
    path.write_bytes((codecs.BOM_UTF16_LE + FORMATS["plain.txt"].strip().encode("utf-16-le"))[:-1])
    (item,) = read([path])
    assert isinstance(item, Conversation)
    assert item.turns[1].text == "我的订单还没到，能查一下吗�"


def test_escaped_surrogates(tmp_path: Path) -> None:
    """Pairs in JSON escapes are characters, halves are marked."""
    path = tmp_path / "a.json"
    path.write_text('{"turns": [{"speaker": "agent", "text": "\\ud83d\\ude00 \\ud83d"}]}')
    (item,) = read([path])
    assert isinstance(item, Conversation)
    assert item.turns[0].text == "😀 �"


@pytest.mark.parametrize("content", [b"\x00\x01\x02\x03" * 50, bytes(range(256)) * 4, b"\x01" * 100])
def test_what_is_no_text(tmp_path: Path, content: bytes) -> None:
    """Binary data is called so, in one problem."""
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    (item,) = read([path])
    assert isinstance(item, Problem)
    assert "binary" in item.problem
