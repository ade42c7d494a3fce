"""Files that a run writes: whole or not at all, and by one run at a time."""

import fcntl
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STDOUT: Final = Path("-")

_ROOM: Final = "Make room or give another place, and run again."


class OutputError(Exception):
    """An output that cannot be written; the message says which, why and what to do."""

    def __init__(self, output: Path | str, reason: str | None, remedy: str) -> None:
        super().__init__(f"{output} cannot be written ({reason}). {remedy}")


def part_of(path: Path) -> Path:
    """Give the file that stands beside an output until that is complete."""
    return path.with_name(f"{path.name}.part")


@contextmanager
def whole(path: Path) -> Iterator[TextIO]:
    """Open a text file that appears under its name once it is complete; ``-`` is the standard output.

    What was written before an interruption stays beside it as ``NAME.part``.

    Raises:
        OutputError: it cannot be written, or another run is writing it.
    """
    if path == STDOUT:
        with _text(_Output(sys.stdout.fileno(), "The standard output", _ROOM, closefd=False)) as stream:
            yield stream
        return
    part = part_of(path)
    remedy = f"{_ROOM} What was written until then stands in {part}."
    with _Output(_opened(path, part), path, remedy) as output:
        _claim_part(output, part, path)
        with _text(output) as stream:
            yield stream
            with faults(path, remedy):
                stream.flush()
                os.fsync(output.fileno())
                part.replace(path)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a line for each, whole or not at all."""
    with whole(path) as file:
        file.writelines(f"{line}\n" for line in lines)


def claim(file: int, output: Path) -> None:
    """Keep other runs from an open file until it is closed.

    Raises:
        OutputError: another run has it.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _busy(output) from None


@contextmanager
def faults(output: Path | str, remedy: str) -> Iterator[None]:
    """Say which output it was that the system could not write."""
    try:
        yield
    except OSError as error:
        raise OutputError(output, error.strerror, remedy) from error


class _Output(io.FileIO):
    """An open file whose faults are those of the output it is for, whoever else writes in the same block."""

    def __init__(self, file: int, name: Path | str, remedy: str, *, closefd: bool = True) -> None:
        super().__init__(file, "w", closefd=closefd)
        self._name, self._remedy = name, remedy

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write some of the bytes; give how many."""
        with faults(self._name, self._remedy):
            return super().write(data)


def _text(output: _Output) -> TextIO:
    return io.TextIOWrapper(io.BufferedWriter(output), encoding="utf-8", newline="\n")


def _opened(path: Path, part: Path) -> int:
    """Open the part of an output as it stands: another run may be writing it."""
    with faults(path, "Give another place."):
        if path.exists() and not path.is_file():
            raise OutputError(path, "there is something else than a file", "Give the name of a file.")
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(part, os.O_WRONLY | os.O_CREAT, 0o666)


def _claim_part(output: _Output, part: Path, path: Path) -> None:
    """Take the part for this run alone, and empty it."""
    claim(output.fileno(), path)
    # Between opening and claiming, the run that had it may have made it the finished output.
    if not part.exists() or not os.path.samestat(os.fstat(output.fileno()), part.stat()):
        raise _busy(path)
    output.truncate(0)


def _busy(output: Path) -> OutputError:
    return OutputError(output, "another run is writing it", "Wait for that run, or give another place.")
