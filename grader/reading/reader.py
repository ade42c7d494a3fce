"""A run's reading: paths go in, conversations and problems come out in input order, one at a time."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from grader.conversation import Conversation
from grader.problems import InputError, Problem
from grader.reading.cleaning import conversation_from, has_id
from grader.reading.drafts import Draft
from grader.reading.files import File, absolute, files, is_there
from grader.reading.formats import recognition
from grader.reading.formats.columns import checked
from grader.reading.identities import Identities
from grader.reading.neighbours import Neighbours
from grader.reading.particulars import completed
from grader.reading.refusal import tidied
from grader.reading.sidecars import Manifests, beside


def read(
    paths: Iterable[Path],
    *,
    columns: Mapping[str, str] | None = None,
    manifest: Path | None = None,
    outputs: Collection[Path] = (),
) -> Iterator[Conversation | Problem]:
    """Read every conversation of files and folders, in input order; what cannot be read is a problem in its place.

    A recording is a conversation without turns. Files are read as the caller goes through the result, so that neither
    a file nor a run is held in memory.

    Args:
        paths: Files and folders; folders are gone through in sorted order.
        columns: Column names of tables by field (``{"text": "留言正文"}``), where they are not the known ones.
        manifest: A table with a row for each file; by default ``manifest.csv`` of each folder.
        outputs: Files that the run itself writes: no input where a folder holds them.

    Raises:
        InputError: ``columns`` maps something that is no field. Faults of the input are never raised.
    """
    return _Run(list(map(Path, paths)), checked(columns), manifest, outputs).read()


class _Run:
    def __init__(
        self,
        paths: list[Path],
        columns: Mapping[str, str],
        manifest: Path | None,
        outputs: Collection[Path],
    ) -> None:
        self._paths = paths
        self._outputs = outputs
        self._given = {absolute(path) for path in paths}
        self._columns = columns
        self._manifests = Manifests(manifest)
        self._neighbours = Neighbours()
        self._identities = Identities()

    def read(self) -> Iterator[Conversation | Problem]:
        return (tidied(item) if isinstance(item, Problem) else item for item in self._read())

    def _read(self) -> Iterator[Conversation | Problem]:
        for item in files(self._paths, without=self._outputs):
            if isinstance(item, Problem):
                yield item
            elif self._manifests.is_one(item.path):
                yield from self._manifests.load_for(item)
            else:
                yield from self._manifests.load_for(item)
                yield from self._of_file(item)
        yield from self._manifests.unmatched()

    def _of_file(self, file: File) -> Iterator[Conversation | Problem]:
        recording = self._neighbours.recording(file.path)
        if recording and self._is_read(recording):
            return  # with the recording
        listed = self._manifests.of(file)
        empty = True
        for item in recognition.drafts(file, self._columns):
            empty = False
            if isinstance(item, Problem):
                yield item
            elif item.is_recording:
                yield from self._of_recording(item, listed, file)
            elif recording and item.has_words:
                yield self._finished(item, completed({"recording": str(recording)}, listed), file)
            else:
                yield self._finished(item, listed, file)
        if empty:
            yield _nothing_in(file)

    def _of_recording(
        self, draft: Draft, listed: Mapping[str, Any], file: File
    ) -> Iterator[Conversation | Problem]:
        """Read a recording with what stands beside it: a transcript goes before transcribing."""
        said = beside(file, self._neighbours.companions(file.path), self._columns)
        yield from said.problems
        words = said.transcript.data if said.transcript else {}
        whole = Draft(data={**completed(words, draft.data), **draft.data})
        yield self._finished(whole, completed(said.particulars, listed), file)

    def _finished(self, draft: Draft, said: Mapping[str, Any], file: File) -> Conversation | Problem:
        """Make the conversation of a draft, completed by what is ``said`` of the file beside it."""
        data, name = draft.data, f"{file.name}-{draft.part}" if draft.part else file.name
        if isinstance(data, Mapping) and (said or data.get("recording")):
            if draft.place:  # one of many: the file's id cannot be that of each
                said = {key: value for key, value in said.items() if key != "id"}
            data = completed(data, said)
            data["recording"] = _located(data.get("recording"), file)
        try:
            conversation = conversation_from(data, source=file.source, place=draft.place, name=name)
        except InputError as error:
            return error.problem
        return self._identities.admit(
            conversation, derived=not has_id(data), source=file.source, place=draft.place
        )

    def _is_read(self, path: Path) -> bool:
        """Tell whether a file is among the given paths or below one."""
        whole = Path(absolute(path))
        return any(str(above) in self._given for above in (whole, *whole.parents))


def _nothing_in(file: File) -> Problem:
    return Problem(
        source=file.source,
        place=None,
        problem="The file holds no conversation.",
        remedy="Export it again, or leave it out.",
    )


def _located(recording: object, file: File) -> object:
    """Give the path of a recording that a transcript names beside itself; any other as it is."""
    if not isinstance(recording, str) or not recording:
        return recording
    beside_it = file.path.parent / recording
    return str(beside_it) if is_there(beside_it) else recording
