"""Reports: how conversations were graded, by group or by week."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field

from grader.problems import Problem
from grader.sheets import Cell, csv_pieces
from service.api.access import may
from service.api.auditing import note
from service.api.errors import ApiError, responses
from service.api.filters import Filters
from service.api.principal import Principal
from service.api.report_views import SHARES, AppealCounts, Report, group_view, report_view
from service.api.state import Service, State
from service.database import reports
from service.database.reports import By, Figures
from service.database.types import now

router = APIRouter(prefix="/v1/reports", tags=["reports"])

Reader = Annotated[Principal, may("reports.read")]

_PERIOD: Final = timedelta(days=30)
_LONGEST: Final = timedelta(days=366)


class ReportQuery(Filters):
    """Which conversations, counted by what. Without `since` the 30 days before `until`, which is now if left out."""

    since: Annotated[AwareDatetime | None, Field(description="Keeps its zone, in which weeks begin.")] = None
    by: Annotated[By, Field(description="Weeks begin on Monday, in the zone of `since`.")] = "team"
    format: Annotated[Literal["json", "csv"], Field(description="`csv` holds the groups alone.")] = "json"

    def period(self) -> tuple[datetime, datetime]:
        """Give from when on, and before when.

        Raises:
            ApiError: 422 where that is no period, or longer than a year.
        """
        until = self.until or now()
        try:
            since = self.since or until - _PERIOD
            lasts = until.astimezone(UTC) - since.astimezone(UTC)
        except OverflowError:
            raise _no_period() from None
        if not timedelta() < lasts <= _LONGEST:
            raise _no_period()
        return since, until


@router.get(
    "",
    response_model=Report,
    responses={
        **responses(),
        200: {"description": "The figures.", "content": {"text/csv": {"schema": {"type": "string"}}}},
    },
)
def get_report(
    request: Request, service: Service, principal: Reader, wanted: Annotated[ReportQuery, Query()]
) -> Response | Report:
    """Count the graded conversations of a period, a year at most: scores, criteria, reviews, appeals.

    A conversation belongs to the time when it began; where nobody said, when it was received.
    """
    since, until = wanted.period()
    with service.database.read() as session:
        found = reports.report(
            session, wanted.by, wanted.selection(), principal.scope, since=since, until=until
        )
    if wanted.format == "csv":
        return _csv(service, request, principal, wanted, found)
    return report_view(wanted.by, since, until, found)


def _no_period() -> ApiError:
    problem = Problem(
        source="query",
        place="since",
        problem=f"From since to until it must be more than 0 and at most {_LONGEST.days} days.",
        remedy="Ask for another period.",
    )
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, str(problem), problems=[problem])


def _csv(
    service: State,
    request: Request,
    principal: Principal,
    wanted: ReportQuery,
    found: Mapping[str | None, Figures],
) -> Response:
    with service.database.write() as session:
        note(
            session,
            request,
            principal,
            "export",
            "report",
            by=wanted.by,
            filters=sorted(wanted.model_fields_set),
        )
    criteria = list({criterion: None for figures in found.values() for criterion in figures.criteria})
    header = [wanted.by, "conversations", "mean_score"]
    header += [f"{name}{part}" for name in (*SHARES, *criteria) for part in ("", ":of", ":low", ":high")]
    header += [f"appeals_{state}" for state in AppealCounts.model_fields]
    name = f"report-{wanted.by}-{now():%Y%m%d-%H%M%S}.csv"
    return StreamingResponse(
        csv_pieces(header, _rows(found, criteria)),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
        media_type="text/csv; charset=utf-8; header=present",
    )


def _rows(found: Mapping[str | None, Figures], criteria: list[str]) -> Iterator[list[Cell]]:
    for group, figures in found.items():
        shown = group_view(group, figures)
        met = {criterion.id: criterion for criterion in shown.criteria}
        shares = [getattr(shown, name) for name in SHARES] + [met.get(criterion) for criterion in criteria]
        cells: list[Cell] = [group, shown.conversations, shown.mean_score]
        for share in shares:
            cells += [share.count, share.of, share.low, share.high] if share else [None] * 4
        yield cells + list(shown.appeals.model_dump().values())
