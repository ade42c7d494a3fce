"""What supervisors read: conversations and their grades, counted by agent, team, queue, channel, language or week."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, Subquery, Text, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from grader.drift import RANDOM_ALONE
from service.database.selection import Scope, Selection, restrict
from service.database.tables import (
    AppealRow,
    AppealState,
    ConversationRow,
    CriterionResultRow,
    GradeRow,
    VerdictRow,
)
from service.database.types import to_json

By: TypeAlias = Literal["agent", "team", "queue", "channel", "language", "week"]

_COLUMNS: Final[Mapping[By, Any]] = {
    "agent": ConversationRow.agent_id,
    "team": ConversationRow.team,
    "queue": ConversationRow.queue,
    "channel": ConversationRow.channel,
    "language": ConversationRow.language,
}


@dataclass(slots=True, kw_only=True)
class Tally:
    """How often something held, among how many of which it could be said."""

    count: int = 0
    of: int = 0

    def add(self, other: "Tally") -> None:
        """Count others as well."""
        self.count += other.count
        self.of += other.of


@dataclass(slots=True, kw_only=True)
class Figures:
    """What was counted of the graded conversations of a group, by what stands of their grades after review."""

    conversations: int = 0
    points: float = 0.0
    """The sum of the scores."""
    scored: int = 0
    passed: Tally = field(default_factory=Tally)
    """Among those that have a result."""
    fatal: Tally = field(default_factory=Tally)
    automatic: Tally = field(default_factory=Tally)
    """Answered without anybody being asked."""
    reviewed: Tally = field(default_factory=Tally)
    corrected: Tally = field(default_factory=Tally)
    """Among the reviewed: a person said anything but what the machine had said."""
    audit: Tally = field(default_factory=Tally)
    """Confirmed by a person, among the reviewed that only the random draw kept from being answered automatically."""
    appeals: dict[AppealState, int] = field(default_factory=lambda: defaultdict(int))
    criteria: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    """Met, among those where the criterion is either met or not; in the scorecards' order."""

    def add(self, other: "Figures") -> None:
        """Count another group's as well."""
        self.conversations += other.conversations
        self.points += other.points
        self.scored += other.scored
        for name in ("passed", "fatal", "automatic", "reviewed", "corrected", "audit"):
            getattr(self, name).add(getattr(other, name))
        for state, number in other.appeals.items():
            self.appeals[state] += number
        for criterion, tally in other.criteria.items():
            self.criteria[criterion].add(tally)


def weeks(since: datetime, until: datetime) -> list[date]:
    """Give the Mondays of the weeks of a period, in the zone of ``since``."""
    first = since.date() - timedelta(days=since.weekday())
    last = (until.astimezone(since.tzinfo) - timedelta(microseconds=1)).date()
    return [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]


def report(
    session: Session, by: By, selection: Selection, scope: Scope, *, since: datetime, until: datetime
) -> dict[str | None, Figures]:
    """Count the graded conversations that began from ``since`` on and before ``until``, by group.

    Groups are in the order of their names, None for conversations of none; weeks are named by their Monday
    (``2026-11-16``), in the zone of ``since``, and those without conversations are there as well.
    """
    wanted = selection.model_copy(update={"graded": True, "since": since, "until": until})
    mondays = weeks(since, until)
    meant = _meant(_week(mondays, since) if by == "week" else _COLUMNS[by], wanted, scope)
    found: dict[str | None, Figures] = {str(monday): Figures() for monday in mondays} if by == "week" else {}
    found |= _grades(session, meant)
    for group, criterion, met, judged in session.execute(_criteria(meant)):
        found[group].criteria[criterion] = Tally(count=met, of=judged)
    for group, state, number in session.execute(_appeals(meant)):
        found[group].appeals[state] = number
    return dict(sorted(found.items(), key=lambda item: (item[0] is None, item[0] or "")))


def _meant(group: Any, selection: Selection, scope: Scope) -> Subquery:
    """Select the conversations that are meant: the group of each, and what stands of its grade."""
    current = and_(GradeRow.conversation_id == ConversationRow.id, GradeRow.standing == "current")
    reasons = cast(GradeRow.reasons, Text)
    called = select(VerdictRow.id).where(VerdictRow.grade_id == GradeRow.id, VerdictRow.fatal.is_(True))
    statement = select(
        group.label("group"),
        ConversationRow.id.label("conversation_id"),
        GradeRow.id.label("grade_id"),
        GradeRow.final_score,
        GradeRow.final_passed,
        GradeRow.decision,
        GradeRow.review_outcome,
        # A fatal fault leaves a score of 0: without that, what was called fatal does not stand.
        and_(GradeRow.final_score == 0, or_(reasons.contains('"fatal:'), called.exists())).label("fatal"),
        (reasons == to_json(RANDOM_ALONE)).label("drawn"),
    ).join(GradeRow, current)
    return restrict(statement, selection, scope).subquery("meant")


def _week(mondays: Sequence[date], since: datetime) -> ColumnElement[str]:
    begins = [since.combine(monday, datetime.min.time(), since.tzinfo) for monday in mondays]
    earlier = [
        (ConversationRow.happened_at < end, literal(str(monday)))
        for monday, end in zip(mondays, begins[1:], strict=False)
    ]
    last = literal(str(mondays[-1]))
    return case(*earlier, else_=last) if earlier else last


def _grades(session: Session, meant: Subquery) -> dict[str | None, Figures]:
    reviewed = meant.c.review_outcome.is_not(None)
    statement = select(
        meant.c.group,
        func.count(),
        func.coalesce(func.sum(meant.c.final_score), 0.0),
        func.count(meant.c.final_score),
        _number(meant.c.final_passed),
        func.count(meant.c.final_passed),
        _number(meant.c.fatal),
        _number(meant.c.decision == "auto"),
        _number(reviewed),
        _number(meant.c.review_outcome == "corrected"),
        _number(and_(meant.c.drawn, meant.c.review_outcome == "confirmed")),
        _number(and_(meant.c.drawn, reviewed)),
    ).group_by(meant.c.group)
    return {
        group: Figures(
            conversations=total,
            points=points,
            scored=scored,
            passed=Tally(count=passed, of=resulted),
            fatal=Tally(count=fatal, of=total),
            automatic=Tally(count=automatic, of=total),
            reviewed=Tally(count=looked_at, of=total),
            corrected=Tally(count=corrected, of=looked_at),
            audit=Tally(count=confirmed, of=audited),
        )
        for (
            group,
            total,
            points,
            scored,
            passed,
            resulted,
            fatal,
            automatic,
            looked_at,
            corrected,
            confirmed,
            audited,
        ) in session.execute(statement)
    }


def _criteria(meant: Subquery) -> Any:
    met = _number(CriterionResultRow.final_state == "met")
    judged = _number(CriterionResultRow.final_state.in_(("met", "not_met")))
    return (
        select(meant.c.group, CriterionResultRow.criterion, met, judged)
        .join(CriterionResultRow, CriterionResultRow.grade_id == meant.c.grade_id)
        .group_by(meant.c.group, CriterionResultRow.criterion)
        .order_by(func.min(CriterionResultRow.position), CriterionResultRow.criterion)
    )


def _appeals(meant: Subquery) -> Any:
    return (
        select(meant.c.group, AppealRow.state, func.count())
        .join(AppealRow, AppealRow.conversation_id == meant.c.conversation_id)
        .group_by(meant.c.group, AppealRow.state)
    )


def _number(condition: Any) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
