"""The ``grader`` command.

Other rooms add their commands through the entry points ``callgrader.commands``: imports point to this room, never
from it. Everything heavy is imported where it is used, so that ``grader --help`` answers at once.
"""

import sys
from importlib.metadata import entry_points

import typer

from grader.cli.batch import batch
from grader.cli.common import UNWRITTEN
from grader.cli.grading import grade
from grader.cli.scorecards import app as scorecards
from grader.cli.transcripts import redact, transcribe
from grader.files import OutputError

PLUGINS = "callgrader.commands"


def build() -> typer.Typer:
    """Put the command together from this room's commands and the other rooms'."""
    app = typer.Typer(
        name="grader",
        help="Grades calls and chats for empathy, script adherence and compliance, with evidence.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.command("grade")(grade)
    app.command("batch")(batch)
    app.command("transcribe")(transcribe)
    app.command("redact")(redact)
    app.add_typer(scorecards, name="scorecard")
    for plugin in sorted(entry_points(group=PLUGINS), key=lambda entry: entry.name):
        loaded = plugin.load()
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=plugin.name)
        else:
            app.command(plugin.name)(loaded)
    return app


def main() -> None:
    """Run the command; an output that cannot be written ends any of them."""
    try:
        build()()
    except OutputError as error:
        typer.echo(str(error), err=True)
        sys.exit(UNWRITTEN)
