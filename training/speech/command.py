"""``grader train-speech``: making the embedded recogniser."""

from pathlib import Path
from typing import Annotated

import typer

from training.refusals import refusing


@refusing()
def train_speech(
    *,
    out: Annotated[Path, typer.Option(help="Folder of the new model; its name is the model's.")],
    work: Annotated[
        Path, typer.Option(help="Folder for speech and checkpoint (3 GB); a stopped run goes on from it.")
    ],
    minutes: Annotated[float, typer.Option(help="Training time, all runs together.")] = 240.0,
    threads: Annotated[int, typer.Option(help="Processor cores for the training.")] = 1,
    known: Annotated[
        int, typer.Option(help="Hanzi, and English words, to teach beside those of the sample calls.")
    ] = 450,
    start_from: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="Folder of a micro model whose weights to begin with."
        ),
    ] = None,
) -> None:
    """Make a micro Whisper for Mandarin and English from synthetic speech (needs espeak-ng), with card and figures."""
    from training.speech.micro import Making, make
    from training.speech.trainer import Plan

    plan = Plan(minutes=minutes, threads=threads)
    typer.echo(make(Making(out=out, work=work, known=known, start_from=start_from, plan=plan)))
