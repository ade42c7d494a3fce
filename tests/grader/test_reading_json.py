"""The contract's JSON: objects, arrays, JSON Lines, packed; good lines are read past bad ones."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from grader.conversation import Conversation
from grader.problems import Problem
from grader.reading import read


def conversation(name: str, text: str = "您好") -> dict[str, Any]:
    """Give a chat of one turn."""
    return {"id": name, "channel": "chat", "turns": [{"speaker": "agent", "text": text}]}


def ids(items: list[Conversation | Problem]) -> list[str]:
    """Give the ids of conversations and the places of problems, in order."""
    return [item.id if isinstance(item, Conversation) else f"!{item.place}" for item in items]


def written(path: Path, content: str | bytes) -> Path:
    """Write a file."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def lines(*values: object) -> str:
    """Join values as JSON Lines; strings stand as they are."""
    return "\n".join(v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values)


ONE, TWO, THREE = (conversation(name) for name in ("c-1", "c-2", "c-3"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("object.json", json.dumps(ONE)),
        ("pretty.json", json.dumps(ONE, indent=2, ensure_ascii=False)),
        ("array.json", json.dumps([ONE])),
        ("pretty-array.json", json.dumps([ONE], indent=4)),
        ("lines.jsonl", lines(ONE)),
        ("hand.json", '{"id": "c-1", "turns": [\n{"speaker": "agent", "text": "您好"},\n{"text": "hm"}\n]}'),
        ("blank.jsonl", "\n\n" + lines(ONE) + "\n\n"),
        ("windows.jsonl", lines(ONE) + "\r\n"),
        ("no-suffix", lines(ONE)),
        ("wrong.csv", lines(ONE)),
        ("wrong.wav", lines(ONE)),
        ("a.jsonl.gz", gzip.compress(lines(ONE).encode())),
        ("packed.json", gzip.compress(json.dumps([ONE]).encode())),
        ("array-line.jsonl", lines([ONE])),
    ],
)
def test_one_conversation_in_any_shape(tmp_path: Path, name: str, content: str | bytes) -> None:
    """Object, array, line; indented or not; packed or not; whatever the file is called."""
    assert ids(list(read([written(tmp_path / name, content)]))) == ["c-1"]


@pytest.mark.parametrize(
    "content",
    [
        lines(ONE, TWO, THREE),
        json.dumps([ONE, TWO, THREE]),
        json.dumps([ONE, TWO, THREE], indent=1),
        "".join(json.dumps(value, indent=2) for value in (ONE, TWO, THREE)),
        lines([ONE, TWO], THREE),
        json.dumps([ONE, TWO]) + "\n" + json.dumps(THREE),
    ],
)
def test_many_conversations_keep_their_order(tmp_path: Path, content: str) -> None:
    """Lines, arrays and objects one after another give the conversations in input order."""
    assert ids(list(read([written(tmp_path / "a.json", content)]))) == ["c-1", "c-2", "c-3"]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ('{"id": "c-2", "turns": [{"text": "x', "no valid JSON"),
        ("nonsense", "no valid JSON"),
        ('{"id": "c-2"} {"id": "c-3"}', "more follows"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"id": ' + "9" * 5000 + "}", "too many digits"),
        ("42", "single value"),
        ('"text"', "single value"),
        ("null", "single value"),
        ('{"foo": 1}', "no conversation of a known format"),
        ('{"turns": [{"speaker": "agent", "text": 5}]}', "must be a string"),
    ],
)
def test_a_bad_line_does_not_stop_the_rest(tmp_path: Path, bad: str, words: str) -> None:
    """A line that is no conversation is one problem with its number; the lines around it are read."""
    first, problem, last = read([written(tmp_path / "a.jsonl", lines(ONE, bad, THREE))])
    assert isinstance(problem, Problem)
    assert words in problem.problem
    assert problem.place is not None
    assert problem.place.startswith("line 2")
    assert problem.source == str(tmp_path / "a.jsonl")
    assert ids([first, last]) == ["c-1", "c-3"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt"])
def test_a_broken_first_line_is_still_json_lines(tmp_path: Path, name: str) -> None:
    """The shape shows in the other lines."""
    path = written(tmp_path / name, lines('{"id": "c-1", "turns": [{"te', TWO, THREE))
    assert ids(list(read([path]))) == ["!line 1", "c-2", "c-3"]


def test_a_truncated_array_gives_what_stands_before(tmp_path: Path) -> None:
    """The place is the line at which the file breaks off."""
    whole = json.dumps([ONE, TWO, THREE], indent=1)
    assert ids(list(read([written(tmp_path / "a.json", whole[:-40])]))) == [
        "c-1",
        "c-2",
        f"!line {whole[:-40].count(chr(10)) + 1}",
    ]


def test_an_array_that_is_not_closed_is_named(tmp_path: Path) -> None:
    """An export that broke off between two conversations is noticed too."""
    items = list(read([written(tmp_path / "a.json", "[" + json.dumps(ONE) + ",")]))
    assert ids(items) == ["c-1", "!line 1"]
    assert isinstance(items[1], Problem)
    assert "ends within an array" in items[1].problem


def test_a_fault_within_an_array_is_found_at_once(tmp_path: Path) -> None:
    """A fault is told from a value that is only long."""
    long = conversation("c-1", "长" * 15_000)
    content = json.dumps([long] * 1, ensure_ascii=False)[:-1] + ', {"id": c-2}, ' + "x" * 200_000
    items = list(read([written(tmp_path / "a.json", content)]))
    assert ids(items) == ["c-1", "!line 1"]


def test_a_packed_file_that_is_cut_off(tmp_path: Path) -> None:
    """What was unpacked is read, then the damage is a problem."""
    many = [conversation(f"c-{index}", f"{index * 7919}") for index in range(20_000)]
    packed = gzip.compress(lines(*many).encode())
    items = list(read([written(tmp_path / "a.jsonl.gz", packed[: len(packed) // 2])]))
    assert len(items) > 1000
    problem = items[-1]
    assert isinstance(problem, Problem)
    assert "damaged or cut off" in problem.problem


def test_damage_inside_a_packed_file(tmp_path: Path) -> None:
    """Broken bits are a problem of that file alone."""
    packed = bytearray(gzip.compress(lines(ONE, TWO).encode()))
    packed[len(packed) // 2] ^= 0xFF
    good = written(tmp_path / "b.jsonl", lines(THREE))
    items = list(read([written(tmp_path / "a.jsonl.gz", bytes(packed)), good]))
    assert ids(items)[-1] == "c-3"
    assert any(isinstance(item, Problem) for item in items)


def test_a_five_megabyte_turn_is_cut(tmp_path: Path) -> None:
    """One turn of 5 MB does no harm."""
    path = written(
        tmp_path / "a.json", json.dumps([conversation("c-1", "长" * 1_700_000)], ensure_ascii=False)
    )
    (item,) = read([path])
    assert isinstance(item, Conversation)
    assert len(item.turns[0].text) == 20_000


def test_no_id_gets_one_by_line(tmp_path: Path) -> None:
    """Conversations without id are named by file and position."""
    path = written(tmp_path / "day1.jsonl", lines({"turns": []}, {"turns": [{"text": "a"}]}))
    assert ids(list(read([path]))) == ["day1-1", "day1-2"]


def test_a_recording_named_beside_the_file_is_found(tmp_path: Path) -> None:
    """A relative path counts from the file that names it; a URL stays as it is."""
    (tmp_path / "audio").mkdir()
    written(tmp_path / "audio" / "x.wav", b"RIFF\x24\0\0\0WAVEfmt ")
    path = written(
        tmp_path / "a.jsonl",
        lines(
            {"id": "1", "recording": "audio/x.wav"}, {"id": "2", "recording": "https://calls.example/x.wav"}
        ),
    )
    recordings = [item.recording for item in read([path]) if isinstance(item, Conversation)]
    assert recordings == [str(tmp_path / "audio" / "x.wav"), "https://calls.example/x.wav"]


@pytest.mark.parametrize("content", ["[]", '{"tickets": []}', "[[], []]"])
def test_a_file_without_conversations_is_named(tmp_path: Path, content: str) -> None:
    """Nothing is passed over in silence."""
    (item,) = read([written(tmp_path / "a.json", content)])
    assert isinstance(item, Problem)
    assert "no conversation" in item.problem


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_raw_control_characters_are_removed(tmp_path: Path, name: str) -> None:
    """Exports that do not escape them are read all the same."""
    (item,) = read([written(tmp_path / name, '{"turns": [{"text": "a\x00b\tc\x07"}], "id": "c" }')])
    assert isinstance(item, Conversation)
    assert item.turns[0].text == "ab\tc"


def test_a_file_with_one_conversation_gives_it_its_name(tmp_path: Path) -> None:
    """The position tells nothing where there is only one."""
    assert ids(list(read([written(tmp_path / "call-7.json", '{"turns": []}')]))) == ["call-7"]


def test_written_conversations_are_read_again(tmp_path: Path) -> None:
    """What the program writes, remarks included, it reads as the same."""
    (item,) = read(
        [written(tmp_path / "a.json", json.dumps({"id": 7, "turns": [{"text": "a\u0000", "start": -1}]}))]
    )
    assert isinstance(item, Conversation)
    assert list(read([written(tmp_path / "b.jsonl", item.model_dump_json())])) == [item]
