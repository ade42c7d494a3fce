"""Paths, folders and ids: what cannot be read is a problem, the rest of the run goes on, in order."""

import json
import os
import sys
from pathlib import Path

import pytest

from grader.conversation import Conversation
from grader.problems import Problem
from grader.reading import read

GOOD = json.dumps({"id": "good", "turns": [{"speaker": "agent", "text": "您好"}]}, ensure_ascii=False)


def good(folder: Path, name: str = "z.json", identifier: str = "good") -> Path:
    """Write a conversation that can be read."""
    path = folder / name
    path.write_text(GOOD.replace("good", identifier), encoding="utf-8")
    return path


def fault(items: list[Conversation | Problem]) -> Problem:
    """Check that one problem stands before the good conversation, and give it."""
    problem, conversation = items
    assert isinstance(conversation, Conversation)
    assert isinstance(problem, Problem)
    assert problem.problem.endswith(".")
    assert problem.remedy.endswith(".")
    return problem


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    """The problem names the path."""
    problem = fault(list(read([tmp_path / "none.json", good(tmp_path)])))
    assert problem.source == str(tmp_path / "none.json")
    assert "no such file" in problem.problem


def test_a_path_that_vanishes_midway(tmp_path: Path) -> None:
    """Files are looked at when their turn comes."""
    paths = [good(tmp_path, f"{index}.json", f"c-{index}") for index in range(3)]
    items = read(paths)
    assert isinstance(next(items), Conversation)
    paths[1].unlink()
    assert isinstance(next(items), Problem)
    assert isinstance(next(items), Conversation)


def test_a_folder_whose_file_vanishes_midway(tmp_path: Path) -> None:
    """Also below a folder, once its names were listed."""
    for index in range(3):
        good(tmp_path, f"{index}.json", f"c-{index}")
    items = read([tmp_path])
    next(items)
    (tmp_path / "1.json").unlink()
    assert [type(item) for item in items] == [Problem, Conversation]


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs users")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_may_not_be_read(tmp_path: Path, what: str) -> None:
    """Missing permission is said so."""
    locked = tmp_path / "locked"
    if what == "folder":
        locked.mkdir()
        good(locked)
    else:
        locked.write_text(GOOD)
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    locked.chmod(0)
    path = good(tmp_path)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        items = list(read([locked, path]))
    finally:
        os.seteuid(user)
        locked.chmod(0o700)
    assert "may not be read" in fault(items).problem


@pytest.mark.parametrize("name", ["nul\0byte", "x" * 300, "\ud800", "a/../b", "", "~$lock.xlsx"])
def test_odd_paths(tmp_path: Path, name: str) -> None:
    """A name no file can have is a problem like any other."""
    (tmp_path / "empty").mkdir()
    problem = fault(list(read([tmp_path / "empty" / name, good(tmp_path)])))
    assert problem.source.isprintable()


@pytest.mark.skipif(sys.platform != "linux", reason="needs special files")
def test_special_files(tmp_path: Path) -> None:
    """Pipes and devices are not opened: they could wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        assert "neither a file nor a folder" in fault(list(read([path, good(tmp_path)]))).problem


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_an_error_while_reading(tmp_path: Path) -> None:
    """A disk or share that fails midway is a problem of that file."""
    assert "cannot be read" in fault(list(read([Path("/proc/self/mem"), good(tmp_path)]))).problem


@pytest.mark.parametrize("content", [b"", b"   \n\t\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty_files(tmp_path: Path, content: bytes) -> None:
    """Nothing, blanks or a mark alone: the file is empty."""
    (tmp_path / "a.json").write_bytes(content)
    assert "empty" in fault(list(read([tmp_path / "a.json", good(tmp_path)]))).problem


def test_an_empty_folder(tmp_path: Path) -> None:
    """A folder without files is noticed; hidden files and locks do not count."""
    folder = tmp_path / "calls"
    folder.mkdir()
    for name in (".DS_Store", "~$chats.xlsx"):
        (folder / name).write_bytes(b"x")
    assert "no files" in fault(list(read([folder, good(tmp_path)]))).problem


def test_folders_are_read_in_sorted_order(tmp_path: Path) -> None:
    """Names decide, at every level; hidden folders are left out; what is given twice comes once."""
    for name in ("b/2.json", "b/1.json", "a.json", "c.json", ".git/x.json", "b/.x.json", "B.json"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        good(path.parent, path.name, name)
    expected = ["B.json", "a.json", "b/1.json", "b/2.json", "c.json"]
    assert [
        item.id for item in read([tmp_path, tmp_path / "a.json"]) if isinstance(item, Conversation)
    ] == expected


def test_what_the_run_writes_is_no_input_of_a_folder(tmp_path: Path) -> None:
    """An output is passed over in a folder, and read where it is given itself."""
    good(tmp_path, "a.json", "a")
    output = good(tmp_path, "b.json", "b")
    folder, itself = read([tmp_path], outputs=[output]), read([output], outputs=[output])
    assert [[item.id for item in items if isinstance(item, Conversation)] for items in (folder, itself)] == [
        ["a"],
        ["b"],
    ]
    (tmp_path / "a.json").unlink()
    assert "no files" in fault([*read([tmp_path], outputs=[output]), *read([output])]).problem


def test_links_in_a_circle(tmp_path: Path) -> None:
    """A link back to a folder above is not followed for ever; a broken link is a problem."""
    good(tmp_path, "a.json")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "wrong").symlink_to(tmp_path / "none")
    conversation, *problems = read([tmp_path])
    assert isinstance(conversation, Conversation)
    assert [Path(problem.source).name for problem in problems if isinstance(problem, Problem)] == [
        "self",
        "wrong",
    ]


def test_a_file_and_its_links_are_one(tmp_path: Path) -> None:
    """Whichever comes first stands for all: a folder of links to another's files does not double the run."""
    file = good(tmp_path, "monday.json")
    (tmp_path / "latest.json").symlink_to(file)
    (tmp_path / "linked").symlink_to(tmp_path, target_is_directory=True)
    (only,) = read([tmp_path / "linked", tmp_path])
    assert isinstance(only, Conversation)


def test_what_the_run_writes_is_no_input_by_another_name_either(tmp_path: Path) -> None:
    """The folder has two names, and the file comes to be while the run goes on."""
    folder, other = tmp_path / "folder", tmp_path / "other"
    folder.mkdir()
    other.symlink_to(folder, target_is_directory=True)
    for number in range(2):
        good(folder, f"{number}.json", f"c-{number}")
    items = read([folder], outputs=[other / "new" / "9.json"])
    first = next(items)
    (folder / "new").mkdir()
    good(folder / "new", "9.json", "c-9")
    assert [item.id for item in [first, *items] if isinstance(item, Conversation)] == ["c-0", "c-1"]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """A file whose name is not UTF-8 is read where it is text; a recording's path could not be written down."""
    folder = os.fsencode(tmp_path)
    for name, content in ((b"\xff.json", GOOD.encode()), (b"\xfe.wav", b"RIFF\x24\0\0\0WAVEfmt ")):
        with open(folder + b"/" + name, "wb") as file:  # noqa: PTH123 - a path of bytes
            file.write(content)
    problem, conversation = read([tmp_path])
    assert isinstance(conversation, Conversation)
    assert isinstance(problem, Problem)
    assert "broken characters" in problem.problem
    assert "�" in problem.source
    str(problem).encode()


@pytest.mark.parametrize(("text", "words"), [("您好", "the same content"), ("再见", "other content")])
def test_an_id_that_was_given_before(tmp_path: Path, text: str, words: str) -> None:
    """The later one is a problem that names the first place; the first is read."""
    path = tmp_path / "a.jsonl"
    path.write_text(f"{GOOD}\n{GOOD.replace('您好', text)}\n", encoding="utf-8")
    conversation, problem = read([path])
    assert isinstance(conversation, Conversation)
    assert isinstance(problem, Problem)
    assert problem.place == "line 2"
    assert f"{path}, line 1" in problem.problem
    assert words in problem.problem


def test_an_id_that_another_file_gave(tmp_path: Path) -> None:
    """Ids are unique in a run, not only in a file."""
    first, second = read([good(tmp_path, "a.json"), good(tmp_path, "b.json")])
    assert isinstance(first, Conversation)
    assert isinstance(second, Problem)
    assert str(tmp_path / "a.json") in second.problem


def test_an_id_that_is_its_files_name_is_still_given(tmp_path: Path) -> None:
    """Only an id that was derived is numbered."""
    (tmp_path / "sub").mkdir()
    paths = [good(tmp_path, "good.json"), good(tmp_path / "sub", "good.json")]
    assert [type(item) for item in read(paths)] == [Conversation, Problem]


def test_paths_may_be_an_iterator_of_strings(tmp_path: Path) -> None:
    """Whatever can be gone through once will do."""
    assert len(list(read(iter([str(good(tmp_path))])))) == 1


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    """The files are opened as the caller goes on, so that nothing piles up."""
    path = tmp_path / "later.json"
    items = read([path])
    path.write_text(GOOD, encoding="utf-8")
    assert isinstance(next(items), Conversation)
