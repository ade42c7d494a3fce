"""How long what is kept, and erasing one customer."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, TypeAlias

from fastapi import APIRouter, Body, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from grader.conversation import Channel
from grader.reading.cleaning import MAX_NAME
from service.api.access import may
from service.api.auditing import note
from service.api.errors import responses
from service.api.principal import Principal
from service.api.repetition import Done, IdempotencyKey, Repeatable, once
from service.api.shapes import CLEANED, Sent, Shown
from service.api.state import Service
from service.database import erasure, retention
from service.database.tables import RetentionRow
from service.identity import customer_hash

router = APIRouter(prefix="/v1", tags=["retention and erasure"])

Manager = Annotated[Principal, may("retention.manage")]
Eraser = Annotated[Principal, may("conversations.erase")]

Days: TypeAlias = Annotated[int | None, Field(ge=0, le=36_500, examples=[90])]


class Rule(Sent):
    """For how many days what came by a channel is kept, counted from when it was received; null keeps it."""

    channel: Channel
    recording_days: Days = None
    """The audio."""
    transcript_days: Days = None
    """The words; states, scores and verdicts stay."""
    grade_days: Days = None
    """The conversation as a whole, with all that belongs to it."""


class KeptRule(Shown):
    """A rule that applies."""

    channel: Channel
    recording_days: int | None
    transcript_days: int | None
    grade_days: int | None
    changed_at: datetime
    changed_by: str | None


class Retention(Shown):
    """The rules, by channel; a channel without one keeps everything."""

    rules: list[KeptRule]


class Erasure(Sent):
    """Whom to erase."""

    customer_id: Annotated[str, Field(min_length=1, max_length=MAX_NAME, examples=["u-88213"]), CLEANED]
    """As conversations name the customer. Only a keyed hash of it is looked for, and none of it is kept."""


class ErasureView(Shown):
    """What was erased."""

    conversations: int = Field(examples=[3])
    recordings: int = Field(examples=[2])
    """Audio files that were deleted."""


_RULES: Final = {
    "ninety days of audio": {
        "summary": "Audio for 90 days, words for two years, figures without limit",
        "value": {"channel": "call", "recording_days": 90, "transcript_days": 730, "grade_days": None},
    }
}


@router.get("/retention", responses=responses())
def get_retention(service: Service, _principal: Manager) -> Retention:
    """Tell for how long recordings, transcripts and grades are kept."""
    with service.database.read() as session:
        return Retention(rules=[_rule(row) for row in retention.rules(session)])


@router.put("/retention", responses=responses())
def put_retention(
    request: Request,
    service: Service,
    principal: Manager,
    rule: Annotated[Rule, Body(openapi_examples=_RULES)],
) -> KeptRule:
    """Set the rule of a channel. What is over goes at the next daily purge, and does not come back."""
    with service.database.write() as session:
        row = retention.set_rule(session, **rule.model_dump(), changed_by=principal.actor)
        note(session, request, principal, "change", "retention", about=rule.channel, **rule.model_dump())
    return _rule(row)


@router.post("/erasures", responses=responses(HTTPStatus.CONFLICT), response_model=ErasureView)
def erase_customer(
    request: Request,
    service: Service,
    principal: Eraser,
    erased: Erasure,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Erase one customer: every word, name and recording goes, also of what is still being graded.

    Scores, states, probabilities and verdicts stay in the statistics under the agent's name. A platform erases among
    what it sent itself. Nobody is found by an id that no conversation names: the answer says 0 then.
    """
    digest = customer_hash(service.secret, erased.customer_id) or ""
    repeatable = Repeatable.of(request, service, principal, idempotency_key, digest.encode())

    def work(session: Session) -> Done:
        gone = erasure.erase_customer(
            session,
            digest,
            actor=principal.actor,
            source=principal.scope.source,
            request_id=request.state.request_id,
        )
        for path in gone.recordings:  # before the commit: a file that nothing names would be kept for ever
            service.vault.remove(path)
        view = ErasureView(conversations=gone.conversations, recordings=len(gone.recordings))
        return Done(status=HTTPStatus.OK, body=view.model_dump_json())

    return once(repeatable, work)


def _rule(row: RetentionRow) -> KeptRule:
    return KeptRule(
        channel=row.channel,
        recording_days=row.recording_days,
        transcript_days=row.transcript_days,
        grade_days=row.grade_days,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
