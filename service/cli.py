"""The service's commands. Heavy libraries are imported when a command runs."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option(help="The data folder.", show_default="data")]
DatabaseUrl = Annotated[
    str | None, typer.Option(help="postgresql+psycopg://… where it is not the data folder's own file.")
]


def worker(
    *,
    data: Data = None,
    database: DatabaseUrl = None,
    speech: Annotated[int | None, typer.Option(min=0, help="Processes that transcribe.")] = None,
    text: Annotated[int | None, typer.Option(min=0, help="Processes that grade transcripts.")] = None,
) -> None:
    """Work on the jobs of the service until stopped; several machines may do so on one database."""
    from service.settings import ServiceSettings
    from service.worker import run

    given = {"data": data, "database": database, "speech_workers": speech, "text_workers": text}
    settings = ServiceSettings()
    run(settings.model_copy(update={name: value for name, value in given.items() if value is not None}))
