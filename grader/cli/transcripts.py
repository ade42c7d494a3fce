"""``grader transcribe`` and ``grader redact``: conversations in words, without personal data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli import common
from grader.files import STDOUT, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grader.conversation import Conversation
    from grader.pipeline import Grader
    from grader.problems import Problem

Out = Annotated[
    Path, typer.Option(help="Write the conversations here as JSON Lines; - is the standard output.")
]


def transcribe(
    paths: common.Paths,
    *,
    out: Out = STDOUT,
    manifest: common.Manifest = None,
    speech_model: common.SpeechModel = None,
    language: common.SpeechLanguage = None,
    agent_channel: common.AgentChannel = None,
) -> None:
    """Write down what is said in recordings: who, when, which words, how surely; personal data redacted.

    Exit status 0 if all were transcribed, 3 if some could not be, 2 for a usage error, 4 if the output cannot be
    written.
    """
    from grader.problems import Problem
    from grader.transcription import needs_transcribing

    hearing = common.Hearing(speech_model, language, agent_channel)
    work = common.work_for(paths, hearing, manifest=manifest, outputs=[("--out", out)])
    recordings = (item for item in work.read() if isinstance(item, Problem) or needs_transcribing(item))
    _prepare(recordings, work.grader, out=out, doing="Transcribing")


def redact(
    paths: common.Paths,
    *,
    out: Out = STDOUT,
    manifest: common.Manifest = None,
    column: common.Columns = None,
    speech_model: common.SpeechModel = None,
    language: common.SpeechLanguage = None,
    agent_channel: common.AgentChannel = None,
) -> None:
    """Write conversations with personal data redacted, in input order.

    Exit status 0 if all were redacted, 3 if some could not be, 2 for a usage error, 4 if the output cannot be written.
    """
    hearing = common.Hearing(speech_model, language, agent_channel)
    work = common.work_for(paths, hearing, manifest=manifest, column=column, outputs=[("--out", out)])
    _prepare(work.read(), work.grader, out=out, doing="Redacting")


def _prepare(inputs: "Iterable[Conversation | Problem]", grader: "Grader", *, out: Path, doing: str) -> None:
    from grader.problems import Problem
    from grader.run import run

    left_out = False
    with whole(out) as lines, common.progress(run(inputs, grader.prepare), doing=doing) as results:
        for result in results:
            if isinstance(result, Problem):
                left_out = True
                common.report(result)
            else:
                lines.write(result.model_dump_json(exclude_none=True) + "\n")
    if left_out:
        raise typer.Exit(common.LEFT_OUT)
