"""Scorecards: uploaded, validated, activated from a time on, tried on a conversation."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeAlias

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import Field, ValidationError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from grader.conversation import Conversation
from grader.problems import InputError, Problem
from grader.scorecard.loading import MAX_BYTES
from service import scorecards as texts
from service.api import examples, found, sent
from service.api.access import may
from service.api.auditing import note
from service.api.body import limited, too_large
from service.api.errors import ApiError, responses
from service.api.filters import Paging
from service.api.principal import Principal
from service.api.repetition import Done, IdempotencyKey, Repeatable, once
from service.api.scorecard_views import (
    ScorecardSummary,
    ScorecardView,
    Trial,
    Validation,
    scorecard_summaries,
    scorecard_view,
    validation_of,
)
from service.api.shapes import Moment, Sent
from service.api.state import Service
from service.api.views import Listed
from service.database import conversations, scorecards
from service.database.errors import ConflictError, MissingError
from service.database.tables import ScorecardRow
from service.database.types import now

router = APIRouter(prefix="/v1/scorecards", tags=["scorecards"])

Reader = Annotated[Principal, may("scorecards.read")]
Manager = Annotated[Principal, may("scorecards.manage")]

Activations: TypeAlias = Mapping[str, Sequence[datetime]]

_YAML_TYPES: Final = frozenset(
    {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain"}
)

_EXAMPLE: Final = """\
name: returns-desk
version: 1
language: en
description: What we ask of the returns desk.
pass_score: 70
sections:
  - {id: talk, name: How we talk, weight: 1}
conditions:
  greets:
    name: greeting
    keywords: {any: [hello, hi, good morning, good afternoon]}
    speaker: agent
    turns: {first: 2}
criteria:
  - id: greeting
    section: talk
    name: Greeting
    description: The agent greets the customer.
    points: 10
    met: greets
"""

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/yaml": {"schema": {"type": "string"}, "example": _EXAMPLE},
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"yaml": {"type": "string", "description": "The scorecard's text."}},
                    "required": ["yaml"],
                    "additionalProperties": False,
                },
                "example": {"yaml": _EXAMPLE},
            },
        },
    }
}


class Activation(Sent):
    """From when on a version is applied."""

    active_from: Moment | None = Field(default=None, alias="from", examples=["2026-12-01T00:00:00+08:00"])
    """Never in the past, nor before another activation for the language; without it, now."""


class ScorecardListing(Paging):
    """Which versions."""

    name: str | None = None


@router.get("", responses=responses())
def list_scorecards(
    service: Service, _principal: Reader, listing: Annotated[ScorecardListing, Query()]
) -> Listed[ScorecardSummary]:
    """List the versions of all scorecards, or of one, the latest added first."""
    with service.database.read() as session:
        page = scorecards.listed(session, name=listing.name, cursor=listing.cursor, limit=listing.limit)
        views = scorecard_summaries(session, page.items)
    return Listed(items=views, next=page.next)


@router.get("/{scorecard_id}", responses=responses(HTTPStatus.NOT_FOUND))
def get_scorecard(service: Service, _principal: Reader, scorecard_id: str) -> ScorecardView:
    """Give a version with its criteria and its text."""
    with service.database.read() as session:
        row = _found(session, scorecard_id)
        (summary,) = scorecard_summaries(session, [row])
    return scorecard_view(summary, row)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=ScorecardView,
    responses={
        **responses(
            HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        ),
        200: {"description": "The very text is kept already.", "model": ScorecardView},
    },
    openapi_extra=_BODY,
)
async def add_scorecard(
    request: Request, service: Service, principal: Manager, idempotency_key: IdempotencyKey = None
) -> Response:
    """Keep a version of a scorecard. It is applied once it is activated.

    Everything that is wrong is told at once (422). 409 where another text has its name and version: raise `version`.
    """
    yaml = await _text(request)
    repeatable = Repeatable.of(request, service, principal, idempotency_key, yaml.encode(errors="replace"))

    def work(session: Session) -> Done:
        card = texts.read(yaml)
        is_new = scorecards.find(session, card.name, card.version) is None
        row = texts.keep(session, yaml, created_by=principal.actor)
        (summary,) = scorecard_summaries(session, [row])
        note(session, request, principal, "create", "scorecard", about=row.id)
        return Done(
            status=HTTPStatus.CREATED if is_new else HTTPStatus.OK,
            body=scorecard_view(summary, row).model_dump_json(),
            headers={"Location": f"/v1/scorecards/{row.id}"},
        )

    return await run_in_threadpool(once, repeatable, work)


@router.post(
    "/validate",
    responses=responses(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    openapi_extra=_BODY,
)
async def validate_scorecard(request: Request, _principal: Reader) -> Validation:
    """Tell everything that is wrong with a scorecard; nothing is kept."""
    return await run_in_threadpool(validation_of, await _text(request))


@router.post(
    "/{scorecard_id}/activate",
    response_model=ScorecardSummary,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def activate_scorecard(
    request: Request,
    service: Service,
    principal: Manager,
    *,
    scorecard_id: str,
    activation: Annotated[Activation, Body()] = Activation(),  # noqa: B008  frozen in effect: never changed
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Apply a version from a time on to what is graded then, in the place of the one for its language.

    Activations are never changed and never lie in the past (409). Grades that were given stay: see `POST /v1/regrades`.
    """
    said = activation.model_dump_json().encode()

    def work(session: Session) -> Done:
        row = _found(session, scorecard_id)
        at = now()
        active_from = activation.active_from or at
        scorecards.activate(session, row.id, active_from=active_from, created_by=principal.actor, at=at)
        (summary,) = scorecard_summaries(session, [row])
        body = summary.model_dump_json()
        note(
            session,
            request,
            principal,
            "change",
            "scorecard",
            about=row.id,
            active_from=active_from.isoformat(),
        )
        return Done(status=HTTPStatus.OK, body=body)

    return once(Repeatable.of(request, service, principal, idempotency_key, said), work)


@router.post("/{scorecard_id}/test", responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
def try_scorecard(
    request: Request,
    service: Service,
    principal: Reader,
    scorecard_id: str,
    conversation: Annotated[
        dict[str, Any],
        Body(
            openapi_examples={
                "sent": {"summary": "A conversation", "value": examples.CONVERSATION},
                "kept": {"summary": "One that is kept", "value": {"conversation_id": "chat-2041"}},
            }
        ),
    ],
) -> Trial:
    """Grade a conversation by a version, active or not, and show how every condition came out. Nothing is kept.

    Send a conversation, or `conversation_id` for one that is kept (its `uid`, or the platform's id).
    """
    with service.database.read() as session:
        row = _found(session, scorecard_id)
    tried = _conversation(request, service, principal, conversation)
    grader = replace(service.graders.weights, scorecards=[texts.read(row.yaml)])
    (graded,), (traced,) = grader.grade([tried]), grader.trace([tried])
    if isinstance(graded, Problem):
        raise InputError(graded)
    if isinstance(traced, Problem):
        raise InputError(traced)
    _, trace = traced
    return Trial(
        conversation=graded.conversation,
        grade=graded.grade,
        conditions=list(trace.conditions),
        expressions={name: list(given) for name, given in trace.expressions.items()},
        uncalibrated={name: raw.met for name, raw in trace.verdicts.raw.items() if raw.met is not None},
    )


def _conversation(
    request: Request, service: Service, principal: Principal, given: dict[str, Any]
) -> Conversation:
    """Give the conversation that was sent, or that is kept under the id that was sent."""
    name = given.get("conversation_id")
    if name is None:
        return sent.with_turns(sent.conversation(given, source="body"), source="body")
    with service.database.write() as session:
        row = found.conversation(session, str(name), principal)
        kept = conversations.read(row)
        if kept is None or not kept.turns:
            raise ConflictError(
                "The conversation has no words: they were removed, or are not transcribed yet."
            )
        note(session, request, principal, "read", "conversation", about=row.id)
    return kept


async def _text(request: Request) -> str:
    """Read the scorecard's text from a body in YAML, or in JSON as ``yaml``."""
    kind = request.headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
    # In JSON a character may take six bytes.
    body = await limited(request, 6 * MAX_BYTES if kind == "application/json" else MAX_BYTES)
    if kind == "application/json":
        text = _Text.read(body)
        if len(text.encode(errors="replace")) > MAX_BYTES:
            raise too_large(MAX_BYTES)
        return text
    if kind not in _YAML_TYPES:
        raise ApiError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            'Send the scorecard as application/yaml, or as application/json {"yaml": "…"}.',
        )
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise ApiError(
            HTTPStatus.BAD_REQUEST,
            f"The scorecard is not in UTF-8 (line {line}). Save it with that encoding.",
        ) from None


class _Text(Sent):
    yaml: str

    @classmethod
    def read(cls, body: bytes) -> str:
        """Take the text out of JSON."""
        try:
            return cls.model_validate(json.loads(body)).yaml
        except (ValueError, RecursionError, ValidationError):
            raise ApiError(HTTPStatus.BAD_REQUEST, 'The body is not {"yaml": "…"}. Send that.') from None


def _found(session: Session, scorecard_id: str) -> ScorecardRow:
    row = scorecards.get(session, scorecard_id)
    if row is None:
        raise MissingError("There is no such scorecard. Look for it with GET /v1/scorecards.")
    return row
