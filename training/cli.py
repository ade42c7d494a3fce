"""``grader train``, ``grader calibrate``, ``grader evaluate``: making and measuring the weights.

Registered by the ``grader`` command where the extra ``train`` is installed; heavy libraries load when a command runs.
"""

from pathlib import Path
from typing import Annotated

import typer

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


def train(
    data: Data,
    out: Annotated[
        Path | None, typer.Option(help="Where the weights go; the shipped ones' place by default.")
    ] = None,
) -> None:
    """Make the shipped turn labels and roles again, with cards and figures."""
    from models.store import SHIPPED
    from training.report import table
    from training.train import train as make

    typer.echo(table(make(data, out or SHIPPED)))


def calibrate(data: Data, name: Annotated[str, typer.Option(help="The weights to calibrate.")] = "") -> None:
    """Fit the blend, the violation threshold and the criteria of installed weights anew, members unchanged."""
    from models.turns import DEFAULT
    from training.recalibration import recalibrate

    typer.echo(f"Calibrated {recalibrate(data, name or DEFAULT)}.")


def evaluate(
    data: Data,
    out: Annotated[Path | None, typer.Option(help="Folder for evaluation.json and evaluation.html.")] = None,
) -> None:
    """Print how the classifiers agree with people on conversations they were not fitted on."""
    from training.report import evaluation

    typer.echo(evaluation(data, out))
