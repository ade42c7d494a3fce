"""Which conversations are meant: the filters of lists, exports and re-grades, and what a person may see at all."""

from dataclasses import dataclass
from typing import Any, TypeVarTuple

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from grader.conversation import Channel, Record
from grader.grade import Decision, State
from service.database.paging import Page, page
from service.database.prefixes import begins
from service.database.tables import ConversationRow, CriterionResultRow, GradeRow, ReviewRow, ReviewState

_Ts = TypeVarTuple("_Ts")


class Selection(Record):
    """Filters; one that is empty lets everything through, and all must hold."""

    since: AwareDatetime | None = None
    """Conversations that began at this time or later."""
    until: AwareDatetime | None = None
    """Conversations that began before this time."""
    sources: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    external_id_prefix: str | None = None
    """What the id begins with, in small or capital letters; so do the next three."""
    agent_prefix: str | None = None
    team_prefix: str | None = None
    queue_prefix: str | None = None
    channels: tuple[Channel, ...] = ()
    languages: tuple[str, ...] = ()
    criterion: str | None = None
    """Id of a criterion that must be in one of ``states``, by what stands of the current grade after review."""
    states: tuple[State, ...] = ()
    """Without ``criterion``: some criterion is in one of them."""
    min_score: float | None = None
    """Score and result, too, are those that stand after review."""
    max_score: float | None = None
    passed: bool | None = None
    decision: Decision | None = None
    review: ReviewState | None = None
    """Some review of the current grade is in this state."""
    graded: bool | None = None
    scorecard: str | None = None
    """Name of the scorecard of the current grade."""
    scorecard_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What somebody may see."""

    teams: frozenset[str] | None = None
    """None for all teams."""
    agent_id: str | None = None
    """Only this agent's own conversations."""
    source: str | None = None
    """Only what this platform sent."""


EVERYTHING = Scope()


def confined(selection: Selection, scope: Scope) -> Selection | None:
    """Narrow a selection down to what somebody may see, to be applied later; None where that is nothing."""
    limits = (
        ("teams", scope.teams),
        ("agents", None if scope.agent_id is None else {scope.agent_id}),
        ("sources", None if scope.source is None else {scope.source}),
    )
    narrowed: dict[str, tuple[str, ...]] = {}
    for field, allowed in limits:
        if allowed is not None:
            wanted = getattr(selection, field)
            narrowed[field] = tuple(sorted(allowed.intersection(wanted) if wanted else allowed))
    return None if () in narrowed.values() else selection.model_copy(update=narrowed)


def conversations(
    session: Session, selection: Selection, scope: Scope, *, cursor: str | None = None, limit: int = 50
) -> Page[Row[ConversationRow, GradeRow | None]]:
    """List conversations with their current grades, the latest received first."""
    statement = restrict(joined(), selection, scope)
    return page(session, statement, [ConversationRow.id], cursor=cursor, limit=limit)


def count(session: Session, selection: Selection, scope: Scope) -> int:
    """Count the conversations that are meant."""
    return session.scalar(restrict(joined(), selection, scope).with_only_columns(func.count())) or 0


def joined() -> Select[ConversationRow, GradeRow | None]:
    """Select conversations with their current grades."""
    current = (GradeRow.conversation_id == ConversationRow.id) & (GradeRow.standing == "current")
    return select(ConversationRow, GradeRow).outerjoin(GradeRow, current)


def restrict(statement: Select[*_Ts], selection: Selection, scope: Scope) -> Select[*_Ts]:
    """Narrow a statement down that selects from ``ConversationRow`` joined with its current ``GradeRow``."""
    return statement.where(*visible(scope), *_of_conversation(selection), *_of_grade(selection))


def visible(scope: Scope) -> list[ColumnElement[bool]]:
    """Give the terms that let through the conversations that may be seen."""
    terms: list[ColumnElement[bool]] = []
    if scope.teams is not None:
        terms.append(ConversationRow.team.in_(scope.teams))
    if scope.agent_id is not None:
        terms.append(ConversationRow.agent_id == scope.agent_id)
    if scope.source is not None:
        terms.append(ConversationRow.source == scope.source)
    return terms


def _of_conversation(selection: Selection) -> list[ColumnElement[bool]]:
    named = (
        (ConversationRow.source, selection.sources),
        (ConversationRow.external_id, selection.external_ids),
        (ConversationRow.agent_id, selection.agents),
        (ConversationRow.team, selection.teams),
        (ConversationRow.queue, selection.queues),
        (ConversationRow.channel, selection.channels),
        (ConversationRow.language, selection.languages),
    )
    terms: list[ColumnElement[bool]] = [column.in_(values) for column, values in named if values]
    begun = (
        (ConversationRow.external_id, selection.external_id_prefix),
        (ConversationRow.agent_id, selection.agent_prefix),
        (ConversationRow.team, selection.team_prefix),
        (ConversationRow.queue, selection.queue_prefix),
    )
    terms += [_begins(column, prefix) for column, prefix in begun if prefix is not None]
    if selection.since is not None:
        terms.append(ConversationRow.happened_at >= selection.since)
    if selection.until is not None:
        terms.append(ConversationRow.happened_at < selection.until)
    return terms


def _begins(column: InstrumentedAttribute[Any], prefix: str) -> ColumnElement[bool]:
    # By themselves: where nearly all begin so, SQLite would else sort whole conversations to give the latest.
    return ConversationRow.id.in_(select(ConversationRow.id).where(begins(column, prefix)).correlate(None))


def _of_grade(selection: Selection) -> list[ColumnElement[bool]]:
    equal = (
        (GradeRow.final_passed, selection.passed),
        (GradeRow.decision, selection.decision),
        (GradeRow.scorecard_name, selection.scorecard),
        (GradeRow.scorecard_version, selection.scorecard_version),
    )
    terms: list[ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if selection.min_score is not None:
        terms.append(GradeRow.final_score >= selection.min_score)
    if selection.max_score is not None:
        terms.append(GradeRow.final_score <= selection.max_score)
    if selection.graded is not None:
        terms.append(GradeRow.id.is_not(None) if selection.graded else GradeRow.id.is_(None))
    if selection.review is not None:
        some = aliased(ReviewRow)  # the statement itself may select from reviews
        reviewed = (some.grade_id == GradeRow.id) & (some.state == selection.review)
        terms.append(select(some.id).where(reviewed).exists())
    if selection.criterion is not None or selection.states:
        terms.append(_criterion(selection))
    return terms


def _criterion(selection: Selection) -> ColumnElement[bool]:
    some = aliased(CriterionResultRow)  # as above
    found = select(some.grade_id).where(some.grade_id == GradeRow.id)
    if selection.criterion is not None:
        found = found.where(some.criterion == selection.criterion)
    if selection.states:
        found = found.where(some.final_state.in_(selection.states))
    return found.exists()
