"""Files that a run writes."""

import fcntl
import resource
from pathlib import Path

import pytest

from grader.files import OutputError, part_of, whole


def test_a_file_appears_once_it_is_complete(tmp_path: Path) -> None:
    """Its folder is made; until the end the old file stands; nothing is left beside it."""
    path = tmp_path / "new" / "grades.jsonl"
    for content in ("first\n", "第二\n"):
        with whole(path) as file:
            file.write(content)
            assert path.exists() == (content != "first\n")
        assert path.read_bytes() == content.encode()
    assert list(path.parent.iterdir()) == [path]


def test_what_was_written_before_an_interruption_stays(tmp_path: Path) -> None:
    """As the part; the next run begins it anew."""
    path = tmp_path / "grades.jsonl"
    with pytest.raises(TypeError), whole(path) as file:
        file.writelines(["a line\n", None])
    assert not path.exists()
    assert part_of(path).read_text() == "a line\n"
    with whole(path) as file:
        file.write("short\n")
    assert path.read_text() == "short\n"


def test_two_runs_never_write_the_same_file(tmp_path: Path) -> None:
    """The second is refused and destroys nothing; afterwards the file is free again."""
    path = tmp_path / "grades.jsonl"
    with whole(path) as file:
        file.write("mine\n")
        file.flush()
        with pytest.raises(OutputError, match="another run is writing it"), whole(path):
            pytest.fail("both write it")
    assert path.read_text() == "mine\n"
    with whole(path) as file:
        file.write("next\n")
    assert path.read_text() == "next\n"


def test_what_another_run_has_just_finished_is_not_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends between opening the part and claiming it: the part is its finished output by then."""
    path = tmp_path / "grades.jsonl"

    def finished_meanwhile(*_: object) -> None:
        part_of(path).write_text("the other run's\n")
        part_of(path).rename(path)

    monkeypatch.setattr(fcntl, "flock", finished_meanwhile)
    with pytest.raises(OutputError, match="another run"), whole(path):
        pytest.fail("it has another's file")
    assert path.read_text() == "the other run's\n"


@pytest.mark.parametrize("name", ["folder", "/dev/null", "/proc/nowhere/grades.jsonl", "n" * 300])
def test_a_place_where_no_file_can_be_is_refused_at_once(name: str, tmp_path: Path) -> None:
    """Before anything is graded, by name."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=f"{name} cannot be written"), whole(tmp_path / name):
        pytest.fail("it was opened")
    assert Path("/dev/null").is_char_device()


def test_a_fault_is_that_of_the_output_it_befell(tmp_path: Path) -> None:
    """Of two files that are open, the one on the full disk is named; what went before stays in the other's part."""
    full, good = tmp_path / "full.html", tmp_path / "good.jsonl"

    def write() -> None:
        with whole(full) as first, whole(good) as second:
            second.write("kept\n")
            first.write("lost " * 10_000)

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(OutputError, match=r"full\.html cannot be written \(File too large\)"):
            write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert part_of(good).read_text() == "kept\n"
    assert not good.exists()
