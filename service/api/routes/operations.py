"""Whether the service lives, whether it can do its work, and its figures."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from service.addresses import is_loopback
from service.api.access import optional_principal
from service.api.errors import ApiError, responses
from service.api.principal import Principal
from service.api.state import Service, State
from service.database import operations
from service.metrics import CONTENT_TYPE

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """That the process answers."""

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """Whether the service can do its work, and what is missing."""

    ready: bool
    database: bool
    weights: str | None = Field(examples=["turns-1"])
    """Those that label turns."""
    workers: dict[str, int] = Field(examples=[{"text": 1, "speech": 1}])
    """Alive, by lane."""
    missing: list[str]


@router.get("/health")
def health() -> Health:
    """Tell that the process answers; nothing else is looked at."""
    return Health()


@router.get("/ready", responses={503: {"model": Readiness, "description": "Something is missing."}})
def ready(service: Service) -> Readiness:
    """Tell whether the database answers, the weights are loaded, and workers live for each lane that has any."""
    found = _readiness(service)
    return JSONResponse(  # type: ignore[return-value]  # FastAPI passes answers on
        found.model_dump(), HTTPStatus.OK if found.ready else HTTPStatus.SERVICE_UNAVAILABLE
    )


@router.get(
    "/metrics",
    response_class=Response,
    responses={**responses(), 200: {"content": {"text/plain": {}}, "description": "Prometheus' text form."}},
)
def metrics(
    request: Request, service: Service, principal: Annotated[Principal | None, Depends(optional_principal)]
) -> Response:
    """Give the figures for Prometheus: to this machine, and to whom `metrics.read` is allowed."""
    here = request.client is not None and is_loopback(request.client.host)
    if not here and (principal is None or "metrics.read" not in principal.permissions):
        raise ApiError(
            HTTPStatus.FORBIDDEN, "Figures are for this machine, or for a key that allows metrics.read."
        )
    return Response(service.metrics.exposition(service.database), media_type=CONTENT_TYPE)


def _readiness(service: State) -> Readiness:
    wanted = {"text": service.settings.text_workers, "speech": service.settings.speech_workers}
    try:
        with service.database.read() as session:
            workers = operations.alive(session)
    except SQLAlchemyError:
        return Readiness(ready=False, database=False, weights=None, workers={}, missing=["database"])
    missing = [f"{lane} worker" for lane, count in wanted.items() if count and not workers.get(lane)]
    return Readiness(
        ready=not missing,
        database=True,
        weights=service.graders.weights.turns.name,
        workers=workers,
        missing=missing,
    )
