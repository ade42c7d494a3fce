"""What stands beside a recording: its sidecar ``NAME.json``, its transcript, and the manifests of its folders."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.problems import Problem
from grader.reading import characters
from grader.reading.drafts import Draft
from grader.reading.files import File, absolute
from grader.reading.formats import recognition
from grader.reading.manifest import NAMES, Manifest
from grader.reading.particulars import completed, particulars


@dataclass(slots=True)
class Beside:
    """What the companions of a recording say."""

    transcript: Draft | None = None
    """Its words, where they were written down already."""
    particulars: Mapping[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def beside(recording: File, companions: Sequence[Path], columns: Mapping[str, str]) -> Beside:
    """Read the companions of a recording; what is wrong with one does not keep the recording from being read."""
    said = Beside()
    for path in companions:
        found = list(recognition.drafts(File(path, recording.name, recording.root), columns))
        drafts = [item for item in found if isinstance(item, Draft)]
        said.problems += (item for item in found if isinstance(item, Problem))
        if len(drafts) > 1:
            said.problems.append(_several(path, len(drafts)))
        elif drafts and drafts[0].has_words:
            said.transcript = said.transcript or drafts[0]
        elif drafts and isinstance(drafts[0].data, Mapping):
            said.particulars = completed(said.particulars, particulars(drafts[0].data))
    return said


def _several(path: Path, count: int) -> Problem:
    return Problem(
        source=characters.tidy(str(path)),
        place=None,
        problem=f"The file holds {count} conversations and is named like one recording.",
        remedy="Give it another name, or leave in it only what belongs to the recording.",
    )


class Manifests:
    """The manifests of a run: the one the caller names, else those found in the folders."""

    def __init__(self, given: Path | None) -> None:
        self._given = given
        self._loaded: dict[Path, Manifest | None] = {}

    def is_one(self, path: Path) -> bool:
        """Tell whether a file is a manifest and no conversation."""
        named = self._given is not None and absolute(path) == absolute(self._given)
        return named or path.name.lower() in NAMES

    def load_for(self, file: File) -> Iterator[Problem]:
        """Load the manifests that may name the file; give what is wrong with those that were not loaded before."""
        for folder in self._folders(file):
            if folder not in self._loaded:
                manifest = self._in(folder)
                self._loaded[folder] = manifest
                yield from manifest.problems if manifest else ()

    def of(self, file: File) -> Mapping[str, Any]:
        """Give what the manifests say of a file; the nearest one counts before those above."""
        said: Mapping[str, Any] = {}
        for folder in self._folders(file):
            if manifest := self._loaded.get(folder):
                said = completed(said, manifest.of(file.path))
        return said

    def unmatched(self) -> Iterator[Problem]:
        """Give a problem for each row that names a file which is not there."""
        for manifest in self._loaded.values():
            yield from manifest.unmatched() if manifest else ()

    def _folders(self, file: File) -> list[Path]:
        if self._given:
            return [self._given.parent]
        folders = [file.path.parent]
        while folders[-1] != file.root and file.root in folders[-1].parents:
            folders.append(folders[-1].parent)
        return folders

    def _in(self, folder: Path) -> Manifest | None:
        if self._given:
            return Manifest(self._given)
        try:
            found = sorted(path for path in folder.iterdir() if path.name.lower() in NAMES)
        except (OSError, ValueError):
            return None
        return Manifest(found[0]) if found else None
