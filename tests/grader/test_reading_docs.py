"""``docs/formats.md`` is true: its examples are read, its names and limits are those of the program."""

import re
import struct
from pathlib import Path

import pytest

from grader.conversation import Conversation
from grader.grade import Grade
from grader.problems import Problem
from grader.reading import cleaning, metadata, read, turns
from grader.reading.content import RECORDING_SUFFIXES
from grader.reading.formats import columns, delimited, json_values, recognition, spreadsheets, tables

DOCUMENT = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE))
WAV = (
    b"RIFF"
    + struct.pack("<I", 36)
    + b"WAVEfmt "
    + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    + b"data\0\0\0\0"
)

TURNS = {
    "conversation.json": [2],
    "lines.jsonl": [2, 1],
    "chats.csv": [2],
    "contact-lens.json": [1],
    "alibaba.json": [2],
    "whisperx.json": [1],
    "stc3.json": [2],
    "captions.vtt": [2],
    "captions.srt": [2],
    "plain.txt": [2, 2],
}


@pytest.mark.parametrize("name", TURNS)
def test_examples_are_read(tmp_path: Path, name: str) -> None:
    """Each example gives its conversations, without problem or repair but for missing zones."""
    path = tmp_path / name
    path.write_text(EXAMPLES[name], encoding="utf-8")
    items = list(read([path]))
    assert [len(item.turns) for item in items if isinstance(item, Conversation)] == TURNS[name]
    assert not [item for item in items if isinstance(item, Problem)]
    remarks = [remark for item in items if isinstance(item, Conversation) for remark in item.remarks]
    assert all("taken as UTC" in remark for remark in remarks)
    speakers = {turn.speaker for item in items if isinstance(item, Conversation) for turn in item.turns}
    assert "agent" in speakers or name == "whisperx.json"


def test_the_examples_of_a_recording(tmp_path: Path) -> None:
    """The sidecar goes before the manifest; the manifest brings what is missing."""
    (tmp_path / "call-7.wav").write_bytes(WAV)
    for name in ("call-7.json", "manifest.csv"):
        (tmp_path / name).write_text(EXAMPLES[name], encoding="utf-8")
    (item,) = read([tmp_path])
    assert isinstance(item, Conversation)
    assert (item.agent.id, item.agent.team, item.direction) == ("a-17", "returns", "inbound")
    assert item.metadata == {"answer_delay": 12.0, "customer_rating": 4, "agent_channel": "left"}


def test_the_example_of_a_grade() -> None:
    """It is a grade."""
    grade = Grade.model_validate_json(EXAMPLES["grade.json"])
    assert sum(grade.outcome["A"].values()) == pytest.approx(1.0)


def test_every_example_is_tested() -> None:
    """No example escapes."""
    assert EXAMPLES.keys() == {*TURNS, "call-7.json", "manifest.csv", "grade.json"}


@pytest.mark.parametrize("table", [columns._CONVERSATION, columns._MESSAGE, columns._FILE])
def test_column_names_are_listed(table: dict[str, str]) -> None:
    """Every name that is known is documented under its field."""
    for field, names in table.items():
        (row,) = re.findall(rf"^\| `{field}`[^|]*\| (.*) \|$", DOCUMENT, re.MULTILINE)[-1:]
        assert row.split(", ") == names.split()


def test_column_names_are_known_as_they_are_listed() -> None:
    """No name is listed in a form that is never compared, or under two fields."""
    listed = [
        n for table in (columns._CONVERSATION, columns._MESSAGE) for ns in table.values() for n in ns.split()
    ]
    assert len(listed) == len(set(listed))
    for table in (columns._CONVERSATION, columns._MESSAGE, columns._FILE):
        for names in table.values():
            assert [columns.normalised(name) for name in names.split()] == names.split()


def test_fields_of_the_contract_are_described() -> None:
    """Every field of a conversation and of a turn has its row, but for those the program adds."""
    described = set(re.findall(r"`(?:turns\[\]\.)?(\w+)`", DOCUMENT))
    assert Conversation.model_fields.keys() <= described


@pytest.mark.parametrize(
    "limit",
    [
        f"{turns.MAX_TEXT:,} characters",
        f"past {turns.MAX_SECONDS:,.0f} seconds",
        f"{cleaning.MAX_TURNS:,} turns",
        f"{cleaning.MAX_NAME} characters",
        f"{metadata.MAX_DEPTH} levels",
        f"{spreadsheets.MAX_UNPACKED >> 20} MiB",
        f"{spreadsheets.MAX_COLUMNS}th",
        f"first {tables.HEADER_WITHIN} rows",
        f"{json_values.MAX_VALUE >> 20} million",
        f"{recognition.MAX_WHOLE >> 20} million",
        f"{delimited.MAX_CELL >> 20} million",
    ],
)
def test_limits_are_documented(limit: str) -> None:
    """The document states the limits that hold."""
    assert limit in DOCUMENT.replace("\n", " ")


def test_recordings_are_listed() -> None:
    """The common ones by name."""
    for suffix in ("wav", "mp3", "flac", "ogg", "opus", "amr", "m4a", "webm", "aac"):
        assert f".{suffix}" in RECORDING_SUFFIXES
        assert suffix in DOCUMENT.lower()
