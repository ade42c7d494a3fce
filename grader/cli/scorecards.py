"""``grader scorecard``: check a scorecard, and see which of its conditions hit where."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.common import LEFT_OUT, grader_for, report, settings_with

if TYPE_CHECKING:
    from rich.console import RenderableType

    from grader.conversation import Conversation
    from grader.scorecard import Scorecard, Trace

app = typer.Typer(help="Check a scorecard, or try it on a conversation.", no_args_is_help=True)

File = Annotated[
    Path, typer.Argument(help="A scorecard in YAML, or a shipped one's name.", show_default=False)
]


@app.command()
def check(file: File) -> None:
    """Tell everything that is wrong with a scorecard: line, reason, remedy.

    Exit status 0 if it can be used, 3 if not.
    """
    from grader.scorecard import check as problems_of
    from grader.scorecard import load

    problems = problems_of(file)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if problems:
        raise typer.Exit(LEFT_OUT)
    scorecard = load(file)
    criteria, conditions = len(scorecard.criteria), len(scorecard.conditions)
    typer.echo(
        f"{scorecard.name} version {scorecard.version}: {criteria} criteria, {conditions} conditions, no problem."
    )


@app.command()
def test(
    file: File,
    conversation: Annotated[
        Path,
        typer.Argument(help="One conversation or several, in any format that is read.", show_default=False),
    ],
) -> None:
    """Show which conditions of a scorecard hit where in a conversation, and what each criterion comes to.

    Exit status 0 if the conversation could be read, 3 if not, 2 for a scorecard with problems.
    """
    from rich.console import Console

    from grader.problems import Problem
    from grader.reading import read
    from grader.run import run

    grader = grader_for(settings_with(speech_model=None), scorecards=[file])
    console = Console()
    left_out = False
    for item in run(read([conversation]), grader.trace):
        if isinstance(item, Problem):
            left_out = True
            report(item)
        else:
            console.print(*_shown(grader.scorecards[0], *item), sep="\n")
    if left_out:
        raise typer.Exit(LEFT_OUT)


def _shown(scorecard: "Scorecard", conversation: "Conversation", trace: "Trace") -> "list[RenderableType]":
    from rich.table import Table
    from rich.text import Text

    from grader.redaction import displayed

    conditions = Table(
        "Condition", "Probability", "Where", title=displayed(conversation.id), title_justify="left"
    )
    for condition in trace.conditions:
        hits = "\n".join(
            f"turn {hit.turn + 1}: {hit.quote} ({hit.probability:.2f})" for hit in condition.hits
        )
        measured = "" if condition.value is None else f"measured {condition.value:g}"
        conditions.add_row(condition.name, _number(condition.probability), Text(hits or measured))
    criteria = Table("Criterion", "State", "Expression", "Probability", "Reason")
    for grade in trace.verdicts.criteria:
        expressions = trace.expressions[grade.id]
        criteria.add_row(
            grade.id,
            grade.state,
            Text("\n".join(f"{e.field}: {e.source}" for e in expressions)),
            "\n".join(_number(e.probability) for e in expressions),
            Text(grade.reason),
        )
    score = "none" if trace.verdicts.score is None else f"{trace.verdicts.score:.1f}"
    return [
        conditions,
        criteria,
        Text(f"{scorecard.name} version {scorecard.version}: score {score}, uncalibrated\n"),
    ]


def _number(probability: float | None) -> str:
    return "-" if probability is None else f"{probability:.3f}"
