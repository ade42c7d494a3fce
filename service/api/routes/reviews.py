"""Reviews: the queue, claims, verdicts."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.api import found
from service.api.access import may
from service.api.auditing import note
from service.api.corrections import Comment, Corrections
from service.api.errors import ApiError, responses
from service.api.filters import LoopFilters, LoopListing
from service.api.judging import judge, judged, without_personal_data
from service.api.principal import Principal
from service.api.redacting import redacted
from service.api.repetition import Done, IdempotencyKey, Repeatable, once
from service.api.review_views import (
    ReviewRecord,
    ReviewSummary,
    ReviewView,
    review_records,
    review_summary,
    review_view,
)
from service.api.shapes import Sent
from service.api.state import Service
from service.api.views import Listed
from service.database import conversations, grades, results, reviews, verdicts
from service.database.errors import ConflictError, MissingError
from service.database.tables import (
    ConversationRow,
    GradeRow,
    ReviewKind,
    ReviewOutcome,
    ReviewRow,
    ReviewState,
)
from service.database.types import now

router = APIRouter(prefix="/v1", tags=["reviews"])

Reader = Annotated[Principal, may("reviews.read")]
Worker = Annotated[Principal, may("reviews.work")]
ConversationReader = Annotated[Principal, may("conversations.read")]


class NextReview(LoopFilters):
    """Which review is wanted."""

    kind: ReviewKind | None = None


class ReviewListing(LoopListing):
    """Which reviews, in pages."""

    state: ReviewState = "waiting"
    kind: ReviewKind | None = None
    done_by: Annotated[str | None, Field(description="Who did it: `user:ID` or `key:ID`.")] = None


class ReviewRequest(Sent):
    """Why a person should look at a grade."""

    reason: Comment = Field(examples=["The customer complained about the tone."])


class VerdictSent(Corrections):
    """A reviewer's verdict."""

    outcome: ReviewOutcome | None = None
    """It follows from the rest; where it is given, it must not contradict."""
    comment: Comment | None = None
    """For the agent."""


_VERDICT_EXAMPLES = {
    "confirmed": {"summary": "The machine is right", "value": {"comment": "Well done."}},
    "corrected": {
        "summary": "A criterion and a label are wrong",
        "value": {
            "criteria": [
                {
                    "id": "empathy",
                    "state": "met",
                    "comment": "The agent names the customer's worry.",
                    "evidence": [{"turn": 1, "start": 0, "end": 8, "quote": "非常理解您的着急"}],
                }
            ],
            "labels": [{"turn": 1, "label": "empathy", "value": "2"}],
        },
    },
}


@router.get("/reviews", responses=responses())
def list_reviews(
    service: Service, principal: Reader, listing: Annotated[ReviewListing, Query()]
) -> Listed[ReviewSummary]:
    """List the review queue, the most urgent first; those that wait, unless `state` says otherwise.

    With `state=done` the last done come first.
    """
    with service.database.read() as session:
        page = reviews.queue(
            session,
            listing.selection(),
            principal.scope,
            state=listing.state,
            kind=listing.kind,
            done_by=listing.done_by,
            cursor=listing.cursor,
            limit=listing.limit,
        )
        criteria = grades.criteria_of(session, [grade.id for _, _, grade in page.items])
    items = [review_summary(review, row, grade, criteria[grade.id]) for review, row, grade in page.items]
    return Listed(items=items, next=page.next)


@router.get("/reviews/{review_id}", responses=responses(HTTPStatus.NOT_FOUND))
def get_review(request: Request, service: Service, principal: Reader, review_id: str) -> ReviewView:
    """Give a review with the conversation, the grade, and what earlier reviewers said of it."""
    with service.database.write() as session:
        review, row, grade = _found(session, review_id, principal)
        view = review_view(session, review, row, grade)
        note(session, request, principal, "read", "review", about=review.id)
    return view


@router.post(
    "/reviews/next",
    response_model=ReviewSummary,
    responses={**responses(), 204: {"description": "Nothing waits."}},
)
def claim_next_review(
    request: Request,
    service: Service,
    principal: Worker,
    filters: Annotated[NextReview, Query()],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Claim the most urgent review that nobody holds; 204 where there is none.

    Nobody else can claim it until `claimed_until`. Appeals are only given to those who may decide them.
    """

    def work(session: Session) -> Done:
        review = reviews.claim_next(
            session,
            principal.actor,
            principal.scope,
            judges=_judges(principal),
            selection=filters.selection(),
            kind=filters.kind,
            lease=service.settings.review_claim,
        )
        if review is None:
            return Done(status=HTTPStatus.NO_CONTENT, body="")
        return _changed(session, request, principal, review, "claim")

    said = request.url.query.encode()
    return once(Repeatable.of(request, service, principal, idempotency_key, said), work)


@router.post(
    "/reviews/{review_id}/claim",
    response_model=ReviewSummary,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def claim_review(
    request: Request,
    service: Service,
    principal: Worker,
    review_id: str,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Claim a review, or renew one's own claim; 409 where somebody else holds it or it is over.

    A claim ends by itself at `claimed_until`: renew it while a person is at work.
    """

    def work(session: Session) -> Done:
        _found(session, review_id, principal)
        if not reviews.may_take(session, review_id, principal.actor, judges=_judges(principal)):
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "An appeal is decided by a supervisor who neither raised it nor reviewed the grade. "
                "Take another item.",
            )
        review = reviews.claim(session, review_id, principal.actor, lease=service.settings.review_claim)
        return _changed(session, request, principal, review, "claim")

    return once(Repeatable.of(request, service, principal, idempotency_key, b""), work)


@router.post(
    "/reviews/{review_id}/release",
    response_model=ReviewSummary,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def release_review(
    request: Request,
    service: Service,
    principal: Worker,
    review_id: str,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Give a review back without a verdict; 409 where one does not hold it."""

    def work(session: Session) -> Done:
        _found(session, review_id, principal)
        review = reviews.release(session, review_id, principal.actor)
        return _changed(session, request, principal, review, "release")

    return once(Repeatable.of(request, service, principal, idempotency_key, b""), work)


@router.post(
    "/reviews/{review_id}/verdict",
    response_model=ReviewRecord,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def submit_verdict(
    request: Request,
    service: Service,
    principal: Worker,
    *,
    review_id: str,
    verdict: Annotated[VerdictSent, Body(openapi_examples=_VERDICT_EXAMPLES)],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Submit a verdict on a review that one holds; 409 where the claim is lost: claim it again.

    Only what differs needs to be sent. The final score follows from the corrected states by the scorecard's weights, fatal
    faults and pass score. The machine's grade itself never changes.
    """
    said = without_personal_data(service, verdict)
    comment = redacted(service, verdict.comment) if verdict.comment else None
    repeatable = Repeatable.of(
        request, service, principal, idempotency_key, verdict.model_dump_json().encode()
    )

    def work(session: Session) -> Done:
        _found(session, review_id, principal)
        review = reviews.held(session, review_id, principal.actor)
        _, row, grade = _found(session, review_id, principal)
        if review.kind == "appeal":
            raise ConflictError("This is an appeal. Decide it with POST /v1/appeals/{id}/adjudicate.")
        judgement = judge(judged(session, row, grade.id), said, outcome=verdict.outcome, comment=comment)
        verdicts.close(session, review, principal.actor, judgement, at=now())
        body = review_records(session, [review])[0].model_dump_json()
        note(session, request, principal, "review", "grade", about=grade.id, outcome=review.outcome)
        return Done(status=HTTPStatus.OK, body=body, conversation_id=row.id)

    return once(repeatable, work)


@router.post(
    "/conversations/{conversation_id}/reviews",
    status_code=HTTPStatus.CREATED,
    response_model=ReviewRecord,
    responses={
        **responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
        200: {"description": "It was asked for already, and waits.", "model": ReviewRecord},
    },
)
def request_review(
    request: Request,
    service: Service,
    principal: Worker,
    *,
    conversation_id: str,
    asked: ReviewRequest,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Ask for a review of the grade that stands; 409 where there is none yet, or the words were removed."""
    why = redacted(service, asked.reason)
    repeatable = Repeatable.of(request, service, principal, idempotency_key, asked.model_dump_json().encode())

    def work(session: Session) -> Done:
        row = conversations.get(
            session, found.conversation(session, conversation_id, principal).id, lock=True
        )
        grade = grades.current(session, row.id) if row else None
        if row is None or grade is None:
            raise ConflictError("The conversation has no grade yet. Ask for a review once it has one.")
        review, is_new = results.request_review(session, row, grade, actor=principal.actor, request=why)
        body = review_records(session, [review])[0].model_dump_json()
        note(session, request, principal, "create", "review", about=review.id)
        return Done(
            status=HTTPStatus.CREATED if is_new else HTTPStatus.OK,
            body=body,
            headers={"Location": f"/v1/reviews/{review.id}"},
            conversation_id=row.id,
        )

    return once(repeatable, work)


@router.get(
    "/conversations/{conversation_id}/reviews", responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
)
def get_conversation_reviews(
    request: Request, service: Service, principal: ConversationReader, conversation_id: str
) -> Listed[ReviewRecord]:
    """Give every review of a conversation with its verdicts, the latest first."""
    with service.database.write() as session:
        row = found.conversation(session, conversation_id, principal)
        items = review_records(session, reviews.of_conversation(session, row.id))
        note(session, request, principal, "read", "review", about=row.id)
    return Listed(items=items)


def _found(
    session: Session, review_id: str, principal: Principal
) -> tuple[ReviewRow, ConversationRow, GradeRow]:
    review = reviews.get(session, review_id)
    row = conversations.get(session, review.conversation_id) if review else None
    grade = grades.get(session, review.grade_id) if review else None
    if review is None or row is None or grade is None or not found.visible(row, principal):
        raise MissingError("There is no such review. Look for it with GET /v1/reviews.")
    return review, row, grade


def _judges(principal: Principal) -> bool:
    return "appeals.adjudicate" in principal.permissions


def _changed(session: Session, request: Request, principal: Principal, review: ReviewRow, what: str) -> Done:
    session.flush()
    _, row, grade = _found(session, review.id, principal)
    view = review_summary(review, row, grade, grades.criteria(session, grade.id))
    note(session, request, principal, "change", "review", about=review.id, what=what)
    return Done(status=HTTPStatus.OK, body=view.model_dump_json(), conversation_id=row.id)
