"""Excel tables: typed cells, sheets, formulas, broken and hostile files."""

import io
import re
import struct
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from grader.conversation import Conversation
from grader.problems import Problem
from grader.reading import read
from grader.reading.formats import spreadsheets

HEADER = ["会话ID", "角色", "内容", "时间"]


def book(path: Path, *sheets: Sequence[Any], names: Sequence[str] = ()) -> Path:
    """Write an Excel file of these sheets."""
    written = openpyxl.Workbook()
    written.remove(written.worksheets[0])
    for index, rows in enumerate(sheets):
        sheet = written.create_sheet(names[index] if names else f"S{index + 1}")
        for row in rows:
            sheet.append(row)
    written.save(path)
    return path


def one(path: Path) -> Conversation | Problem:
    """Read the only conversation of a file."""
    (item,) = read([path])
    return item


def said(conversation: Conversation | Problem) -> list[tuple[str, str]]:
    """Give who says what."""
    assert isinstance(conversation, Conversation), conversation
    return [(turn.speaker, turn.text) for turn in conversation.turns]


@pytest.mark.parametrize("name", ["chats.xlsx", "chats.csv", "chats.wav", "chats"])
def test_an_excel_table_by_any_name(tmp_path: Path, name: str) -> None:
    """Numbers, dates and text in cells become ids, times and words."""
    rows = [
        HEADER,
        [1001, "客服", "您好", datetime(2026, 11, 20, 9, 30)],  # noqa: DTZ001
        [1001.0, "客户", 12345, datetime(2026, 11, 20, 9, 31)],  # noqa: DTZ001
    ]
    conversation = one(book(tmp_path / name, rows))
    assert said(conversation) == [("agent", "您好"), ("customer", "12345")]
    assert isinstance(conversation, Conversation)
    assert conversation.id == "1001"
    assert conversation.turns[1].sent_at == datetime(2026, 11, 20, 9, 31, tzinfo=UTC)


def test_dates_and_times_in_two_columns(tmp_path: Path) -> None:
    """A date cell and a time cell make one point in time."""
    rows = [["角色", "内容", "日期", "时间"], ["客服", "您好", date(2026, 11, 20), time(9, 30, 5)]]
    conversation = one(book(tmp_path / "a.xlsx", rows))
    assert isinstance(conversation, Conversation)
    assert conversation.turns[0].sent_at == datetime(2026, 11, 20, 9, 30, 5, tzinfo=UTC)


def test_every_sheet_with_messages_is_read(tmp_path: Path) -> None:
    """Sheets of other content are passed over; conversations without id are named by their sheets."""
    messages = [["角色", "内容"], ["客服", "您好"]]
    path = book(tmp_path / "day.xlsx", messages, [["说明"], ["x"]], messages, names=("早", "说明", "晚"))
    assert [item.id for item in read([path]) if isinstance(item, Conversation)] == ["day-早", "day-晚"]


def test_a_title_and_merged_cells(tmp_path: Path) -> None:
    """The names may stand below a title, the id in the first row of each conversation only."""
    rows = [
        ["导出"],
        [],
        HEADER,
        ["c-1", "客服", "一"],
        [None, "客户", "二"],
        [None, None, None],
        ["c-2", "客服", "三"],
    ]
    first, second = read([book(tmp_path / "a.xlsx", rows)])
    assert said(first) == [("agent", "一"), ("customer", "二")]
    assert said(second) == [("agent", "三")]


def test_formulas_without_results(tmp_path: Path) -> None:
    """A conversation with one is a problem that names the row; the others are read."""
    rows = [
        HEADER,
        ["c-1", "客服", "=A2&B2"],
        ["c-1", "客户", "二"],
        ["c-2", "客服", "三"],
        ["=1+1", "客服", "四"],
    ]
    first, second, third = read([book(tmp_path / "a.xlsx", rows)])
    assert isinstance(first, Problem)
    assert first.place == "sheet S1, row 2"
    assert "formula" in first.problem
    assert said(second) == [("agent", "三")]
    assert isinstance(third, Problem)
    assert third.place == "sheet S1, row 5"


def test_formulas_with_results(tmp_path: Path) -> None:
    """A stored result is the cell's value; an error value is remarked upon."""
    path = book(tmp_path / "a.xlsx", [HEADER, ["c-1", "客服", "=1"], ["c-1", "客服", "=2"]])
    edited = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(edited, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member.endswith("sheet1.xml"):
                content = re.sub(
                    rb'r="C2"><f>1</f><v ?/?>(</v>)?', b'r="C2" t="str"><f>1</f><v>sum</v>', content
                )
                content = re.sub(
                    rb'r="C3"><f>2</f><v ?/?>(</v>)?', b'r="C3" t="e"><f>2</f><v>#REF!</v>', content
                )
            new.writestr(member, content)
    path.write_bytes(edited.getvalue())
    conversation = one(path)
    assert said(conversation) == [("agent", "sum"), ("agent", "#REF!")]
    assert isinstance(conversation, Conversation)
    assert conversation.remarks == ("A spreadsheet's error value stands where words should (row 3).",)


def test_no_sheet_with_messages(tmp_path: Path) -> None:
    """The problem says which columns are wanted."""
    item = one(book(tmp_path / "a.xlsx", [["x", "y"], [1, 2]]))
    assert isinstance(item, Problem)
    assert "内容" in item.remedy


@pytest.mark.parametrize("keep", [10, 100, 1000, -30])
def test_a_truncated_excel_file(tmp_path: Path, keep: int) -> None:
    """Whatever is left of it, it is one problem."""
    path = book(tmp_path / "a.xlsx", [HEADER, ["c-1", "客服", "一"]])
    path.write_bytes(path.read_bytes()[:keep])
    item = one(path)
    assert isinstance(item, Problem)
    assert "broken" in item.problem


def packed(path: Path, **members: bytes) -> Path:
    """Write a zip archive; ``__`` stands for a slash, ``_xml`` for the suffix."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return path


def test_an_archive_that_is_no_table(tmp_path: Path) -> None:
    """A zip named like a recording is called by its name."""
    item = one(packed(tmp_path / "call.wav", readme=b"hello"))
    assert isinstance(item, Problem)
    assert "zip archive" in item.problem


def test_broken_content(tmp_path: Path) -> None:
    """An archive with the right names and wrong content is broken."""
    item = one(packed(tmp_path / "a.xlsx", xl__workbook_xml=b"<nonsense", xl__worksheets__sheet1_xml=b"<"))
    assert isinstance(item, Problem)
    assert "broken" in item.problem


def test_a_bomb(tmp_path: Path) -> None:
    """A file that would unpack to more than is read is refused before it is unpacked."""
    path = packed(tmp_path / "a.xlsx", xl__workbook_xml=b"<a/>", xl__sharedStrings_xml=b"\0" * 1000)
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 3 << 30)  # the size the directory promises
    path.write_bytes(bytes(content))
    item = one(path)
    assert isinstance(item, Problem)
    assert "unpacks to 3,072 MiB" in item.problem


def test_entities_that_multiply(tmp_path: Path) -> None:
    """A billion laughs are not laughed."""
    entities = b"".join(b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10) for i in range(1, 12))
    path = book(tmp_path / "a.xlsx", [HEADER, ["c-1", "客服", "一"]])
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    members["xl/worksheets/sheet1.xml"] = (
        b'<!DOCTYPE x [<!ENTITY e0 "ha">' + entities + b"]><worksheet "
        b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr">'
        b"<is><t>&e11;</t></is></c></row></sheetData></worksheet>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name, content)
    assert isinstance(one(path), Problem)


def test_wide_and_tall_sheets(tmp_path: Path) -> None:
    """Cells far out do no harm: columns past those that are read are left out, gaps between rows are no messages."""
    path = book(tmp_path / "a.xlsx", [HEADER, ["c-1", "客服", "一"]])
    loaded = openpyxl.load_workbook(path)
    loaded.worksheets[0].cell(row=2, column=16_000, value="far")
    loaded.worksheets[0].cell(row=60_000, column=3, value="low")
    loaded.save(path)
    assert said(one(path)) == [("agent", "一"), ("unknown", "low")]


def test_the_limits_are_those_of_the_format() -> None:
    """Every row that Excel can hold is read."""
    assert spreadsheets.MAX_ROWS == 2**20
