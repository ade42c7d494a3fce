"""Exports over HTTP: as JSON Lines, CSV and Excel, streamed, and safe to open."""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import api_stage
import httpx
import openpyxl
import pytest
from store_stage import chat, graded

from grader.conversation import Conversation
from grader.grade import Grade
from grader.sheets import csv_pieces, xlsx_pieces
from service.api.state import State
from service.database import Database, audit, conversations, exports, grades, results, reviews, verdicts
from service.database.tables import ReviewKind
from service.database.types import now
from service.database.verdicts import Judgement, Verdict
from training.corrections import read_corrections

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _keep(state: State, conversation: Conversation, *, source: str = "shop") -> str:
    """Keep a graded conversation; gives its uid."""
    with state.database.write() as session:
        result = graded(conversation)
        row = conversations.add(session, result.conversation, source=source)
        results.store(session, row, result)
        return row.id


def _review(
    state: State,
    uid: str,
    *,
    empathy: str = "not_met",
    also: bool = True,
    kind: ReviewKind = "requested",
    reasons: Sequence[str] = ("random_sample",),
) -> None:
    """Let a person say whether the empathy was met, and also that a turn's courtesy is 1."""
    with state.database.write() as session:
        grade = grades.current(session, uid)
        assert grade is not None
        review = reviews.enqueue(session, grade, reasons=reasons, kind=kind)
        said = [Verdict(subject="criterion", criterion="empathy", machine="met", value=empathy)]
        if also:
            said.append(Verdict(subject="label", turn=1, label="courtesy", machine="2", value="1"))
        judgement = Judgement(verdicts=said, outcome="corrected", final_score=50.0, final_passed=False)
        verdicts.close(session, review, "user:u-9", judgement, at=now())


def _export(client: httpx.Client, **query: Any) -> httpx.Response:
    answer = client.get("/v1/exports/grades", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def _csv(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def _xlsx(content: bytes) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = [row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]
    return [dict(zip(map(str, rows[0]), row, strict=True)) for row in rows[1:]]


def test_the_three_forms_say_the_same(api_state: State, platform: httpx.Client) -> None:
    """A row a grade, the latest first; each criterion's state and probability, and what a person said of it."""
    _keep(api_state, chat("c-1"))
    uid = _keep(api_state, chat("c-2", said="烦死了", agent=None))
    _review(api_state, uid)
    lines = [json.loads(line) for line in _export(platform).content.splitlines()]
    assert [line["conversation_id"] for line in lines] == ["c-2", "c-1"]
    first = Grade.model_validate(lines[0])
    assert first == Grade.model_validate_json(platform.get("/v1/conversations/c-2/grade").content)
    assert (lines[0]["uid"], lines[0]["agent"], lines[1]["review"]) == (uid, None, None)
    assert lines[0]["review"]["verdicts"][0]["value"] == "not_met"
    rows, cells = _csv(_export(platform, format="csv")), _xlsx(_export(platform, format="xlsx").content)
    for line, row, cell in zip(lines, rows, cells, strict=True):
        assert row["uid"] == cell["uid"] == line["uid"]
        assert float(row["score"]) == cell["score"] == line["score"]
        assert (row["passed"] == "true") is cell["passed"] is line["passed"]
        assert datetime.fromisoformat(row["graded_at"]) == datetime.fromisoformat(line["graded_at"])
        assert isinstance(cell["graded_at"], datetime)
        assert row["reasons"].split() == line["triage"]["reasons"]
        for criterion in line["criteria"]:
            name = criterion["id"]
            assert row[name] == cell[name] == criterion["state"]
            probability = criterion["probability"]
            assert row[f"{name}:probability"] == ("" if probability is None else str(probability))
            assert cell[f"{name}:probability"] == pytest.approx(probability)
    assert (rows[0]["empathy:human"], rows[1]["empathy:human"]) == ("not_met", "")
    assert (rows[0]["final_score"], rows[0]["reviewed_by"]) == ("50.0", "user:u-9")
    assert list(rows[0])[26::3] == [criterion["id"] for criterion in lines[0]["criteria"]]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("jsonl", "application/jsonl"), ("csv", "text/csv; charset=utf-8; header=present"), ("xlsx", EXCEL)],
)
def test_an_export_is_a_download_that_is_noted(
    api_state: State, platform: httpx.Client, name: str, media_type: str
) -> None:
    """With its type and name, also when nothing is meant; who took it by which filters is in the audit log."""
    answer = _export(platform, format=name, agent="nobody")
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Disposition"].endswith(f'.{name}"')
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    if name == "csv":
        assert answer.content.startswith(b"\xef\xbb\xbfconversation_id,")
    with api_state.database.read() as session:
        (row,) = audit.listed(session, action="export").items
        assert row.details == {"format": name, "filters": ["agent", "format"]}


def test_filters_and_rights_hold(api_state: State, api_address: str, platform: httpx.Client) -> None:
    """Only what the filters let through, and only what may be seen."""
    _keep(api_state, chat("c-1", agent="a-1"))
    _keep(api_state, chat("c-2", agent="a-2"))
    _keep(api_state, chat("c-3", agent="a-1"), source="other")
    assert [row["conversation_id"] for row in _csv(_export(platform, format="csv", agent="a-1"))] == ["c-1"]
    for query in ({"criterion": "empathy"}, {"state": "met"}, {"criterion": "empathy", "state": "met"}):
        assert len(_csv(_export(platform, format="csv", **query))) == 2
    assert _csv(_export(platform, format="csv", criterion="none")) == []
    with api_stage.client(api_state, api_address, role="administrator") as administrator:
        assert len(_csv(_export(administrator, format="csv", agent="a-1"))) == 2
    with api_stage.client(api_state, api_address, role="reviewer") as reviewer:
        assert reviewer.get("/v1/exports/grades").status_code == 403
        assert reviewer.get("/v1/exports/corrections").status_code == 403
    for query in ("format=pdf", "fax=1", "since=yesterday"):
        assert platform.get(f"/v1/exports/grades?{query}").status_code == 422


def test_more_than_a_page_comes_whole(
    api_state: State, platform: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many pages the store reads, every grade comes once."""
    monkeypatch.setattr(exports, "PIECE", 3)
    for number in range(10):
        _keep(api_state, chat(f"c-{number}"))
    expected = [f"c-{number}" for number in reversed(range(10))]
    for name, read in (("csv", _csv), ("xlsx", lambda answer: _xlsx(answer.content))):
        assert [row["conversation_id"] for row in read(_export(platform, format=name))] == expected
    lines = _export(platform).content.splitlines()
    assert [json.loads(line)["conversation_id"] for line in lines] == expected


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "=cmd|' /C calc'!A0"]
HARMLESS = [
    "",
    "a=1",
    "会话",
    'with "quotes", and commas',
    "line\nbreak",
    "'=1",
    "https://x.example",
    "\x01",
    "0012",
]


@pytest.mark.parametrize("given", [*DANGEROUS, *HARMLESS])
def test_no_text_is_ever_a_formula(tmp_path: Path, given: str) -> None:
    """In CSV it begins with an apostrophe; in Excel it is text, marked as such, and reads as it was."""
    text = b"".join(csv_pieces(["h"], [[given, -1.5]])).decode("utf-8-sig")
    _, row = csv.reader(io.StringIO(text, newline=""))
    assert row == [f"'{given}" if given in DANGEROUS else given, "-1.5"]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(xlsx_pieces(["h"], [[given, -1.5]], folder=tmp_path))))
    cell, number = next(book.worksheets[0].iter_rows(min_row=2))
    assert cell.data_type != "f"
    assert cell.hyperlink is None
    assert cell.quotePrefix == (given in DANGEROUS)
    if "\r" not in given and "\x01" not in given:
        assert (cell.value or "") == given
    assert (number.value, number.data_type) == (-1.5, "n")


def test_dangerous_names_pass_through_the_export(api_state: State, platform: httpx.Client) -> None:
    """An id that begins as a formula is text in both kinds of table."""
    _keep(api_state, chat("=1+1", agent="@a", team="+t"))
    (row,) = _csv(_export(platform, format="csv"))
    assert (row["conversation_id"], row["agent"], row["team"]) == ("'=1+1", "'@a", "'+t")
    (cells,) = _xlsx(_export(platform, format="xlsx").content)
    assert (cells["conversation_id"], cells["agent"], cells["team"]) == ("=1+1", "@a", "+t")


def test_what_no_sheet_holds_goes_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sheet has the header and every row comes once; nothing is left in the folder."""
    monkeypatch.setattr("grader.sheets._SHEET_ROWS", 4)
    for count in (0, 1, 4, 5, 8, 9):
        content = b"".join(xlsx_pieces(["n"], ([number] for number in range(count)), folder=tmp_path))
        sheets = [
            [row[0] for row in sheet.iter_rows(values_only=True)]
            for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets
        ]
        assert all(sheet[0] == "n" and len(sheet) <= 5 for sheet in sheets)
        assert [number for sheet in sheets for number in sheet[1:]] == list(range(count))
        assert len(sheets) == max(1, -(-count // 4))
    assert list(tmp_path.iterdir()) == []


def test_corrections_are_what_training_reads(
    api_state: State, platform: httpx.Client, tmp_path: Path
) -> None:
    """A line a reviewed grade: the redacted words, the machine's grade, the verdicts with who, when and scorecard."""
    first, second, third, _ = (_keep(api_state, chat(f"c-{number}")) for number in range(4))
    for uid in (second, first, third):
        _review(api_state, uid)
    with api_state.database.write() as session:
        erased = conversations.get(session, third)
        assert erased is not None
        erased.document = None
    exported = platform.get("/v1/exports/corrections")
    lines = [json.loads(line) for line in exported.content.splitlines()]
    assert [line["conversation"]["id"] for line in lines] == ["c-0", "c-1"]
    line = lines[0]
    assert (line["kind"], line["reasons"]) == ("requested", ["random_sample"])
    assert (line["uid"], line["source"]) == (first, "shop")
    criterion, label = line["verdicts"]
    assert criterion["scorecard"] == line["grade"]["scorecard"]
    assert datetime.fromisoformat(criterion.pop("at")).tzinfo is not None
    assert criterion == {
        "subject": "criterion",
        "criterion": "empathy",
        "turn": None,
        "label": None,
        "machine": "met",
        "value": "not_met",
        "by": "user:u-9",
        "scorecard": line["grade"]["scorecard"],
    }
    assert (label["subject"], label["turn"], label["label"], label["value"]) == ("label", 1, "courtesy", "1")
    file = tmp_path / "corrections.jsonl"
    file.write_bytes(exported.content)
    read = read_corrections(file)
    assert [one.conversation.id for one in read] == ["c-0", "c-1"]
    assert "[PHONE]" in read[0].conversation.turns[0].text
    assert read[0].states()["empathy"] == "not_met"
    assert [one.key for one in read] == [first, second]
    assert platform.get("/v1/exports/corrections", params={"agent": "nobody"}).content == b""
    for query, count in ({"review": "done"}, 2), ({"review": "claimed"}, 0), ({"state": "met"}, 2):
        chosen = platform.get("/v1/exports/corrections", params=query)
        assert (chosen.status_code, len(chosen.content.splitlines())) == (200, count)
    later = platform.get("/v1/exports/corrections", params={"reviewed_since": "2999-01-01T00:00:00Z"})
    assert (later.status_code, later.content) == (200, b"")


def test_of_several_verdicts_on_one_thing_the_last_one_stands(
    api_state: State, platform: httpx.Client
) -> None:
    """A second review changes what it speaks of and leaves the rest; the grade comes once, for its first reason."""
    uid = _keep(api_state, chat("c-1"))
    _review(api_state, uid)
    _review(api_state, uid, empathy="met", also=False, kind="appeal", reasons=["appeal"])
    (line,) = (json.loads(one) for one in platform.get("/v1/exports/corrections").content.splitlines())
    said = {verdict["criterion"] or verdict["label"]: verdict["value"] for verdict in line["verdicts"]}
    assert said == {"empathy": "met", "courtesy": "1"}
    assert line["reasons"] == ["random_sample"]
    (row,) = _csv(_export(platform, format="csv"))
    assert row["empathy:human"] == "met"


@pytest.fixture
def many(sqlite_template: Path, tmp_path: Path) -> Iterator[State]:
    """A store with some hundred grades."""
    shutil.copy(sqlite_template, tmp_path / "callgrader.db")
    database = Database(f"sqlite:///{tmp_path / 'callgrader.db'}")
    state = api_stage.state_of(database, tmp_path)
    with database.write() as session:
        for number in range(250):
            result = graded(chat(f"c-{number}"))
            results.store(session, conversations.add(session, result.conversation, source="shop"), result)
    yield state
    database.close()


def test_a_reader_that_stops_holds_nothing_up(many: State) -> None:
    """A client that reads the beginning and goes away neither breaks the server nor keeps others from writing."""
    with api_stage.serving(many) as address, api_stage.client(many, address) as platform:
        with platform.stream("GET", "/v1/exports/grades") as answer:
            next(answer.iter_raw())
            assert platform.post("/v1/conversations", json=api_stage.body(chat("new"))).status_code == 200
        assert len(_csv(_export(platform, format="csv"))) == 251
