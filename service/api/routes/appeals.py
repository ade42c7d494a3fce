"""Appeals: raised, decided, withdrawn."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.api import found
from service.api.access import may
from service.api.auditing import note
from service.api.corrections import Comment, Corrections, problem
from service.api.errors import ApiError, responses
from service.api.filters import LoopListing
from service.api.judging import changes, judge, judged, without_personal_data
from service.api.principal import Principal
from service.api.redacting import redacted
from service.api.repetition import Done, IdempotencyKey, Repeatable, once
from service.api.review_views import AppealSummary, AppealView, appeal_summary, appeal_view
from service.api.shapes import Sent
from service.api.state import Service
from service.api.views import Listed
from service.database import appeals, conversations, grades, reviews
from service.database.appeals import Decision
from service.database.errors import ConflictError, MissingError
from service.database.tables import AppealRow, AppealState, ConversationRow

router = APIRouter(prefix="/v1", tags=["reviews"])

Reader = Annotated[Principal, may("conversations.read")]
Appellant = Annotated[Principal, may("appeals.raise")]
Judge = Annotated[Principal, may("appeals.adjudicate")]


class AppealSent(Sent):
    """An objection to the grade that stands."""

    grounds: Comment = Field(examples=["I named the customer's worry in my second message."])
    criteria: list[str] = Field(default=[], max_length=1000, examples=[["empathy"]])
    """Ids of the criteria objected to; none for the whole grade."""


class Adjudication(Corrections):
    """The final word on an appeal."""

    decision: Decision
    reason: Comment = Field(examples=["The second message does name it."])


class AppealListing(LoopListing):
    """Which appeals, in pages."""

    state: AppealState | None = None


_ADJUDICATION_EXAMPLES = {
    "upheld": {
        "summary": "The appeal is right",
        "value": {
            "decision": "upheld",
            "reason": "The second message does name it.",
            "criteria": [{"id": "empathy", "state": "met"}],
        },
    },
    "rejected": {
        "summary": "The grade stays",
        "value": {"decision": "rejected", "reason": "The message is a form letter."},
    },
}


@router.post(
    "/conversations/{conversation_id}/appeals",
    status_code=HTTPStatus.CREATED,
    response_model=AppealView,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def raise_appeal(
    request: Request,
    service: Service,
    principal: Appellant,
    *,
    conversation_id: str,
    appeal: AppealSent,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Object to the grade that stands. Agents may do so for their own conversations, platforms pass it on.

    409 where an appeal against the grade is open or decided, the days for it are over, or the words were removed.
    """
    grounds = redacted(service, appeal.grounds)
    within = timedelta(days=service.settings.appeal_days)
    repeatable = Repeatable.of(
        request, service, principal, idempotency_key, appeal.model_dump_json().encode()
    )

    def work(session: Session) -> Done:
        row = found.conversation(session, conversation_id, principal)
        grade = grades.current(session, row.id)
        if grade is None:
            raise ConflictError("The conversation has no grade that could be appealed against.")
        _require_known(appeal.criteria, [one.criterion for one in grades.criteria(session, grade.id)])
        raised = appeals.raise_appeal(
            session,
            grade,
            raised_by=principal.actor,
            grounds=grounds,
            criteria=list(dict.fromkeys(appeal.criteria)),
            within=within,
        )
        body = appeal_view(session, raised, row).model_dump_json()
        note(session, request, principal, "appeal", "grade", about=grade.id)
        return Done(
            status=HTTPStatus.CREATED,
            body=body,
            headers={"Location": f"/v1/appeals/{raised.id}"},
            conversation_id=row.id,
        )

    return once(repeatable, work)


@router.get("/appeals", responses=responses())
def list_appeals(
    service: Service, principal: Reader, listing: Annotated[AppealListing, Query()]
) -> Listed[AppealSummary]:
    """List the appeals that may be seen, the latest first."""
    with service.database.read() as session:
        page = appeals.listed(
            session,
            listing.selection(),
            principal.scope,
            state=listing.state,
            cursor=listing.cursor,
            limit=listing.limit,
        )
    return Listed(items=[appeal_summary(appeal, row) for appeal, row, _ in page.items], next=page.next)


@router.get("/appeals/{appeal_id}", responses=responses(HTTPStatus.NOT_FOUND))
def get_appeal(request: Request, service: Service, principal: Reader, appeal_id: str) -> AppealView:
    """Give an appeal with its grounds, the decision and the judge's verdicts."""
    with service.database.write() as session:
        appeal, row = _found(session, appeal_id, principal)
        view = appeal_view(session, appeal, row)
        note(session, request, principal, "read", "appeal", about=appeal.id)
    return view


@router.post(
    "/appeals/{appeal_id}/adjudicate",
    response_model=AppealView,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def adjudicate_appeal(
    request: Request,
    service: Service,
    principal: Judge,
    *,
    appeal_id: str,
    word: Annotated[Adjudication, Body(openapi_examples=_ADJUDICATION_EXAMPLES)],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Decide an appeal for good, with verdicts where the grade is to be corrected.

    Whoever raised it or reviewed the grade may not (403). 409 where it is decided, or somebody else holds its item of the
    review queue. A rejection corrects nothing.
    """
    said = without_personal_data(service, word)
    reason = redacted(service, word.reason)
    repeatable = Repeatable.of(request, service, principal, idempotency_key, word.model_dump_json().encode())

    def work(session: Session) -> Done:
        _, row = _found(session, appeal_id, principal)
        appeal = appeals.open_for_decision(session, appeal_id)
        _require_impartial(session, principal, appeal)
        given = judged(session, row, appeal.grade_id)
        judgement = judge(given, said)
        if word.decision == "rejected" and changes(given, said):
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "A rejected appeal leaves the grade as it stands. Leave criteria and labels out, "
                "or decide upheld or partly_upheld.",
            )
        appeals.adjudicate(
            session,
            appeal.id,
            judge=principal.actor,
            decision=word.decision,
            reason=reason,
            judgement=judgement,
        )
        body = appeal_view(session, appeal, row).model_dump_json()
        note(session, request, principal, "adjudicate", "appeal", about=appeal.id, decision=word.decision)
        return Done(status=HTTPStatus.OK, body=body, conversation_id=row.id)

    return once(repeatable, work)


@router.post(
    "/appeals/{appeal_id}/withdraw",
    response_model=AppealView,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def withdraw_appeal(
    request: Request,
    service: Service,
    principal: Appellant,
    appeal_id: str,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take an appeal back that one raised and that is not decided."""

    def work(session: Session) -> Done:
        appeal, row = _found(session, appeal_id, principal)
        if appeal.raised_by != principal.actor:
            raise ApiError(HTTPStatus.FORBIDDEN, "Only who raised an appeal may withdraw it. Ask them to.")
        appeal = appeals.withdraw(session, appeal_id)
        body = appeal_view(session, appeal, row).model_dump_json()
        note(session, request, principal, "change", "appeal", about=appeal.id, what="withdraw")
        return Done(status=HTTPStatus.OK, body=body, conversation_id=row.id)

    return once(Repeatable.of(request, service, principal, idempotency_key, b""), work)


def _found(session: Session, appeal_id: str, principal: Principal) -> tuple[AppealRow, ConversationRow]:
    appeal = appeals.get(session, appeal_id)
    row = conversations.get(session, appeal.conversation_id) if appeal else None
    if appeal is None or row is None or not found.visible(row, principal):
        raise MissingError("There is no such appeal. Look for it with GET /v1/appeals.")
    return appeal, row


def _require_known(criteria: Sequence[str], known: Sequence[str]) -> None:
    problems = [
        problem(
            f"criteria[{index}]", f"The grade has no criterion {name}.", f"It has these: {', '.join(known)}."
        )
        for index, name in enumerate(criteria)
        if name not in known
    ]
    if problems:
        detail = f"The appeal does not fit the grade. {' '.join(map(str, problems[:3]))}"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, problems=problems)


def _require_impartial(session: Session, principal: Principal, appeal: AppealRow) -> None:
    is_own = principal.agent_id is not None and principal.agent_id == appeal.agent_id
    if is_own or not reviews.may_take(session, str(appeal.review_id), principal.actor, judges=True):
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "An appeal is decided by a supervisor who neither raised it nor reviewed the grade. "
            "Leave it to another one.",
        )
