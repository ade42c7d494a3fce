"""Conversations: sent in, read, listed; their grades."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from grader.conversation import Conversation
from grader.grade import Grade
from grader.pipeline import Graded
from grader.problems import InputError, Problem
from service.api import examples, found, sent
from service.api.access import may
from service.api.auditing import note
from service.api.body import limited
from service.api.errors import responses
from service.api.filters import Listed
from service.api.principal import Principal
from service.api.recordings import by_url
from service.api.repetition import Done, IdempotencyKey, Repeatable, once
from service.api.state import Service, State
from service.api.views import (
    ConversationSummary,
    ConversationView,
    GradeSummary,
    JobView,
    Status,
    conversation_summary,
    grade_summary,
    job_view,
)
from service.api.views import Listed as ListedView
from service.database import conversations, grades, jobs, results, selection
from service.database.errors import MissingError
from service.database.tables import ConversationRow, GradeRow
from service.identity import customer_hash

router = APIRouter(prefix="/v1", tags=["conversations"])

Reader = Annotated[Principal, may("conversations.read")]
Sender = Annotated[Principal, may("conversations.submit")]

_INLINE_CHARACTERS: Final = 50_000
"""Longer transcripts become jobs, however few turns they have."""


@router.post(
    "/conversations",
    response_model=Grade,
    responses={
        **responses(HTTPStatus.CONFLICT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        200: {
            "description": "Graded.",
            "content": {"application/json": {"example": examples.GRADE}},
            "headers": {"Location": {"description": "The conversation.", "schema": {"type": "string"}}},
        },
        202: {
            "description": "Kept, and graded as a job.",
            "model": JobView,
            "headers": {"Location": {"description": "The job.", "schema": {"type": "string"}}},
        },
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Conversation"},
                    "example": examples.CONVERSATION,
                }
            },
        }
    },
)
async def submit_conversation(
    request: Request,
    service: Service,
    principal: Sender,
    idempotency_key: IdempotencyKey = None,
    prefer: Annotated[str, Header(description="`respond-async` for a job in any case (RFC 7240).")] = "",
) -> Response:
    """Grade a transcript: within the request when it is short, else as a job.

    Personal data is redacted before anything is kept. The conversation's `id` is the platform's own and must be new.
    One without turns whose `recording` is a URL is fetched as by `POST /v1/recordings`.
    """
    body = await limited(request, service.settings.longest_body)
    conversation = await run_in_threadpool(_read, body)
    repeatable = Repeatable.of(request, service, principal, idempotency_key, body)
    if not conversation.turns and conversation.recording:
        return await by_url(service, principal, conversation, conversation.recording, repeatable)
    if "respond-async" in prefer or not _is_short(conversation, service.settings.inline_turns):
        return await run_in_threadpool(_queue, service, principal, conversation, repeatable)
    known_customer = customer_hash(service.secret, conversation.customer.id)

    def put_down(session: Session, outcome: Graded | Problem) -> Response:
        return repeatable.within(session, partial(_keep, principal, known_customer, outcome))

    answer: Response = await service.inline.grade(conversation, put_down)
    return answer


@router.get("/conversations", responses=responses())
def list_conversations(
    service: Service, principal: Reader, filters: Listed
) -> ListedView[ConversationSummary]:
    """List conversations, the latest received first."""
    with service.database.read() as session:
        page = selection.conversations(
            session, filters.selection(), principal.scope, cursor=filters.cursor, limit=filters.limit
        )
        items = [conversation_summary(row, grade) for row, grade in page.items]
    return ListedView(items=items, next=page.next)


@router.get(
    "/conversations/{conversation_id}", responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
)
def get_conversation(
    request: Request, service: Service, principal: Reader, conversation_id: str
) -> ConversationView:
    """Give a conversation with its redacted transcript, by its `uid` or by the platform's own id."""
    with service.database.write() as session:
        row = found.conversation(session, conversation_id, principal)
        view = _view(session, row)
        note(session, request, principal, "read", "conversation", about=row.id)
    return view


@router.get(
    "/conversations/{conversation_id}/grade",
    response_model=Grade,
    responses={
        **responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
        200: {"content": {"application/json": {"example": examples.GRADE}}},
    },
)
def get_grade(request: Request, service: Service, principal: Reader, conversation_id: str) -> Response:
    """Give the grade that stands, with evidence and the distributions of every turn."""
    with service.database.write() as session:
        row = found.conversation(session, conversation_id, principal)
        grade = grades.current(session, row.id)
        if grade is None:
            raise MissingError(_not_graded(session, row))
        note(session, request, principal, "read", "grade", about=row.id)
    return Response(grade.document, media_type="application/json", headers=_grade_headers(grade))


@router.get(
    "/conversations/{conversation_id}/grades", responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
)
def get_grades(
    request: Request, service: Service, principal: Reader, conversation_id: str
) -> ListedView[GradeSummary]:
    """Give every grade of a conversation, the latest first: a re-grade never overwrites."""
    with service.database.write() as session:
        row = found.conversation(session, conversation_id, principal)
        history = grades.history(session, row.id)
        criteria = grades.criteria_of(session, [grade.id for grade in history])
        note(session, request, principal, "read", "grade", about=row.id)
    return ListedView(items=[grade_summary(row, grade, criteria[grade.id]) for grade in history])


@router.get("/grades", responses=responses())
def list_grades(service: Service, principal: Reader, filters: Listed) -> ListedView[GradeSummary]:
    """List the grades that stand, those of the conversations received last first."""
    wanted = filters.selection().model_copy(update={"graded": True})
    with service.database.read() as session:
        page = selection.conversations(
            session, wanted, principal.scope, cursor=filters.cursor, limit=filters.limit
        )
        both = [(row, grade) for row, grade in page.items if grade is not None]
        criteria = grades.criteria_of(session, [grade.id for _, grade in both])
    items = [grade_summary(row, grade, criteria[grade.id]) for row, grade in both]
    return ListedView(items=items, next=page.next)


@router.get(
    "/grades/{grade_id}",
    response_model=Grade,
    responses=responses(HTTPStatus.NOT_FOUND),
)
def get_any_grade(request: Request, service: Service, principal: Reader, grade_id: str) -> Response:
    """Give one grade in full, also one that was superseded."""
    with service.database.write() as session:
        grade = grades.get(session, grade_id)
        row = conversations.get(session, grade.conversation_id) if grade else None
        if grade is None or row is None or not found.visible(row, principal):
            raise MissingError("There is no such grade.")
        note(session, request, principal, "read", "grade", about=row.id)
    return Response(grade.document, media_type="application/json", headers=_grade_headers(grade))


def _read(body: bytes) -> Conversation:
    """Read the conversation of a request.

    Raises:
        ApiError: 400 where it is no JSON.
        InputError: a field is missing or of the wrong type, or there is nothing to grade.
    """
    data = sent.parsed(body, "one conversation object")
    conversation = sent.conversation(data, source="body")
    return conversation if conversation.recording else sent.with_turns(conversation, source="body")


def _is_short(conversation: Conversation, most_turns: int) -> bool:
    characters = sum(len(turn.text) for turn in conversation.turns)
    return len(conversation.turns) <= most_turns and characters <= _INLINE_CHARACTERS


def _keep(principal: Principal, customer: str | None, outcome: Graded | Problem, session: Session) -> Done:
    if isinstance(outcome, Problem):
        raise InputError(outcome)
    row = conversations.add(
        session,
        outcome.conversation,
        source=principal.source,
        customer_hash=customer,
        created_by=principal.actor,
    )
    grade = results.store_first(session, row, outcome)
    return Done(
        status=HTTPStatus.OK,
        body=grade.document,
        headers={"Location": f"/v1/conversations/{row.id}", **_grade_headers(grade)},
        conversation_id=row.id,
    )


def _queue(
    service: State, principal: Principal, conversation: Conversation, repeatable: Repeatable
) -> Response:
    """Keep a long transcript, redacted, and queue its grading."""
    customer = customer_hash(service.secret, conversation.customer.id)
    prepared = service.graders.weights.prepare([conversation])[0]
    if isinstance(prepared, Problem):
        raise InputError(prepared)

    def work(session: Session) -> Done:
        row = conversations.add(
            session,
            prepared,
            source=principal.source,
            customer_hash=customer,
            created_by=principal.actor,
        )
        job = jobs.submit(
            session,
            "grade",
            conversation_id=row.id,
            priority=jobs.INTERACTIVE,
            created_by=principal.actor,
        )
        return Done(
            status=HTTPStatus.ACCEPTED,
            body=job_view(job).model_dump_json(),
            headers={"Location": f"/v1/jobs/{job.id}"},
            conversation_id=row.id,
        )

    return once(repeatable, work)


def _grade_headers(grade: GradeRow) -> dict[str, str]:
    return {"X-Conversation-UID": grade.conversation_id, "X-Grade-ID": grade.id}


def _view(session: Session, row: ConversationRow) -> ConversationView:
    kept = conversations.read(row) or Conversation(id=row.external_id, channel=row.channel)
    return ConversationView(
        **dict(kept),
        uid=row.id,
        source=row.source,
        received_at=row.received_at,
        status=_status(session, row),
        removed_at=row.purged_at or row.erased_at,
    )


def _status(session: Session, row: ConversationRow) -> Status:
    if row.document is None:
        return "removed"
    if grades.current(session, row.id) is not None:
        return "graded"
    last = next(iter(jobs.of_conversation(session, row.id)), None)
    return "failed" if last is None or last.state in {"failed", "cancelled"} else "waiting"


def _not_graded(session: Session, row: ConversationRow) -> str:
    last = next(iter(jobs.of_conversation(session, row.id)), None)
    if last is None:
        return "The conversation has no grade."
    return f"The conversation has no grade yet; its job is {last.state}: GET /v1/jobs/{last.id}."
