"""What subscribers are sent: the documentation of the events, from which code to receive them can be generated."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Header
from pydantic import BaseModel, Field

from grader.grade import Decision, ScorecardName
from service.api import examples
from service.api.errors import FieldProblem
from service.api.shapes import Shown
from service.database.tables import AppealState, JobKind, ReviewOutcome

router = APIRouter(tags=["webhooks"])
"""Routes of the subscriber's, not of this service."""


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

    conversation_id: str
    """The service's id (`uid`)."""
    external_id: str
    """The platform's own."""
    source: str
    """The platform."""
    grade_id: str


class Graded(About):
    """A grade in figures."""

    score: float | None
    passed: bool | None
    decision: Decision
    reasons: list[str]
    """Why people must look at it."""
    scorecard: ScorecardName


class ReviewNeeded(Graded):
    """A grade that people must look at."""

    review_id: str


class Alert(Graded):
    """A grade that cannot wait."""

    alerts: list[str]
    """Those of the reasons: a criterion that was failed fatally, a customer who threatens to complain elsewhere."""


class Reviewed(About):
    """What people made of a grade."""

    review_id: str
    outcome: ReviewOutcome
    score: float | None
    """With the corrections."""
    passed: bool | None


class Appealed(About):
    """An appeal."""

    appeal_id: str
    state: AppealState
    criteria: list[str]
    """What it is about; empty for the whole grade."""


class JobFailed(Shown):
    """A job that was given up."""

    job_id: str
    kind: JobKind
    conversation_id: str | None
    external_id: str | None
    error: FieldProblem


class Ping(Shown):
    """Nothing but that events arrive."""

    webhook_id: str
    """The subscription."""


class Event(Shown):
    """What is common to all events."""

    timestamp: datetime
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


def _example(kind: str) -> Any:
    return Body(examples=[examples.event(kind)])


@router.post("conversation.graded", **_ROUTE)
def conversation_graded(
    _event: Annotated[GradedEvent, _example("conversation.graded")], _signature: Signed
) -> None:
    """A grade stands: a conversation's first one, or that of a re-grade which was adopted."""


@router.post("review.needed", **_ROUTE)
def review_needed(
    _event: Annotated[ReviewNeededEvent, _example("review.needed")], _signature: Signed
) -> None:
    """A grade waits in the queue of reviews."""


@router.post("conversation.reviewed", **_ROUTE)
def conversation_reviewed(
    _event: Annotated[ReviewedEvent, _example("conversation.reviewed")], _signature: Signed
) -> None:
    """A person has confirmed or corrected a grade."""


@router.post("appeal.raised", **_ROUTE)
def appeal_raised(
    _event: Annotated[AppealRaisedEvent, _example("appeal.raised")], _signature: Signed
) -> None:
    """Somebody has appealed against a grade."""


@router.post("appeal.decided", **_ROUTE)
def appeal_decided(
    _event: Annotated[AppealDecidedEvent, _example("appeal.decided")], _signature: Signed
) -> None:
    """An appeal was upheld, partly upheld, or rejected."""


@router.post("alert.raised", **_ROUTE)
def alert_raised(_event: Annotated[AlertEvent, _example("alert.raised")], _signature: Signed) -> None:
    """A grade that cannot wait: a criterion was failed fatally, or the customer threatens to complain elsewhere."""


@router.post("job.failed", **_ROUTE)
def job_failed(_event: Annotated[JobFailedEvent, _example("job.failed")], _signature: Signed) -> None:
    """A job was given up after all its attempts, or at once where the input itself is at fault."""


@router.post("ping", **_ROUTE)
def ping(_event: Annotated[PingEvent, _example("ping")], _signature: Signed) -> None:
    """Sent on request (`POST /v1/webhooks/{webhook_id}/test`), whatever was subscribed to."""
