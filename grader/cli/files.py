"""Files that a command writes: whole or not at all."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

STDOUT = Path("-")


@contextmanager
def whole(path: Path) -> Iterator[TextIO]:
    """Open a text file that appears under its name once it is complete; ``-`` is the standard output.

    What was written before an interruption stays beside it as ``NAME.part``.
    """
    if path == STDOUT:
        yield sys.stdout
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part(path)
    with part.open("w", encoding="utf-8", newline="\n") as file:
        yield file
    part.replace(path)


def written(*paths: Path | None) -> list[Path]:
    """Give the files that come of writing whole ones; None and the standard output are none."""
    files = [path for path in paths if path and path != STDOUT]
    return [*files, *map(_part, files)]


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a line for each, whole or not at all."""
    with whole(path) as file:
        file.writelines(f"{line}\n" for line in lines)
