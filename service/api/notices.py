"""What subscribers are sent: the documentation of the events, from which code to receive them can be generated."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from grader.grade import Decision, ScorecardName
from service.api.errors import FieldProblem
from service.api.shapes import Shown
from service.database.tables import AppealState, JobKind, ReviewOutcome

router = APIRouter(tags=["webhooks"])
"""Routes of the subscriber's, not of this service."""

_UID: Final = "0198a3f0-6a52-7c1e-a8d4-5f1b8a2c9e10"
_GRADE: Final = "0198a3f0-6a61-74c2-9d0b-3e6f2b7a1c55"


class Signature(BaseModel):
    """Headers of the Standard Webhooks specification, which has libraries for many languages."""

    webhook_id: Annotated[str, Field(description="The event's: the same however often it is sent.")]
    webhook_timestamp: Annotated[
        str, Field(description="Unix time of this attempt. Refuse one older than 5 minutes.")
    ]
    webhook_signature: Annotated[
        str,
        Field(
            description="`v1,` and the HMAC-SHA-256 of `ID.TIMESTAMP.BODY` in base64; several with spaces between while "
            "a secret is replaced."
        ),
    ]


class About(Shown):
    """Which conversation it is about."""

    conversation_id: str = Field(examples=[_UID])
    """The service's id (`uid`)."""
    external_id: str = Field(examples=["chat-2041"])
    """The platform's own."""
    source: str = Field(examples=["shop"])
    """The platform."""
    grade_id: str = Field(examples=[_GRADE])


class Graded(About):
    """A grade in figures."""

    score: float | None = Field(examples=[62.5])
    passed: bool | None = Field(examples=[False])
    decision: Decision
    reasons: list[str] = Field(examples=[["fatal:rude"]])
    """Why people must look at it."""
    scorecard: ScorecardName


class ReviewNeeded(Graded):
    """A grade that people must look at."""

    review_id: str = Field(examples=["0198a3f0-6a63-7f1d-8a11-0c9d4e5f6a7b"])


class Alert(Graded):
    """A grade that cannot wait."""

    alerts: list[str] = Field(examples=[["fatal:rude", "escalation"]])
    """Those of the reasons: a criterion that was failed fatally, a customer who threatens to complain elsewhere."""


class Reviewed(About):
    """What people made of a grade."""

    review_id: str = Field(examples=["0198a3f0-6a63-7f1d-8a11-0c9d4e5f6a7b"])
    outcome: ReviewOutcome
    score: float | None = Field(examples=[85.0])
    """With the corrections."""
    passed: bool | None = Field(examples=[True])


class Appealed(About):
    """An appeal."""

    appeal_id: str = Field(examples=["0198a41c-02b7-7d90-b3c8-71e5a9d0f264"])
    state: AppealState
    criteria: list[str] = Field(examples=[["empathy"]])
    """What it is about; empty for the whole grade."""


class JobFailed(Shown):
    """A job that was given up."""

    job_id: str = Field(examples=["0198a3ef-11c0-7b64-9f35-d2a8c47e0b91"])
    kind: JobKind
    conversation_id: str | None = Field(examples=[_UID])
    external_id: str | None = Field(examples=["call-77"])
    error: FieldProblem


class Ping(Shown):
    """Nothing but that events arrive."""

    webhook_id: str = Field(examples=["0198a3d2-54e1-7aa0-8c6e-9b1f0d2e3c47"])
    """The subscription."""


class Event(Shown):
    """What is common to all events."""

    timestamp: datetime = Field(examples=["2026-11-20T01:31:07.402913+00:00"])
    """When it happened. Events may arrive in another order."""


class GradedEvent(Event):
    """See `data`."""

    type: Literal["conversation.graded"]
    data: Graded


class ReviewNeededEvent(Event):
    """See `data`."""

    type: Literal["review.needed"]
    data: ReviewNeeded


class AlertEvent(Event):
    """See `data`."""

    type: Literal["alert.raised"]
    data: Alert


class ReviewedEvent(Event):
    """See `data`."""

    type: Literal["conversation.reviewed"]
    data: Reviewed


class AppealRaisedEvent(Event):
    """See `data`."""

    type: Literal["appeal.raised"]
    data: Appealed


class AppealDecidedEvent(Event):
    """See `data`."""

    type: Literal["appeal.decided"]
    data: Appealed


class JobFailedEvent(Event):
    """See `data`."""

    type: Literal["job.failed"]
    data: JobFailed


class PingEvent(Event):
    """See `data`."""

    type: Literal["ping"]
    data: Ping


Signed = Annotated[Signature, Header()]

_ROUTE: Final[dict[str, Any]] = {
    "status_code": HTTPStatus.NO_CONTENT,
    "response_description": "Taken. Any 2xx will do, within 15 seconds; anything else is tried again.",
    "responses": {410: {"description": "Nothing more is wanted: the subscription is switched off."}},
}


@router.post("conversation.graded", **_ROUTE)
def conversation_graded(_event: GradedEvent, _signature: Signed) -> None:
    """A grade stands: a conversation's first one, or that of a re-grade which was adopted."""


@router.post("review.needed", **_ROUTE)
def review_needed(_event: ReviewNeededEvent, _signature: Signed) -> None:
    """A grade waits in the queue of reviews."""


@router.post("conversation.reviewed", **_ROUTE)
def conversation_reviewed(_event: ReviewedEvent, _signature: Signed) -> None:
    """A person has confirmed or corrected a grade."""


@router.post("appeal.raised", **_ROUTE)
def appeal_raised(_event: AppealRaisedEvent, _signature: Signed) -> None:
    """Somebody has appealed against a grade."""


@router.post("appeal.decided", **_ROUTE)
def appeal_decided(_event: AppealDecidedEvent, _signature: Signed) -> None:
    """An appeal was upheld, partly upheld, or rejected."""


@router.post("alert.raised", **_ROUTE)
def alert_raised(_event: AlertEvent, _signature: Signed) -> None:
    """A grade that cannot wait: a criterion was failed fatally, or the customer threatens to complain elsewhere."""


@router.post("job.failed", **_ROUTE)
def job_failed(_event: JobFailedEvent, _signature: Signed) -> None:
    """A job was given up after all its attempts, or at once where the input itself is at fault."""


@router.post("ping", **_ROUTE)
def ping(_event: PingEvent, _signature: Signed) -> None:
    """Sent on request (`POST /v1/webhooks/{webhook_id}/test`), whatever was subscribed to."""
