"""``grader train``, ``calibrate``, ``evaluate``, ``drift``, ``select``: making the weights, measuring them, and learning on.

Heavy libraries load when a command runs; fitting needs the extra ``train``.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from grader.cli.common import refuse

if TYPE_CHECKING:
    from training.corrections import Reviewed

Data = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="CALLGRADER_DATA",
        exists=True,
        file_okay=False,
        help="Folder with stc3, labelled and written.",
    ),
]
MaybeData = Annotated[
    Path | None,
    typer.Option(
        "--data",
        envvar="CALLGRADER_DATA",
        exists=True,
        file_okay=False,
        help="Folder with stc3, labelled and written.",
    ),
]
REVIEWS_HELP: Final = "Reviewed grades: the corrections that the service exports (JSON Lines)."
Reviews = Annotated[
    Path,
    typer.Option("--reviews", exists=True, dir_okay=False, help=REVIEWS_HELP),
]

NOT_SO: Final = 3
"""Exit status where what was asked for is not so: drift was found, or nothing could be installed."""


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
    language: Annotated[
        list[str] | None, typer.Option(help="With --encoder: zh, en or, by default, both.")
    ] = None,
) -> None:
    """Make the shipped turn labels and roles again, with cards and figures; or learn on from reviewers' corrections.

    With --corrections exit status 3 where the new weights are not better and nothing was installed. With --encoder the
    weights go to --out, or to the models folder under the encoder's name.
    """
    if encoder is not None:
        if corrections is not None:
            refuse("Give --encoder or --corrections, one at a time.")
        _fine_tune(encoder, data, out, language or ["zh", "en"])
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
    from models.store import ModelError
    from training.relearning import relearn

    try:
        outcome = relearn(_reviews(corrections), data, installed=settings_with().turn_model)
    except ModelError as error:
        refuse(str(error))
    typer.echo(outcome.told)
    if outcome.folder is None:
        raise typer.Exit(NOT_SO)


def _fine_tune(encoder: str, data: Path, out: Path | None, languages: list[str]) -> None:
    from models.store import ModelError, models_folder
    from training.report import table
    from training.transformer.artifact import EncoderTask, train_encoder

    folder = out or models_folder() / Path(encoder).name
    try:
        figures = train_encoder(EncoderTask(encoder=encoder, data=data, folder=folder, languages=languages))
    except ModelError as error:
        refuse(str(error))
    typer.echo(table(figures))
    typer.echo(f"Grade with it: CALLGRADER_TURN_MODEL={folder.name} CALLGRADER_MODELS={folder.parent}")


def calibrate(
    data: MaybeData = None,
    name: Annotated[
        str, typer.Option(help="The weights to calibrate; with --reviews the new calibration's name.")
    ] = "",
    reviews: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help=f"{REVIEWS_HELP} Refits the criteria on them."),
    ] = None,
    scorecard: Annotated[
        list[str] | None,
        typer.Option(help="A scorecard that the reviewed grades were given by; may be repeated."),
    ] = None,
) -> None:
    """Fit how sure the machine is anew: on the data folder, or on reviewed grades of one's own.

    With --data: the blend and the criteria of installed weights, members unchanged. With
    --reviews: the criteria, as a new calibration beside the one that stands; exit status 3 where too few are reviewed.
    """
    if reviews is not None:
        if not name:
            refuse("Give --name: what the new calibration is called.")
        _calibrate_on_reviews(reviews, name, scorecard or [])
    elif data is not None:
        from models.turns import DEFAULT
        from training.recalibration import recalibrate

        typer.echo(f"Calibrated {recalibrate(data, name or DEFAULT)}.")
    else:
        refuse(
            "Say what to calibrate on: --data FOLDER, or --reviews FILE with --name for the new calibration."
        )


def evaluate(
    data: Data,
    out: Annotated[Path | None, typer.Option(help="Folder for evaluation.json and evaluation.html.")] = None,
) -> None:
    """Print how the classifiers agree with people on conversations they were not fitted on."""
    from training.report import evaluation

    typer.echo(evaluation(data, out))


def drift(
    reviews: Reviews,
    out: Annotated[Path | None, typer.Option(help="Write the figures here as JSON.")] = None,
) -> None:
    """Tell from the random audit share whether automatic verdicts are wrong more often than promised.

    Exit status 3 on drift.
    """
    from grader.calibration import load
    from grader.cli.common import settings_with
    from grader.cli.files import write_lines
    from models.store import ModelError
    from training.audit import audit, told

    try:
        calibration = load(settings_with().calibration)
    except ModelError as error:
        refuse(str(error))
    found = audit(_reviews(reviews), promise=calibration.error_rate)
    typer.echo(told(found))
    if out is not None:
        import json
        from dataclasses import asdict

        write_lines(out, [json.dumps({**asdict(found), "drifted": list(found.drifted)}, ensure_ascii=False)])
    if found.drifted:
        raise typer.Exit(NOT_SO)


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
    from grader.problems import InputError
    from grader.selection import select as choose
    from training.choosing import read_candidates, told

    try:
        candidates = read_candidates(grades)
    except InputError as error:
        refuse(str(error))
    for one in choose(candidates, budget):
        typer.echo(told(one))


def _reviews(path: Path) -> "list[Reviewed]":
    from training.corrections import CorrectionsError, read_corrections

    try:
        return read_corrections(path)
    except CorrectionsError as error:
        refuse(str(error))


def _calibrate_on_reviews(path: Path, name: str, scorecards: list[str]) -> None:
    from grader.cli.common import settings_with
    from grader.problems import InputError
    from grader.scorecard import ScorecardError
    from models.store import ModelError
    from training.reviewed_artifact import install

    settings = settings_with()
    try:
        outcome = install(
            _reviews(path),
            name=name,
            weights=settings.turn_model,
            standing=settings.calibration,
            scorecards=scorecards,
        )
    except ScorecardError as error:
        refuse("\n".join(map(str, error.problems)))
    except (InputError, ModelError) as error:
        refuse(str(error))
    typer.echo(outcome.told)
    if outcome.folder is None:
        raise typer.Exit(NOT_SO)
