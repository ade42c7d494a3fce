"""``grader transcribe`` and ``grader redact``: conversations in words, without personal data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.common import (
    LEFT_OUT,
    AgentChannel,
    Columns,
    Manifest,
    Paths,
    SpeechLanguage,
    SpeechModel,
    columns_of,
    grader_for,
    progress,
    report,
    settings_with,
)
from grader.cli.files import STDOUT, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grader.conversation import Conversation
    from grader.problems import Problem
    from grader.settings import Settings

Out = Annotated[
    Path, typer.Option(help="Write the conversations here as JSON Lines; - is the standard output.")
]


def transcribe(
    paths: Paths,
    *,
    out: Out = STDOUT,
    manifest: Manifest = None,
    speech_model: SpeechModel = None,
    language: SpeechLanguage = None,
    agent_channel: AgentChannel = None,
) -> None:
    """Write down what is said in recordings: who, when, which words, how surely; personal data redacted.

    Exit status 0 if all were transcribed, 3 if some could not be, 2 for a usage error.
    """
    from grader.problems import Problem
    from grader.reading import read
    from grader.transcription import needs_transcribing

    inputs = (
        item
        for item in read(paths, manifest=manifest)
        if isinstance(item, Problem) or needs_transcribing(item)
    )
    settings = settings_with(speech_model=speech_model, speech_language=language, agent_channel=agent_channel)
    _prepare(inputs, settings, out=out, doing="Transcribing")


def redact(
    paths: Paths,
    *,
    out: Out = STDOUT,
    manifest: Manifest = None,
    column: Columns = None,
    speech_model: SpeechModel = None,
    language: SpeechLanguage = None,
    agent_channel: AgentChannel = None,
) -> None:
    """Write conversations with personal data redacted, in input order.

    Exit status 0 if all were redacted, 3 if some could not be, 2 for a usage error.
    """
    from grader.reading import read

    inputs = read(paths, columns=columns_of(column), manifest=manifest)
    settings = settings_with(speech_model=speech_model, speech_language=language, agent_channel=agent_channel)
    _prepare(inputs, settings, out=out, doing="Redacting")


def _prepare(
    inputs: "Iterable[Conversation | Problem]", settings: "Settings", *, out: Path, doing: str
) -> None:
    from grader.problems import Problem
    from grader.run import run

    grader = grader_for(settings)
    left_out = False
    with whole(out) as lines, progress(run(inputs, grader.prepare), doing=doing) as results:
        for result in results:
            if isinstance(result, Problem):
                left_out = True
                report(result)
            else:
                lines.write(result.model_dump_json(exclude_none=True) + "\n")
    if left_out:
        raise typer.Exit(LEFT_OUT)
