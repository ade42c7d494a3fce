"""What reports say."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, get_args

from pydantic import Field

from grader.proportion import exact_interval
from service.api.shapes import Shown
from service.database.reports import By, Figures, Tally
from service.database.tables import AppealState

SHARES: Final = ("passed", "fatal", "automatic", "reviewed", "corrected", "audit")
"""Names of the figures that are shares, beside those of the criteria."""


class Share(Shown):
    """How often something held."""

    count: int
    of: int
    """Among how many of which it can be said."""
    share: float | None
    """Null where there is none."""
    low: float
    """95 % interval of the share (Clopper-Pearson): wide where little was counted, so judge nobody by that."""
    high: float


class CriterionShare(Share):
    """How often a criterion was met, among those conversations where it was either met or not."""

    id: str = Field(examples=["empathy"])


class AppealCounts(Shown):
    """Appeals, by how they ended."""

    open: int
    upheld: int
    partly_upheld: int
    rejected: int
    withdrawn: int


class ReportFigures(Shown):
    """Graded conversations, by what stands of their grades after review."""

    conversations: int
    mean_score: float | None
    passed: Share
    fatal: Share
    """With a fatal fault."""
    automatic: Share
    """Answered without a person being asked."""
    reviewed: Share
    """Looked at by a person."""
    corrected: Share
    """Of the reviewed: what stands is not what the machine said. They were mostly sent to review because the machine was
    not sure; `audit` tells of the others."""
    audit: Share
    """Of the reviewed that only the random draw kept from being answered automatically: confirmed by the person."""
    appeals: AppealCounts
    criteria: list[CriterionShare]


class ReportGroup(ReportFigures):
    """A group's figures."""

    group: str | None = Field(examples=["returns"])
    """Its name; a week's Monday; null for conversations that name none."""


class Report(Shown):
    """Figures by group, and of all of them."""

    by: By
    since: datetime
    until: datetime
    overall: ReportFigures
    groups: list[ReportGroup]
    """By name; weeks in their order, also those without conversations."""


def report_view(by: By, since: datetime, until: datetime, found: Mapping[str | None, Figures]) -> Report:
    """Say what was counted by group, and of all groups together."""
    overall = Figures()
    for figures in found.values():
        overall.add(figures)
    return Report(
        by=by,
        since=since,
        until=until,
        overall=ReportFigures(**_figures(overall)),
        groups=[group_view(group, figures) for group, figures in found.items()],
    )


def group_view(group: str | None, figures: Figures) -> ReportGroup:
    """Say what was counted of a group."""
    return ReportGroup(group=group, **_figures(figures))


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "conversations": figures.conversations,
        "mean_score": figures.points / figures.scored if figures.scored else None,
        **{name: Share(**_share(getattr(figures, name))) for name in SHARES},
        "appeals": _appeals(figures),
        "criteria": [
            CriterionShare(id=criterion, **_share(tally)) for criterion, tally in figures.criteria.items()
        ],
    }


def _share(tally: Tally) -> dict[str, Any]:
    low, high = exact_interval(tally.count, tally.of)
    share = tally.count / tally.of if tally.of else None
    return {"count": tally.count, "of": tally.of, "share": share, "low": low, "high": high}


def _appeals(figures: Figures) -> AppealCounts:
    return AppealCounts(**{state: figures.appeals[state] for state in get_args(AppealState)})
