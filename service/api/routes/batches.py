"""Batches: many conversations at once, for the night."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from service.api import examples, found
from service.api.access import may
from service.api.body import streamed
from service.api.errors import FieldProblem, responses
from service.api.intake import Intake
from service.api.principal import Principal
from service.api.repetition import Done, IdempotencyKey, Repeatable
from service.api.state import Service
from service.database import jobs
from service.database.errors import MissingError
from service.database.tables import BatchRow, JobState
from service.database.types import to_json

router = APIRouter(prefix="/v1/batches", tags=["batches"])

Sender = Annotated[Principal, may("conversations.submit")]
Reader = Annotated[Principal, may("jobs.read")]

LINES: Final = "application/jsonl"


class BatchView(BaseModel):
    """A batch and how far it is."""

    id: str = Field(examples=["0198a3f0-6a52-7c1e-a8d4-5f1b8a2c9e10"])
    total: int = Field(examples=[1200])
    """Lines with something in them."""
    accepted: int = Field(examples=[1199])
    """Conversations that were kept; each has a job."""
    refused: int = Field(examples=[1])
    problems: list[FieldProblem] = Field(
        examples=[
            [
                {
                    "source": "body",
                    "place": "line 7, id",
                    "problem": "An earlier line of the batch has the same id.",
                    "remedy": "Give every conversation its own id, and send each once.",
                }
            ]
        ]
    )
    """Why each refused line was not taken; the others are not affected."""
    states: dict[JobState, int] = Field(examples=[{"queued": 800, "running": 32, "done": 367}])
    """Jobs by state; `GET /v1/jobs?batch=ID&state=failed` lists them."""
    created_at: datetime


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=BatchView,
    responses={
        **responses(HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        202: {
            "description": "Kept, but for the lines that were refused; graded as jobs.",
            "headers": {"Location": {"description": "The batch.", "schema": {"type": "string"}}},
        },
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                LINES: {
                    "schema": {"type": "string", "description": "A conversation a line."},
                    "example": to_json(examples.CONVERSATION) + "\n",
                },
                "application/gzip": {
                    "schema": {"type": "string", "contentMediaType": LINES, "contentEncoding": "gzip"}
                },
            },
        }
    },
)
async def submit_batch(
    request: Request, service: Service, principal: Sender, idempotency_key: IdempotencyKey = None
) -> Response:
    """Send many transcripts as JSON Lines, packed with gzip or not; they are graded after what is more urgent.

    Each line is checked for itself: one that cannot be used, or whose id was sent before, is named in the answer and
    stops no other. Nothing is kept of a batch that breaks off. Recordings are sent one by one.
    """
    settings = service.settings
    with Intake(service, principal) as intake:
        await streamed(request, settings.largest_batch, intake.write)

        def keep() -> Response:
            digest = intake.finish()
            repeatable = Repeatable.of(request, service, principal, idempotency_key, digest)
            return repeatable.earlier() or _kept(intake, repeatable)

        return await run_in_threadpool(keep)


@router.get("/{batch_id}", responses=responses(HTTPStatus.NOT_FOUND))
def get_batch(service: Service, principal: Reader, batch_id: str) -> BatchView:
    """Tell how far a batch is, and what of it was refused."""
    with service.database.read() as session:
        row = jobs.get_batch(session, batch_id)
        if row is None or not found.batch_visible(row, principal):
            raise MissingError("There is no such batch.")
        return _view(session, row)


def _kept(intake: Intake, repeatable: Repeatable) -> Response:
    try:
        batch_id = intake.keep()
    except BaseException:
        repeatable.abandon()
        raise

    def answer(session: Session) -> Done:
        view = _view(session, intake.close(session, batch_id))
        return Done(
            status=HTTPStatus.ACCEPTED,
            body=view.model_dump_json(),
            headers={"Location": f"/v1/batches/{batch_id}"},
        )

    return repeatable.done(answer)


def _view(session: Session, row: BatchRow) -> BatchView:
    return BatchView(
        id=row.id,
        total=row.total,
        accepted=row.total - len(row.refused),
        refused=len(row.refused),
        problems=[FieldProblem.model_validate(problem) for problem in row.refused],
        states=jobs.batch_states(session, row.id),
        created_at=row.created_at,
    )
