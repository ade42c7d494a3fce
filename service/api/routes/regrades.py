"""Re-grades: a selection graded once more by other scorecards, compared, then adopted or discarded."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from grader.grade import Decision, State
from service.api.access import may
from service.api.auditing import note
from service.api.corrections import problem
from service.api.errors import ApiError, responses
from service.api.filters import Filters, Paged
from service.api.principal import Principal
from service.api.repetition import Done, IdempotencyKey, Repeatable, once
from service.api.shapes import Sent, Shown
from service.api.state import Service
from service.api.views import JobView, Listed, job_view
from service.database import regrades, scorecards
from service.database.errors import MissingError
from service.database.selection import EVERYTHING, confined
from service.database.tables import JobRow, RegradeRow, RegradeState

router = APIRouter(prefix="/v1/regrades", tags=["scorecards"])

Manager = Annotated[Principal, may("regrades.manage")]


class RegradeSent(Sent):
    """What to grade once more, by which scorecards."""

    scorecards: list[str] = Field(
        min_length=1, max_length=20, examples=[["0198a3f0-0b1c-7d2e-8f30-1a2b3c4d5e6f"]]
    )
    """Ids of versions, at most one a language; active or not."""
    filters: Filters = Field(default_factory=Filters, examples=[{"team": ["returns"], "channel": ["chat"]}])
    """Which conversations: the filters of `GET /v1/conversations`. Those count that have a grade, in a language of the
    scorecards."""


class Transition(Shown):
    """How many conversations a criterion's state changes in, and how."""

    criterion: str
    before: State | None
    """Null where the scorecard before has no such criterion."""
    after: State
    conversations: int


class Example(Shown):
    """A conversation whose grade changes."""

    uid: str
    score_before: float | None
    score_after: float | None
    passed_before: bool | None
    passed_after: bool | None
    decision_before: Decision
    decision_after: Decision


class Comparison(Shown):
    """What the grades that stand would become."""

    conversations: int
    passed_changed: int
    decision_changed: int
    mean_score_before: float | None
    mean_score_after: float | None
    score_raised: int
    score_lowered: int
    criteria: list[Transition]
    """By criterion and state; also states that stay."""
    examples: list[Example]
    """The conversations that change most, 20 at most."""


class RegradeView(Shown):
    """A re-grade and how it stands."""

    id: str = Field(examples=["0198a3f6-5d20-7b41-9e8f-3c4d5e6f7a8b"])
    state: RegradeState
    """`ready` once all are graded: adopt or discard it then."""
    scorecards: list[str]
    selection: dict[str, Any]
    """What was selected, with what its sender may see."""
    job: JobView
    """How far it is."""
    comparison: Comparison | None
    """Once it is ready."""
    created_at: datetime
    created_by: str | None
    decided_at: datetime | None
    decided_by: str | None


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    response_model=RegradeView,
    responses={
        **responses(),
        202: {
            "description": "Queued.",
            "headers": {"Location": {"description": "The re-grade.", "schema": {"type": "string"}}},
        },
    },
)
def begin_regrade(
    request: Request,
    service: Service,
    principal: Manager,
    regrade: Annotated[RegradeSent, Body()],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Grade a selection once more, as a job. The grades that stand do so until the re-grade is adopted."""
    selection = confined(regrade.filters.selection(), principal.scope)
    repeatable = Repeatable.of(
        request, service, principal, idempotency_key, regrade.model_dump_json().encode()
    )

    def work(session: Session) -> Done:
        _require_fitting(session, regrade.scorecards)
        if selection is None:
            raise _unfitting("filters", "Nothing that you may see is selected.", "Select your own teams.")
        row, job = regrades.begin(
            session,
            scorecard_ids=regrade.scorecards,
            selection=selection,
            created_by=principal.actor,
        )
        body = _view(row, job).model_dump_json()
        note(session, request, principal, "create", "regrade", about=row.id)
        return Done(status=HTTPStatus.ACCEPTED, body=body, headers={"Location": f"/v1/regrades/{row.id}"})

    return once(repeatable, work)


@router.get("", responses=responses())
def list_regrades(service: Service, principal: Manager, paging: Paged) -> Listed[RegradeView]:
    """List re-grades, the latest first: all for those who see everything, else one's own."""
    created_by = None if principal.scope == EVERYTHING else principal.actor
    with service.database.read() as session:
        page = regrades.listed(session, created_by=created_by, cursor=paging.cursor, limit=paging.limit)
        jobs = regrades.jobs_of(session, [row.id for row in page.items])
    return Listed(items=[_view(row, jobs[row.id]) for row in page.items], next=page.next)


@router.get("/{regrade_id}", responses=responses(HTTPStatus.NOT_FOUND))
def get_regrade(service: Service, principal: Manager, regrade_id: str) -> RegradeView:
    """Give a re-grade: how far it is, and what it would change once it is ready."""
    with service.database.read() as session:
        return _now(session, regrade_id, principal)


@router.post(
    "/{regrade_id}/adopt",
    response_model=RegradeView,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def adopt_regrade(
    request: Request,
    service: Service,
    principal: Manager,
    regrade_id: str,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Let all its grades stand, in one transaction, with the reviews and events that follow.

    The grades before are kept. 409 where it is not ready, or was decided.
    """

    def work(session: Session) -> Done:
        _now(session, regrade_id, principal)
        adopted = regrades.adopt(session, regrade_id, by=principal.actor)
        return _decided(session, request, principal, regrade_id, grades=adopted)

    return once(Repeatable.of(request, service, principal, idempotency_key, b""), work)


@router.post(
    "/{regrade_id}/discard",
    response_model=RegradeView,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def discard_regrade(
    request: Request,
    service: Service,
    principal: Manager,
    regrade_id: str,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Leave everything as it stands; one that still runs ends. 409 where it was decided."""

    def work(session: Session) -> Done:
        _now(session, regrade_id, principal)
        regrades.discard(session, regrade_id, by=principal.actor)
        return _decided(session, request, principal, regrade_id)

    return once(Repeatable.of(request, service, principal, idempotency_key, b""), work)


def _now(session: Session, regrade_id: str, principal: Principal) -> RegradeView:
    row = regrades.get(session, regrade_id)
    if row is None or (principal.scope != EVERYTHING and row.created_by != principal.actor):
        raise MissingError("There is no such re-grade. Look for it with GET /v1/regrades.")
    return _view(row, regrades.jobs_of(session, [row.id])[row.id])


def _decided(
    session: Session, request: Request, principal: Principal, regrade_id: str, **details: Any
) -> Done:
    view = _now(session, regrade_id, principal)
    note(session, request, principal, "change", "regrade", about=regrade_id, what=view.state, **details)
    return Done(status=HTTPStatus.OK, body=view.model_dump_json())


def _require_fitting(session: Session, ids: list[str]) -> None:
    languages: set[str | None] = set()
    for index, scorecard_id in enumerate(ids):
        place = f"scorecards[{index}]"
        card = scorecards.get(session, scorecard_id)
        if card is None:
            raise _unfitting(place, "There is no such scorecard.", "See GET /v1/scorecards.")
        if card.language in languages:
            raise _unfitting(place, "Another one is for the same language.", "Send one a language.")
        languages.add(card.language)


def _unfitting(place: str, wrong: str, remedy: str) -> ApiError:
    found = problem(place, wrong, remedy)
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, str(found), problems=[found])


def _view(row: RegradeRow, job: JobRow) -> RegradeView:
    return RegradeView(
        id=row.id,
        state=row.state,
        scorecards=row.scorecard_ids,
        selection=row.selection,
        job=job_view(job),
        comparison=Comparison.model_validate(row.comparison) if row.comparison else None,
        created_at=row.created_at,
        created_by=row.created_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
    )
