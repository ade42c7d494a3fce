"""What the commands share: exit states, consoles, the progress bar, and usage errors."""

import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, NoReturn, TypeAlias, TypeVar

import typer

from grader.files import STDOUT, part_of

if TYPE_CHECKING:
    from grader.conversation import Conversation
    from grader.pipeline import Grader
    from grader.problems import Problem
    from grader.settings import Settings

LEFT_OUT: Final = 3
"""Exit status where some inputs could not be graded."""

USAGE: Final = 2
"""Exit status where the command itself cannot be understood."""

UNWRITTEN: Final = 4
"""Exit status where an output cannot be written."""

Paths: TypeAlias = Annotated[
    list[Path],
    typer.Argument(help="Recordings, transcripts, chats, or folders of them.", show_default=False),
]
Columns: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--column", help="A table's column for a field, as text=留言; may be repeated."),
]
Manifest: TypeAlias = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="A table with a row of metadata for each recording."),
]
SpeechModel: TypeAlias = Annotated[
    str | None, typer.Option(help="Whisper model: a size, a hub name, a folder, or a shipped one's name.")
]
SpeechLanguage: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Language of recordings that do not state theirs, zh or en; detected otherwise."),
]
AgentChannel: TypeAlias = Annotated[
    Literal["left", "right", "auto"] | None,
    typer.Option(
        help="Where the agent speaks in stereo recordings that do not state it; auto decides by the words."
    ),
]
Scorecards: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--scorecard", help="A scorecard in YAML, or a shipped one's name; may be repeated, one a language."
    ),
]
_Item = TypeVar("_Item")


class Hearing(NamedTuple):
    """What the command line says of how recordings are heard; None where it says nothing."""

    speech_model: str | None
    speech_language: str | None
    agent_channel: str | None


class Work(NamedTuple):
    """What a command works on, and with what."""

    read: "Callable[[], Iterator[Conversation | Problem]]"
    """Gives what the inputs hold, from the first one on."""
    grader: "Grader"
    settings: "Settings"


def settings_with(**given: str | None) -> "Settings":
    """Give the settings, with what the command line says in the place of the environment's."""
    from pydantic import ValidationError

    from grader.reading.synonyms import language_of
    from grader.settings import Settings

    try:
        settings = Settings()
    except ValidationError as error:
        wrong = "; ".join(f"CALLGRADER_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        refuse(f"The environment holds settings that cannot be used: {wrong}.")
    settings = settings.model_copy(update={name: value for name, value in given.items() if value})
    if settings.speech_language and not language_of(settings.speech_language):
        refuse(f"There is no language {settings.speech_language!r}. Give its code, as zh or en.")
    return settings


def grader_for(settings: "Settings", *, scorecards: Sequence[Path] = ()) -> "Grader":
    """Put the grader together; a scorecard or weights that cannot be used end the command."""
    from grader.assembly import assemble
    from grader.scorecard import ScorecardError
    from models.store import ModelError

    logging.basicConfig(level=logging.CRITICAL)
    try:
        grader = assemble(settings, scorecards=scorecards)
    except ScorecardError as error:
        refuse("\n".join(map(str, error.problems)))
    except ModelError as error:
        refuse(str(error))
    _all_applied(scorecards, grader)
    # What is loaded stays: the collector need not go through it again and again.
    gc.freeze()
    return grader


def _all_applied(files: Sequence[Path], grader: "Grader") -> None:
    """Refuse scorecards of which an earlier one takes all conversations."""
    for at, (file, card) in enumerate(zip(files, grader.scorecards, strict=False)):
        for before, earlier in zip(files, grader.scorecards[:at], strict=False):
            if earlier.language in {None, card.language}:
                refuse(
                    f"{file} would never be applied: {before} comes first and is for "
                    f"{earlier.language or 'every language'}. Give one scorecard a language; one without comes last."
                )


def work_for(
    paths: Sequence[Path],
    hearing: Hearing,
    *,
    manifest: Path | None,
    column: Iterable[str] | None = None,
    scorecards: Sequence[Path] | None = None,
    outputs: Sequence[tuple[str, Path]],
) -> Work:
    """Give what the paths hold, and the grader for it, as the options say that all such commands have.

    ``outputs``, each with the option that names it, are no inputs, whatever folder they are in.
    """
    from grader.problems import InputError
    from grader.reading import read

    written = _written(outputs, inputs=[*paths, *(scorecards or ()), *([manifest] if manifest else [])])
    reading = partial(read, paths, columns=columns_of(column), manifest=manifest, outputs=written)
    settings = settings_with(**hearing._asdict())
    try:
        reading()
    except InputError as error:
        refuse(str(error))
    return Work(reading, grader_for(settings, scorecards=scorecards or ()), settings)


def _written(outputs: Sequence[tuple[str, Path]], *, inputs: Iterable[Path]) -> list[Path]:
    """Give all files that come to be; refuse where one would take another's place, or an input's."""
    from grader.reading.files import real

    taken = {real(path): f"the input {path}" for path in inputs}
    files = [(option, p) for option, path in outputs if path != STDOUT for p in (path, part_of(path))]
    for option, path in files:
        if real(path) in taken:
            refuse(f"{option} {path} would overwrite {taken[real(path)]}. Give another name.")
        taken[real(path)] = f"what {option} writes"
    return [path for _, path in files]


def columns_of(pairs: Iterable[str] | None) -> Mapping[str, str]:
    """Read ``field=column`` pairs."""
    columns = {}
    for pair in pairs or ():
        field, found, column = pair.partition("=")
        if not (field and found and column):
            refuse(
                f"--column {pair} names no column. Write it as text=留言: the field, =, the column's name."
            )
        columns[field] = column
    return columns


def refuse(message: str) -> NoReturn:
    """End the command with a usage error."""
    typer.echo(message, err=True)
    raise typer.Exit(USAGE)


def report(problem: "Problem") -> None:
    """Tell about an input that was left out, at once."""
    typer.echo(f"left out: {problem}", err=True)


@contextmanager
def progress(items: Iterable[_Item], *, doing: str) -> Iterator[Iterable[_Item]]:
    """Show on a terminal how many items went by and how fast; nothing in a pipe."""
    from rich.console import Console
    from rich.progress import (
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        yield bar.track(items, description=doing)
