"""What the routes work with."""

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Final, Self

from anyio import CapacityLimiter
from fastapi import Depends, Request

from grader.assembly import assemble
from service.api.inline import InlineGrader
from service.api.principal import KnownKeys
from service.database import Database
from service.identity import installation_secret
from service.jobs.graders import Graders
from service.metrics import Metrics
from service.settings import ServiceSettings
from service.store import open_database, open_vault
from service.telemetry import Tracing
from service.vault import Vault

_FETCHES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the routes share; one a process."""

    settings: ServiceSettings
    database: Database
    vault: Vault
    graders: Graders
    secret: bytes
    """Of the installation (``service.identity``)."""
    inline: InlineGrader
    """Grades what requests wait for."""
    known_keys: KnownKeys = field(default_factory=KnownKeys)
    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = field(default_factory=Tracing)
    fetches: CapacityLimiter = field(default_factory=partial(CapacityLimiter, _FETCHES))
    """Recordings fetched by URL at the same time; further requests wait for their turn."""

    @classmethod
    def opened(cls, settings: ServiceSettings) -> Self:
        """Open the store and load the weights.

        Raises:
            grader.problems.InputError: the database's URL or the vault's key is none.
            models.store.ModelError: weights are missing or changed.
        """
        database = open_database(settings)
        graders = Graders(partial(assemble, settings.grading))
        _ = graders.weights  # loaded before the first request comes
        return cls(
            settings=settings,
            database=database,
            vault=open_vault(settings),
            graders=graders,
            secret=installation_secret(settings),
            inline=InlineGrader(database, graders),
            tracing=Tracing.from_environment(),
        )

    def close(self) -> None:
        """Finish what requests wait for, and close the store."""
        self.inline.close()
        self.database.close()


async def _state(request: Request) -> State:
    state: State = request.app.state.service
    return state


Service = Annotated[State, Depends(_state)]
"""What a route asks for: ``def route(service: Service)``."""
