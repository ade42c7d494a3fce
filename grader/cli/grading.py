"""``grader grade``: recordings, transcripts and chats in; grades, a table and a page out."""

import json
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli import common
from grader.files import STDOUT, whole

PIPE_WIDTH = 100
"""Columns of the table where there is no terminal to ask."""

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grader.pipeline import Graded, Grader
    from grader.problems import Problem
    from grader.summary import Tally


def grade(
    paths: common.Paths,
    *,
    scorecard: common.Scorecards = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the grades here as JSON Lines; - is the standard output.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write one HTML page here: transcripts, evidence, criteria.")
    ] = None,
    manifest: common.Manifest = None,
    column: common.Columns = None,
    speech_model: common.SpeechModel = None,
    language: common.SpeechLanguage = None,
    agent_channel: common.AgentChannel = None,
) -> None:
    """Grade recordings, transcripts, chats, or folders of them.

    Exit status 0 if all were graded, 3 if some could not be, 2 for a usage error, 4 if an output cannot be written.
    """
    from grader.run import run

    began, started_at = time.monotonic(), datetime.now().astimezone()
    if page == STDOUT:
        common.refuse("--page is a file, not the standard output. Give its name.")
    left_out = _problems_file(out) if out and out != STDOUT else None
    named = [("--out", out), ("--page", page), ("The file of what is left out,", left_out)]
    work = common.work_for(
        paths,
        common.Hearing(speech_model, language, agent_channel),
        manifest=manifest,
        column=column,
        scorecards=scorecard,
        outputs=[(option, path) for option, path in named if path],
    )
    results = run(work.read(), work.grader.grade)
    tally, problems = _write(
        results, work.grader, started_at=started_at, out=out, page=page, left_out=left_out
    )
    outputs = {"Grades": out, "Page": page, "Left out": left_out if problems else None}
    show(
        tally,
        problems,
        seconds=time.monotonic() - began,
        outputs={name: path for name, path in outputs.items() if path and path != STDOUT},
        to_stderr=out == STDOUT,
    )
    if problems:
        raise typer.Exit(common.LEFT_OUT)


def _write(
    results: "Iterable[Graded | Problem]",
    grader: "Grader",
    *,
    started_at: datetime,
    out: Path | None,
    page: Path | None,
    left_out: Path | None,
) -> "tuple[Tally, list[Problem]]":
    """Write every grade as it comes; give the counts, and the problems in the order of the input."""
    from grader.page import open_page
    from grader.problems import Problem
    from grader.summary import Tally

    names = grader.criterion_names()
    tally = Tally(names=names)
    problems: list[Problem] = []
    with ExitStack() as opened:
        lines = opened.enter_context(whole(out)) if out else None
        html = opened.enter_context(open_page(page, names=names)) if page else None
        faulty = opened.enter_context(whole(left_out)) if left_out else None
        for result in opened.enter_context(common.progress(results, doing="Grading")):
            if isinstance(result, Problem):
                problems.append(result)
                common.report(result)
                if faulty:
                    faulty.write(json.dumps(result.as_json(), ensure_ascii=False) + "\n")
                continue
            tally.add(result.grade)
            if lines:
                lines.write(result.grade.model_dump_json() + "\n")
            if html:
                html.add(result.conversation, result.grade)
        if html:
            html.finish(started_at=started_at, problems=problems)
    return tally, problems


def show(
    tally: "Tally",
    problems: "list[Problem]",
    *,
    seconds: float,
    outputs: dict[str, Path],
    before: int = 0,
    to_stderr: bool = False,
) -> None:
    """Print the table of a run and how it went; ``before`` conversations were graded by earlier runs."""
    from rich.console import Console

    console = Console(stderr=to_stderr)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    if tally.graded:
        console.print(tally.table())
    console.print(tally.closing(problems=problems, seconds=seconds, outputs=outputs, before=before))


def _problems_file(out: Path) -> Path:
    """Name the file that stands beside the grades and tells what was left out."""
    return out.with_name(f"{out.name.removesuffix('.jsonl')}.problems.jsonl")
