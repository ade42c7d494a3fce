"""``grader train``, ``calibrate``, ``evaluate``, ``drift``, ``select``: making the weights, measuring them, and learning on.

Heavy libraries load when a command runs; fitting needs the extra ``train``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias, get_args

import typer

from grader.cli.common import refuse
from training.refusals import refusing

Language: TypeAlias = Literal["zh", "en"]
Data = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="CALLGRADER_CORPORA",
        exists=True,
        file_okay=False,
        help="Folder with stc3, labelled and written.",
    ),
]
Reviews = Annotated[
    Path,
    typer.Option(
        "--reviews",
        exists=True,
        dir_okay=False,
        help="Reviewed grades: the corrections that the service exports (JSON Lines).",
    ),
]

NOT_SO: Final = 3
"""Exit status where what was asked for is not so: drift was found, or nothing could be installed."""


@refusing()
def train(
    data: Data,
    out: Annotated[
        Path | None, typer.Option(help="Where the weights go; the shipped ones' place by default.")
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Learn from these corrections as well, and install new weights beside the old if they are better.",
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(help="Fine-tune this Hugging Face encoder instead: a folder, or a name on the hub."),
    ] = None,
    language: Annotated[Language | None, typer.Option(help="With --encoder; both by default.")] = None,
) -> None:
    """Make the shipped turn labels and roles again, with cards and figures; or learn on from reviewers' corrections.

    With --corrections exit status 3 where the new weights are not better and nothing was installed. With --encoder the
    weights go to --out, or to the models folder under the encoder's name; nothing may stand there yet.
    """
    if encoder is not None:
        if corrections is not None:
            refuse("Give --encoder or --corrections, one at a time.")
        _fine_tune(encoder, data, out, (language,) if language else get_args(Language))
        return
    if corrections is None:
        from models.store import SHIPPED
        from training.report import table
        from training.train import train as make

        typer.echo(table(make(data, out or SHIPPED)))
        return
    if out is not None:
        refuse("Give --out or --corrections: weights that learnt from corrections go to the models folder.")
    from grader.cli.common import settings_with
    from training.corrections import read_corrections
    from training.relearning import relearn

    outcome = relearn(read_corrections(corrections), data, installed=settings_with().turn_model)
    typer.echo(outcome.told)
    if outcome.folder is None:
        raise typer.Exit(NOT_SO)


def _fine_tune(encoder: str, data: Path, out: Path | None, languages: Sequence[Language]) -> None:
    from training.installed import fresh_folder
    from training.report import table
    from training.transformer.artifact import EncoderTask, train_encoder

    place = Path(encoder) if out is None else out
    folder = fresh_folder(place.name, root=None if out is None else out.parent, option="--out")
    figures = train_encoder(EncoderTask(encoder=encoder, data=data, folder=folder, languages=languages))
    typer.echo(table(figures))
    typer.echo(f"Grade with it: CALLGRADER_TURN_MODEL={folder.name} CALLGRADER_MODELS={folder.parent}")


@refusing()
def calibrate(
    reviews: Reviews,
    name: Annotated[str, typer.Option(help="The new calibration's name.")],
    scorecard: Annotated[
        list[str] | None,
        typer.Option(help="A scorecard that the reviewed grades were given by; may be repeated."),
    ] = None,
) -> None:
    """Fit how sure the machine is of each criterion anew, on reviewed grades of one's own.

    The result is a new calibration beside the one that stands; exit status 3 where too few are reviewed.
    """
    from grader.cli.common import settings_with
    from training.corrections import read_corrections
    from training.reviewed_artifact import install

    settings = settings_with()
    outcome = install(
        read_corrections(reviews),
        name=name,
        weights=settings.turn_model,
        standing=settings.calibration,
        scorecards=scorecard or (),
    )
    typer.echo(outcome.told)
    if outcome.folder is None:
        raise typer.Exit(NOT_SO)


@refusing()
def evaluate(
    data: Data,
    out: Annotated[Path | None, typer.Option(help="Folder for evaluation.json and evaluation.html.")] = None,
) -> None:
    """Print how the classifiers agree with people on conversations they were not fitted on."""
    from training.report import evaluation

    typer.echo(evaluation(data, out))


@refusing()
def drift(
    reviews: Reviews,
    out: Annotated[Path | None, typer.Option(help="Write the figures here as JSON.")] = None,
) -> None:
    """Tell from the random audit share whether automatic verdicts are wrong more often than promised.

    Exit status 3 on drift.
    """
    from grader.calibration import load
    from grader.cli.common import settings_with
    from grader.files import write_lines
    from training.audit import audit, told
    from training.corrections import read_corrections

    promise = load(settings_with().calibration).error_rate
    found = audit(read_corrections(reviews), promise=promise)
    typer.echo(told(found))
    if out is not None:
        import json
        from dataclasses import asdict

        write_lines(out, [json.dumps({**asdict(found), "drifted": list(found.drifted)}, ensure_ascii=False)])
    if found.drifted:
        raise typer.Exit(NOT_SO)


@refusing()
def select(
    grades: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="Grades that nobody reviewed yet (JSON Lines)."),
    ],
    budget: Annotated[int, typer.Option(min=1, help="How many conversations people can review.")],
) -> None:
    """Name the conversations of which a review would find and teach most, the best first.

    A line each: the conversation's id, how many wrong verdicts are expected, the likeliest wrong criterion, the queue.
    """
    from grader.selection import select as choose
    from training.choosing import read_candidates, told

    for one in choose(read_candidates(grades), budget):
        typer.echo(told(one))
