"""Grading a selection once more with other scorecards: candidates, a comparison, and then all or none is adopted."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, and_, case, func, or_, select, update
from sqlalchemy.orm import Session, aliased, defer

from service.database import grades, jobs
from service.database.errors import ConflictError, MissingError
from service.database.paging import Page, page_of
from service.database.results import announce
from service.database.selection import EVERYTHING, Selection, joined, restrict
from service.database.tables import (
    ConversationRow,
    CriterionResultRow,
    GradeRow,
    JobRow,
    RegradeRow,
    RegradeState,
    ScorecardRow,
)
from service.database.types import new_id, now

EXAMPLES: Final = 20
"""Conversations of a comparison that are named: those that change most."""

_PIECE: Final = 500


def begin(
    session: Session,
    *,
    scorecard_ids: Sequence[str],
    selection: Selection,
    created_by: str | None,
    priority: int = jobs.NIGHTLY,
) -> tuple[RegradeRow, JobRow]:
    """Queue a re-grade.

    Raises:
        MissingError: there is no such scorecard.
    """
    for scorecard_id in scorecard_ids:
        if session.get(ScorecardRow, scorecard_id) is None:
            raise MissingError(f"There is no scorecard {scorecard_id}.")
    row = RegradeRow(
        id=new_id(),
        scorecard_ids=list(scorecard_ids),
        selection=selection.model_dump(mode="json"),
        created_by=created_by,
    )
    session.add(row)
    session.flush()
    return row, jobs.submit(session, "regrade", regrade_id=row.id, priority=priority, created_by=created_by)


def get(session: Session, regrade_id: str) -> RegradeRow | None:
    """Find a re-grade."""
    return session.get(RegradeRow, regrade_id)


def listed(
    session: Session, *, created_by: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[RegradeRow]:
    """List re-grades, or those that somebody began, the latest first."""
    statement = select(RegradeRow)
    if created_by is not None:
        statement = statement.where(RegradeRow.created_by == created_by)
    return page_of(session, statement, [RegradeRow.id], cursor=cursor, limit=limit)


def jobs_of(session: Session, regrade_ids: Sequence[str]) -> dict[str, JobRow]:
    """Give the jobs of re-grades, by re-grade."""
    rows = session.scalars(select(JobRow).where(JobRow.regrade_id.in_(regrade_ids)))
    return {str(row.regrade_id): row for row in rows}


def scorecards_of(session: Session, row: RegradeRow) -> Sequence[ScorecardRow]:
    """Give the scorecards that are applied, one for any language last."""
    rows = [session.get_one(ScorecardRow, scorecard_id) for scorecard_id in row.scorecard_ids]
    return sorted(rows, key=lambda card: (card.language is None, card.language or ""))


def remaining(session: Session, row: RegradeRow, *, after: str = "", limit: int) -> Sequence[ConversationRow]:
    """Give some of the conversations that are to be graded still, in the order of their ids.

    Those count that are transcribed, have a grade to compare with, and are in a language of the scorecards.
    """
    piece = _remaining(session, row).where(ConversationRow.id > after).order_by(ConversationRow.id)
    return [conversation for conversation, _ in session.execute(piece.limit(limit))]


def progress(session: Session, row: RegradeRow) -> tuple[int, int]:
    """Give how many conversations were graded, and of how many."""
    candidates = select(func.count()).select_from(GradeRow).where(GradeRow.regrade_id == row.id)
    done = session.scalar(candidates) or 0
    return done, done + (session.scalar(_remaining(session, row).with_only_columns(func.count())) or 0)


def finish(session: Session, row: RegradeRow) -> None:
    """Write down what would change."""
    row.comparison, row.state = compare(session, row.id), "ready"
    session.flush()


def compare(session: Session, regrade_id: str) -> dict[str, Any]:
    """Count what the candidates would change, over all and by criterion, and name the conversations that change most."""
    return {
        **_overall(session, regrade_id),
        "criteria": _by_criterion(session, regrade_id),
        "examples": _examples(session, regrade_id),
    }


def adopt(session: Session, regrade_id: str, *, by: str | None, at: datetime | None = None) -> int:
    """Make all candidates current, with the reviews and events that follow; give how many.

    Raises:
        MissingError: there is no such re-grade.
        ConflictError: it is not ready, or was decided already.
    """
    _decide(session, regrade_id, "adopted", only_from={"ready"}, by=by, at=at or now())
    adopted, after = 0, ""
    while True:
        waiting = (GradeRow.regrade_id == regrade_id) & (GradeRow.standing == "candidate")
        both = select(GradeRow, ConversationRow).join(
            ConversationRow, ConversationRow.id == GradeRow.conversation_id
        )
        piece = both.where(waiting, GradeRow.id > after, ConversationRow.document.is_not(None))
        piece = piece.options(defer(GradeRow.document), defer(ConversationRow.document))
        rows = session.execute(piece.order_by(GradeRow.id).limit(_PIECE).with_for_update()).all()
        if not rows:
            return adopted
        grades.supersede(session, [conversation.id for _, conversation in rows])
        stand = GradeRow.id.in_([grade.id for grade, _ in rows])
        session.execute(update(GradeRow).where(stand).values(standing="current"))
        announce(session, [(conversation, grade) for grade, conversation in rows])
        adopted, after = adopted + len(rows), rows[-1][0].id


def discard(session: Session, regrade_id: str, *, by: str | None, at: datetime | None = None) -> None:
    """Leave everything as it stands; the candidates are kept and never become current. Where it still runs it ends.

    Raises:
        MissingError: there is no such re-grade.
        ConflictError: it was decided already.
    """
    # The job first: whoever works on it locks in the same order.
    for job in jobs_of(session, [regrade_id]).values():
        with suppress(ConflictError):
            jobs.cancel(session, job.id)
    _decide(session, regrade_id, "discarded", only_from={"running", "ready"}, by=by, at=at or now())
    candidates = (GradeRow.regrade_id == regrade_id) & (GradeRow.standing == "candidate")
    session.execute(update(GradeRow).where(candidates).values(standing="discarded"))


def _decide(
    session: Session,
    regrade_id: str,
    state: RegradeState,
    *,
    only_from: set[RegradeState],
    by: str | None,
    at: datetime,
) -> None:
    row = session.get(RegradeRow, regrade_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise MissingError("There is no such re-grade.")
    if row.state not in only_from:
        raise ConflictError(f"The re-grade is {row.state}; only one that is ready can be decided.")
    row.state, row.decided_by, row.decided_at = state, by, at
    session.flush()


def _remaining(session: Session, row: RegradeRow) -> Select[ConversationRow, GradeRow | None]:
    candidate = aliased(GradeRow)
    graded = select(candidate.id).where(
        candidate.conversation_id == ConversationRow.id, candidate.regrade_id == row.id
    )
    meant = restrict(joined(), Selection.model_validate(row.selection), EVERYTHING).where(
        ConversationRow.document.is_not(None),
        ConversationRow.turn_count > 0,
        ConversationRow.received_at <= row.created_at,
        GradeRow.id.is_not(None),
        ~graded.exists(),
    )
    languages = {card.language for card in scorecards_of(session, row)}
    if None in languages:
        return meant
    return meant.where(ConversationRow.language.in_([name for name in languages if name]))


def _paired(regrade_id: str) -> tuple[type[GradeRow], type[GradeRow], ColumnElement[bool]]:
    """Give a conversation's current grade, its candidate, and what holds of the two."""
    old, new = aliased(GradeRow), aliased(GradeRow)
    same = old.conversation_id == new.conversation_id
    return old, new, and_(same, old.standing == "current", new.regrade_id == regrade_id)


def _overall(session: Session, regrade_id: str) -> dict[str, Any]:
    old, new, pairs = _paired(regrade_id)
    counted = select(
        func.count().label("conversations"),
        _number(new.passed.is_distinct_from(old.passed)).label("passed_changed"),
        _number(new.decision != old.decision).label("decision_changed"),
        func.avg(old.score).label("mean_score_before"),
        func.avg(new.score).label("mean_score_after"),
        _number(new.score > old.score).label("score_raised"),
        _number(new.score < old.score).label("score_lowered"),
    )
    return dict(session.execute(counted.where(pairs)).mappings().one())


def _number(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).cast(Integer)


def _by_criterion(session: Session, regrade_id: str) -> list[dict[str, Any]]:
    old, new, pairs = _paired(regrade_id)
    before, after = aliased(CriterionResultRow), aliased(CriterionResultRow)
    was, becomes = before.state.label("before"), after.state.label("after")
    states = (
        select(after.criterion, was, becomes, func.count().label("conversations"))
        .select_from(new)
        .join(old, pairs)
        .join(after, after.grade_id == new.id)
        .outerjoin(before, and_(before.grade_id == old.id, before.criterion == after.criterion))
        .group_by(after.criterion, before.state, after.state)
        .order_by(after.criterion, before.state, after.state)
    )
    return [dict(row) for row in session.execute(states).mappings()]


def _examples(session: Session, regrade_id: str) -> list[dict[str, Any]]:
    old, new, pairs = _paired(regrade_id)
    shift = func.abs(func.coalesce(new.score, 0.0) - func.coalesce(old.score, 0.0))
    changed = new.passed.is_distinct_from(old.passed)
    most = (
        select(
            old.conversation_id.label("uid"),
            old.score.label("score_before"),
            new.score.label("score_after"),
            old.passed.label("passed_before"),
            new.passed.label("passed_after"),
            old.decision.label("decision_before"),
            new.decision.label("decision_after"),
        )
        .where(pairs, or_(changed, shift > 0, new.decision != old.decision))
        .order_by(case((changed, 0), else_=1), shift.desc(), old.conversation_id)
        .limit(EXAMPLES)
    )
    return [dict(row) for row in session.execute(most).mappings()]
