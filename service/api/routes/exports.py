"""Exports: grades for spreadsheets and warehouses, people's verdicts for training."""

from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, TypeAlias

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from grader.sheets import csv_pieces, xlsx_pieces
from service.api import examples
from service.api.access import may
from service.api.auditing import note
from service.api.errors import responses
from service.api.exporting import correction_lines, grade_header, grade_lines, grade_rows
from service.api.filters import Filters
from service.api.principal import Principal
from service.api.shapes import Moment
from service.api.state import Service, State
from service.database import exports
from service.database.types import now, to_json

router = APIRouter(prefix="/v1/exports", tags=["exports"])

Exporter = Annotated[Principal, may("exports.read")]

Format: TypeAlias = Literal["jsonl", "csv", "xlsx"]

_TYPES: Final[dict[Format, str]] = {
    "jsonl": "application/jsonl",
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_CORRECTION: Final = {
    "conversation": examples.CONVERSATION,
    "grade": examples.GRADE,
    "uid": "0198a3ef-91d4-7b02-9c55-2e7f60c1a4d8",
    "source": "shop",
    "reasons": ["low_confidence:empathy"],
    "kind": "triage",
    "verdicts": [
        {
            "subject": "criterion",
            "criterion": "empathy",
            "turn": None,
            "label": None,
            "machine": "not_met",
            "value": "met",
            "by": "user:0198a3f0-6a52-7c1e-a8d4-5f1b8a2c9e10",
            "at": "2026-11-21T08:12:45.120000+00:00",
            "scorecard": {"name": "service-zh", "version": 1},
        }
    ],
}


class GradeExport(Filters):
    """Which grades, in which form."""

    format: Annotated[Format, Field(description="`xlsx` is made before it is sent.")] = "jsonl"


class CorrectionExport(Filters):
    """Which reviewed grades."""

    reviewed_since: Annotated[
        Moment | None, Field(description="With a review done at this time or later.")
    ] = None


@router.get(
    "/grades",
    response_class=StreamingResponse,
    responses={
        **responses(),
        200: {
            "description": "The grades, those of the conversations received last first.",
            "content": {
                "application/jsonl": {"schema": {"type": "string"}, "example": to_json(examples.GRADE)},
                "text/csv": {"schema": {"type": "string"}},
                _TYPES["xlsx"]: {"schema": {"type": "string", "contentMediaType": _TYPES["xlsx"]}},
            },
        },
    },
)
def export_grades(
    request: Request, service: Service, principal: Exporter, wanted: Annotated[GradeExport, Query()]
) -> Response:
    """Export the grades that stand, however many, in the order of the lists.

    JSON Lines hold whole grades, with `uid`, `agent`, `team` … and the last `review`. Tables have a row a grade, and for
    each criterion its state, its probability and what a person said of it. In CSV, text that a spreadsheet would take
    for a formula begins with an apostrophe.
    """
    pieces = _grades(service, principal, wanted)
    return _sent(service, request, principal, wanted, pieces=pieces, kind="grade", suffix=wanted.format)


@router.get(
    "/corrections",
    response_class=StreamingResponse,
    responses={
        **responses(),
        200: {
            "description": "A reviewed grade a line, the oldest first.",
            "content": {"application/jsonl": {"schema": {"type": "string"}, "example": to_json(_CORRECTION)}},
        },
    },
)
def export_corrections(
    request: Request, service: Service, principal: Exporter, wanted: Annotated[CorrectionExport, Query()]
) -> Response:
    """Export what reviewers said of grades, with the redacted words: `grader train --corrections FILE` reads it.

    A line a reviewed grade, with the verdicts that stand: of several on one thing the last one. Where there is none, the
    machine was confirmed. Conversations whose words were removed are left out.
    """
    find = partial(
        exports.reviewed,
        selection=wanted.selection(),
        scope=principal.scope,
        since=wanted.reviewed_since,
    )
    pieces = correction_lines(service.database, find)
    return _sent(service, request, principal, wanted, pieces=pieces, kind="correction", suffix="jsonl")


def _grades(service: State, principal: Principal, wanted: GradeExport) -> Iterator[bytes]:
    selection = wanted.selection()
    if wanted.format == "jsonl":
        return grade_lines(service.database, selection, principal.scope)
    with service.database.read() as session:
        criteria = exports.criterion_ids(session, selection, principal.scope)
    header = grade_header(criteria)
    rows = grade_rows(service.database, selection, principal.scope, criteria)
    if wanted.format == "csv":
        return csv_pieces(header, rows)
    return xlsx_pieces(header, rows, folder=service.settings.data)


def _sent(
    service: State,
    request: Request,
    principal: Principal,
    wanted: Filters,
    *,
    pieces: Iterator[bytes],
    kind: str,
    suffix: Format,
) -> Response:
    """Send an export, and note who took it and by which filters; what they held may name people."""
    filters = sorted(wanted.model_fields_set)
    with service.database.write() as session:
        note(session, request, principal, "export", kind, format=suffix, filters=filters)
    name = f"{kind}s-{now():%Y%m%d-%H%M%S}.{suffix}"
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces, HTTPStatus.OK, headers=headers, media_type=_TYPES[suffix])
