"""Recordings: uploaded or fetched, and their audio given out again."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from grader.problems import InputError, Problem
from service.api import sent
from service.api.access import may
from service.api.body import limited
from service.api.errors import ApiError, responses
from service.api.form import FORM, METADATA
from service.api.principal import Principal
from service.api.recordings import by_url, described, uploaded
from service.api.repetition import IdempotencyKey, Repeatable
from service.api.state import Service
from service.api.views import JobView

router = APIRouter(prefix="/v1", tags=["recordings"])

Sender = Annotated[Principal, may("conversations.submit")]

_METADATA_EXAMPLE: Final[dict[str, Any]] = {
    "id": "call-4711",
    "language": "zh",
    "started_at": "2026-11-20T09:30:00+08:00",
    "agent": {"id": "a-17", "team": "returns"},
    "customer": {"id": "u-88213"},
    "queue": "after-sales",
    "direction": "inbound",
    "metadata": {"answer_delay": 12, "agent_channel": "left"},
}


class RecordingByUrl(BaseModel):
    """A recording that the service fetches."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(examples=["https://calls.example/2026/11/20/call-4711.wav"])
    """Of a host that the operator allows; the answer must be the audio itself."""
    metadata: dict[str, Any] = Field(examples=[_METADATA_EXAMPLE])
    """The conversation without turns."""


@router.post(
    "/recordings",
    status_code=HTTPStatus.ACCEPTED,
    response_model=JobView,
    responses={
        **responses(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.CONFLICT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        ),
        202: {
            "description": "Kept, and queued to be transcribed and graded.",
            "headers": {"Location": {"description": "The job.", "schema": {"type": "string"}}},
        },
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                FORM: {
                    "schema": {
                        "type": "object",
                        "required": ["file", "metadata"],
                        "properties": {
                            "file": {
                                "type": "string",
                                "contentMediaType": "application/octet-stream",
                                "description": "The audio.",
                            },
                            "metadata": {"$ref": "#/components/schemas/Conversation"},
                        },
                    },
                    "encoding": {"metadata": {"contentType": "application/json"}},
                    "example": {"file": "(the bytes of the recording)", "metadata": _METADATA_EXAMPLE},
                },
                "application/json": {
                    "schema": RecordingByUrl.model_json_schema(ref_template="#/components/schemas/{model}"),
                },
            },
        }
    },
)
async def submit_recording(
    request: Request, service: Service, principal: Sender, idempotency_key: IdempotencyKey = None
) -> Response:
    """Send a recording to be transcribed and graded: by upload, or by URL.

    An upload is a form with the parts `file` and `metadata`, the conversation without turns. It is written to the disk
    as it comes, encrypted where the operator has set a key; what breaks off leaves nothing and is sent anew: uploads
    are not resumable. By URL, the body is JSON; the host must be one that the operator allows, and the answer comes
    once the recording is here. What it is, is told from its content.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == FORM:
        return await uploaded(request, service, principal, idempotency_key)
    if media_type != "application/json":
        raise ApiError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "A recording comes as multipart/form-data with the parts file and metadata, "
            "or as application/json with url and metadata.",
            headers={"Connection": "close"},
        )
    body = await limited(request, METADATA)
    asked = _read(body)
    conversation = await run_in_threadpool(described, asked.metadata)
    repeatable = Repeatable.of(request, service, principal, idempotency_key, body)
    return await by_url(service, principal, conversation, asked.url, repeatable)


def _read(body: bytes) -> RecordingByUrl:
    data = sent.parsed(body, "an object with url and metadata")
    try:
        return RecordingByUrl.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or None
        problem = f"{first['msg'].removesuffix('.')}."
        remedy = 'Send {"url": …, "metadata": {"id": …}}.'
        raise InputError(Problem(source="body", place=place, problem=problem, remedy=remedy)) from None
