"""Which files the paths of a run mean: folders are gone through in sorted order, hidden files are left out."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.problems import Problem
from grader.reading import characters

PACKED: Final = frozenset({".gz", ".gzip"})
_IGNORED: Final = (".", "~$")
"""Beginnings of names: hidden files, and the locks of open spreadsheets."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a run."""

    path: Path
    name: str
    """What ids are derived from: its path below the given folder, without suffix."""
    root: Path
    """The given folder; that of the file where the file itself was given."""

    @property
    def source(self) -> str:
        """The path as problems name it."""
        return characters.tidy(str(self.path))

    @property
    def suffix(self) -> str:
        """The suffix in lower case, of ``chats.jsonl.gz`` that before the packing's."""
        return suffix_of(self.path)


def suffix_of(path: Path) -> str:
    """Give a path's suffix in lower case, without that of packing."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in PACKED else suffix


def stem_of(path: Path) -> str:
    """Give a file's name without its suffixes."""
    return Path(path.stem).stem if path.suffix.lower() in PACKED else path.stem


def files(paths: Sequence[Path], *, without: Collection[Path] = ()) -> Iterator[File | Problem]:
    """Give the files of all paths in order; one that is given twice, or by a link too, comes once.

    ``without``: what is no input where a folder holds it.
    """
    seen: set[str] = set()
    no_input = set(map(real, without))
    for given in paths:
        for item in _meant(given, no_input):
            if isinstance(item, Problem):
                yield item
            elif (path := real(item.path)) not in seen:
                seen.add(path)
                yield item


def _meant(given: Path, no_input: Collection[str]) -> Iterator[File | Problem]:
    if not _is_folder(given):
        yield File(given, stem_of(given), given.parent)
        return
    found = False
    for item in _walk(given):
        if isinstance(item, Problem):
            found = True
            yield item
        elif real(item) not in no_input:
            found = True
            yield File(item, item.relative_to(given).with_name(stem_of(item)).as_posix(), given)
    if not found:
        yield Problem(
            source=characters.tidy(str(given)),
            place=None,
            problem="The folder holds no files.",
            remedy="Give a folder with recordings or transcripts.",
        )


def _walk(folder: Path) -> Iterator[Path | Problem]:
    """Give the files below a folder in sorted order; each folder is entered once, whatever links lead to it."""
    entered: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        if not _is_folder(path):
            yield path
            continue
        try:
            status = path.stat()
            names = sorted((entry.name for entry in path.iterdir()), reverse=True)
        except OSError as error:
            yield unreadable(path, error)
            continue
        if (identity := (status.st_dev, status.st_ino)) not in entered:
            entered.add(identity)
            waiting += [path / name for name in names if not name.startswith(_IGNORED)]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False  # opening it says why


def absolute(path: Path) -> str:
    """Give the path from the root; links in it are not followed."""
    return os.path.abspath(path)  # noqa: PTH100 - resolve() follows links, and fails on those in a circle


def real(path: Path) -> str:
    """Give the path that all links lead to; never raises."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return absolute(path)


def is_there(path: Path) -> bool:
    """Tell whether there is such a file; never raises."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def unreadable(path: Path, error: Exception) -> Problem:
    """Say why a file or folder cannot be opened or read."""
    match error:
        case FileNotFoundError():
            problem, remedy = (
                "There is no such file or folder.",
                "Check the path; it may have been moved meanwhile.",
            )
        case PermissionError():
            problem, remedy = "It may not be read.", "Give this user permission to read it."
        case OSError(errno=int(), strerror=str(reason)):
            problem, remedy = f"It cannot be read ({reason}).", "Check the disk or share it is on."
        case OSError() | EOFError() | _:
            problem = f"The packed file is damaged or cut off ({error})."
            remedy = "Copy or pack it again, whole; what stands before the damage was read."
    return Problem(source=characters.tidy(str(path)), place=None, problem=problem, remedy=remedy)
