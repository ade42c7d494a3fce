"""``grader batch``: folders in, a folder of grades out, gone on with after whatever ended the run before."""

import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from grader.cli import common
from grader.cli.grading import show
from grader.cli.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.batch import Batch, Result
    from grader.problems import Problem

EVERY: Final = 5.0
"""Seconds between two lines of progress, at least."""

STOPPED: Final = 128
"""Exit status where a signal stopped the run, less the signal's number."""


class Format(StrEnum):
    """The tables that can be asked for."""

    CSV = "csv"
    XLSX = "xlsx"


def batch(
    *,
    inputs: Annotated[
        list[Path], typer.Option("--input", help="A file or folder; may be repeated.", show_default=False)
    ],
    output: Annotated[
        Path,
        typer.Option(
            file_okay=False, show_default=False, help="Folder for grades.jsonl, problems.jsonl, run.json."
        ),
    ],
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="At the end write a table too, a row a conversation; may be repeated."),
    ] = None,
    scorecard: common.Scorecards = None,
    manifest: common.Manifest = None,
    column: common.Columns = None,
    speech_model: common.SpeechModel = None,
    language: common.SpeechLanguage = None,
    agent_channel: common.AgentChannel = None,
) -> None:
    """Grade folders overnight; run again, it grades what is new, changed or failed, and goes on where it was cut off.

    Exit status 0 if all were graded, 3 if some could not be, 2 for a usage error or other settings than before, 4 if
    the output cannot be written, 130 or 143 if Ctrl-C or SIGTERM stopped it.
    """
    from grader.assembly import deciding
    from grader.batch import FILES, UnfitFolderError, open_batch
    from grader.summary import Tally
    from grader.table import write_table

    began = time.monotonic()
    tables = {form: output / f"grades.{form}" for form in Format}
    work = common.work_for(
        inputs,
        common.Hearing(speech_model, language, agent_channel),
        manifest=manifest,
        column=column,
        scorecards=scorecard,
        outputs=[("--output", path) for path in (*(output / name for name in FILES), *tables.values())],
    )
    try:
        with open_batch(output, deciding(work.settings, work.grader)) as folder:
            problems = _run(work, folder)
            tally = Tally(names=work.grader.criterion_names())
            for grade in folder.grades():
                tally.add(grade)
            for form in formats or ():
                write_table(tables[form], folder.grades)
    except UnfitFolderError as error:
        common.refuse(str(error))
    show(tally, problems, seconds=time.monotonic() - began, outputs={"Folder": output}, before=folder.before)
    if problems:
        raise typer.Exit(common.LEFT_OUT)


def _run(work: common.Work, folder: "Batch") -> "list[Problem]":
    """Go through everything; give what could not be graded. A signal ends the command after the chunk in hand."""
    from grader.problems import Problem
    from grader.run import run_in_batches

    # Reading takes a fortieth of the time that grading does: so much for telling how long it will be.
    pace = _Pace(total=sum(1 for _ in work.read()))
    problems: list[Problem] = []
    with Stop() as stop:
        for results in run_in_batches(work.read(), folder.grading(work.grader)):
            folder.add(results)
            left_out = [result for result in results if isinstance(result, Problem)]
            problems += left_out
            for problem in left_out:
                common.report(problem)
            pace.tell(results)
            if stop.signal and pace.seen < pace.total:
                typer.echo(
                    f"Stopped after {pace.seen} of {pace.total}. The same command goes on from there.",
                    err=True,
                )
                raise typer.Exit(STOPPED + stop.signal)
        folder.finish()
    return problems


@dataclass(slots=True, kw_only=True)
class _Pace:
    """Tells now and then how far the run is."""

    total: int
    """Conversations and problems that there are to see."""
    seen: int = 0
    graded: int = 0
    """Those of them that this run graded."""
    began: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)

    def tell(self, results: "Sequence[Result]") -> None:
        """Count a chunk, and say in a line how far, how fast and how long still."""
        from grader.batch import Outcome
        from grader.summary import duration

        self.seen += len(results)
        self.graded += sum(isinstance(result, Outcome) and result.line is not None for result in results)
        now = time.monotonic()
        if now - self.told < EVERY:
            return
        self.told = now
        rate = self.graded / (now - self.began)
        left = f", {duration((self.total - self.seen) / rate)} left" if rate else ""
        typer.echo(f"{self.seen} of {self.total}, {rate:.1f} graded a second{left}", err=True)
