"""Jobs: how far they are, and what to do with those that failed."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from service.api import found
from service.api.access import may
from service.api.auditing import note
from service.api.errors import responses
from service.api.filters import Paging
from service.api.principal import Principal
from service.api.repetition import Done, IdempotencyKey, Repeatable, once
from service.api.state import Service
from service.api.views import JobView, Listed, job_view
from service.database import jobs
from service.database.errors import MissingError
from service.database.tables import JobKind, JobRow, JobState

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

Reader = Annotated[Principal, may("jobs.read")]
Manager = Annotated[Principal, may("jobs.manage")]


class JobListing(Paging):
    """Which jobs."""

    state: JobState | None = None
    kind: JobKind | None = None
    batch: str | None = None


@router.get("", responses=responses())
def list_jobs(
    service: Service, principal: Reader, listing: Annotated[JobListing, Query()]
) -> Listed[JobView]:
    """List the jobs that may be seen, the latest first; `state=failed` are those that were given up."""
    with service.database.read() as session:
        page = jobs.listed(
            session,
            principal.scope,
            created_by=principal.actor,
            state=listing.state,
            kind=listing.kind,
            batch_id=listing.batch,
            cursor=listing.cursor,
            limit=listing.limit,
        )
    return Listed(items=[job_view(row) for row in page.items], next=page.next)


@router.get("/{job_id}", responses=responses(HTTPStatus.NOT_FOUND))
def get_job(service: Service, principal: Reader, job_id: str) -> JobView:
    """Give a job with its progress, and the error of its last attempt."""
    with service.database.read() as session:
        return job_view(_visible(session, job_id, principal))


@router.post(
    "/{job_id}/retry",
    response_model=JobView,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def retry_job(
    request: Request,
    service: Service,
    principal: Manager,
    job_id: str,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Queue a job again that failed or was cancelled; one that is queued or done is refused with 409."""

    def change(session: Session) -> JobRow:
        _visible(session, job_id, principal)
        row = jobs.retry(session, job_id)
        note(session, request, principal, "retry", "job", about=row.id)
        return row

    return _once(Repeatable.of(request, service, principal, idempotency_key, b""), change)


@router.post(
    "/{job_id}/cancel",
    response_model=JobView,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def cancel_job(
    request: Request,
    service: Service,
    principal: Manager,
    job_id: str,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """End a job that is not done; a result that still comes is not taken."""

    def change(session: Session) -> JobRow:
        _visible(session, job_id, principal)
        row = jobs.cancel(session, job_id)
        note(session, request, principal, "cancel", "job", about=row.id)
        return row

    return _once(Repeatable.of(request, service, principal, idempotency_key, b""), change)


def _visible(session: Session, job_id: str, principal: Principal) -> JobRow:
    row = jobs.get(session, job_id)
    if row is None or not found.job_visible(session, row, principal):
        raise MissingError("There is no such job.")
    return row


def _once(call: Repeatable, change: Callable[[Session], JobRow]) -> Response:
    """Change a job once for the call's key, and answer with it."""

    def work(session: Session) -> Done:
        row = change(session)
        body = job_view(row).model_dump_json()
        return Done(status=HTTPStatus.OK, body=body, conversation_id=row.conversation_id)

    return once(call, work)
