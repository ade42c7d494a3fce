"""The nightly batch: a folder of grades that a later run goes on with, wherever the one before was cut off.

Grades are appended a chunk at a time, and ``run.json`` says after each how far they reach. What stands behind that is
torn, and its whole chunk is graded anew: grades depend in their last digits on what is graded together, so a run that was
cut off comes to the same bytes as one that was not.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, TextIO, TypeAlias

from pydantic import ValidationError

from grader.conversation import Conversation, Record
from grader.files import claim, faults, whole
from grader.grade import Grade
from grader.pipeline import Graded, Grader
from grader.problems import Problem
from grader.transcription import needs_transcribing

GRADES: Final = "grades.jsonl"
PROBLEMS: Final = "problems.jsonl"
RUN: Final = "run.json"
LOCK: Final = ".lock"
FILES: Final = (GRADES, PROBLEMS, RUN, LOCK)
"""What stands in the folder."""

Settings: TypeAlias = Mapping[str, Any]
"""All that decides a grade, as JSON values by name."""


class UnfitFolderError(Exception):
    """A folder that a run cannot go on with; the message says why and what to do."""


class Line(Grade):
    """A grade as the folder keeps it."""

    input: str
    """What was graded (``digest``)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a conversation that could be graded."""

    conversation_id: str
    line: Line | None
    """None where the folder holds it already."""


Result: TypeAlias = Outcome | Problem


class Run(Record):
    """``run.json``."""

    settings: dict[str, Any]
    started_at: datetime
    """When the first run began."""
    finished_at: datetime | None = None
    """When the last run had gone through everything; None where it has not."""
    graded: int = 0
    left_out: int = 0
    """What the last run could not grade."""
    bytes: int = 0
    """How far the grades reach in their file."""


class _Key(Record):
    conversation_id: str
    input: str


class _Place(NamedTuple):
    """Where the grade of a conversation stands, and what it is of."""

    input: str
    start: int
    end: int


def digest(redacted: Conversation, recording: str | None) -> str:
    """Give a hash of all that a grade rests on: the redacted conversation and, where nobody wrote down the words, the sound.

    Of what was sent a telephone number could be guessed by trying all against its hash.
    """
    hashed = hashlib.sha256(redacted.model_dump_json(exclude={"recording", "customer"}).encode())
    if needs_transcribing(redacted) and recording:
        with suppress(OSError, ValueError), Path(recording).open("rb") as sound:
            hashed.update(hashlib.file_digest(sound, "sha256").digest())
    return hashed.hexdigest()


@contextmanager
def open_batch(folder: Path, settings: Settings) -> Iterator["Batch"]:
    """Open a new folder, or one to go on with, for this run alone.

    Raises:
        OutputError: it cannot be written, or another run is writing it.
        UnfitFolderError: what stands in it was graded with other settings, or by no batch.
    """
    opened = ExitStack()
    try:
        with faults(folder, "Give another place."):
            folder.mkdir(parents=True, exist_ok=True)
            claim(opened.enter_context((folder / LOCK).open("w")).fileno(), folder)
            run = _run_of(folder, settings)
            grades = opened.enter_context((folder / GRADES).open("a+b"))
            problems = opened.enter_context((folder / PROBLEMS).open("w", encoding="utf-8"))
        yield Batch(folder, run, grades, problems)
    finally:
        # What a full disk did not take is tried once more when the files are closed.
        with faults(folder, _GO_ON):
            opened.close()


class Batch:
    """A folder that is open (``open_batch``)."""

    def __init__(self, folder: Path, run: Run, grades: BinaryIO, problems: TextIO) -> None:
        self._folder = folder
        self._run = run
        self._grades = grades
        self._problems = problems
        self._places, self._end = _read_places(grades, run.bytes)
        self._met: list[str] = []
        """The ids of this run, in input order."""
        self.before = len(self._places)
        """Conversations graded by earlier runs."""
        with faults(folder, _GO_ON):
            grades.truncate(self._end)
        self._commit(left_out=0)

    def grading(self, grader: Grader) -> Callable[[Sequence[Conversation]], list[Result]]:
        """Give the stage that grades what the folder does not hold the grade of."""

        def stage(conversations: Sequence[Conversation]) -> list[Result]:
            redacted = grader.redactor.redact(conversations)
            digests = [
                digest(r.conversation, c.recording) for r, c in zip(redacted, conversations, strict=True)
            ]
            known = [self._holds(c.id, of) for c, of in zip(conversations, digests, strict=True)]
            results = iter(
                grader.grade([c for c, held in zip(conversations, known, strict=True) if not held])
            )
            return [
                Outcome(c.id, None) if held else _outcome(next(results), of)
                for c, held, of in zip(conversations, known, digests, strict=True)
            ]

        return stage

    def add(self, results: Sequence[Result]) -> None:
        """Write what a chunk came to; from then on no end of the process loses it."""
        problems = [result for result in results if isinstance(result, Problem)]
        outcomes = [result for result in results if isinstance(result, Outcome)]
        with faults(self._folder, _GO_ON):
            self._problems.writelines(json.dumps(p.as_json(), ensure_ascii=False) + "\n" for p in problems)
            self._problems.flush()
            for outcome in outcomes:
                if outcome.line:
                    self._append(outcome.line)
            self._grades.flush()
            os.fsync(self._grades.fileno())
        self._met += [outcome.conversation_id for outcome in outcomes]
        self._commit(left_out=self._run.left_out + len(problems))

    def finish(self) -> None:
        """Leave one grade a conversation, in input order; those whose conversations are gone come last."""
        gone = self._places.keys() - set(self._met)
        places = [self._places[i] for i in (*self._met, *(i for i in self._places if i in gone))]
        ends = [0, *(place.end for place in places)]
        if ends[-1] != self._end or [place.start for place in places] != ends[:-1]:
            with whole(self._folder / GRADES) as ordered, faults(self._folder, _GO_ON):
                for place in places:
                    self._grades.seek(place.start)
                    ordered.buffer.write(self._grades.read(place.end - place.start))
            self._end = sum(place.end - place.start for place in places)
        self._commit(left_out=self._run.left_out, finished_at=datetime.now().astimezone())

    def grades(self) -> Iterator[Grade]:
        """Read the grades of all runs."""
        with (self._folder / GRADES).open("rb") as lines:
            yield from map(Grade.model_validate_json, lines)

    def _holds(self, conversation: str, of: str) -> bool:
        """Tell whether the grade stands there; that of something else than ``of`` counts no longer."""
        if (place := self._places.get(conversation)) and place.input != of:
            del self._places[conversation]
        return conversation in self._places

    def _append(self, line: Line) -> None:
        written = line.model_dump_json().encode() + b"\n"
        self._grades.write(written)
        start, self._end = self._end, self._end + len(written)
        self._places[line.conversation_id] = _Place(line.input, start, self._end)

    def _commit(self, *, left_out: int, finished_at: datetime | None = None) -> None:
        known = {"graded": len(self._places), "left_out": left_out, "bytes": self._end}
        self._run = self._run.model_copy(update={**known, "finished_at": finished_at})
        with whole(self._folder / RUN) as file:
            file.write(self._run.model_dump_json(indent=2) + "\n")


_GO_ON: Final = "Make room, and run again: it goes on from there."


def _outcome(result: Graded | Problem, of: str) -> Result:
    if isinstance(result, Problem):
        return result
    line = Line.model_construct(**dict(result.grade), input=of)
    return Outcome(line.conversation_id, line)


def _run_of(folder: Path, settings: Settings) -> Run:
    """Give what ``run.json`` says; a run that begins where there is none."""
    path = folder / RUN
    if not path.exists():
        if (folder / GRADES).exists():
            raise UnfitFolderError(f"{folder / GRADES} was written by no batch. Give another folder.")
        return Run(settings=dict(settings), started_at=datetime.now().astimezone())
    try:
        run = Run.model_validate_json(path.read_bytes())
    except ValidationError:
        raise UnfitFolderError(f"{path} was written by no batch. Give another folder.") from None
    differing = [
        f"{name} was {json.dumps(run.settings.get(name))} and is {json.dumps(settings.get(name))}"
        for name in {**run.settings, **settings}
        if run.settings.get(name) != settings.get(name)
    ]
    if differing:
        raise UnfitFolderError(
            f"{folder} holds grades that were made with other settings: {'; '.join(differing)}. "
            "Set them as they were, or give another folder."
        )
    return run


def _read_places(grades: BinaryIO, size: int) -> tuple[dict[str, _Place], int]:
    """Find the grades within the first ``size`` bytes; give too where the last one ends that is whole."""
    places: dict[str, _Place] = {}
    end = 0
    grades.seek(0)
    for line in grades:
        try:
            key = _Key.model_validate_json(line)
        except ValidationError:
            break
        if not line.endswith(b"\n") or end + len(line) > size:
            break
        places[key.conversation_id] = _Place(key.input, end, end + len(line))
        end += len(line)
    return places, end
