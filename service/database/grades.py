"""Grades are only ever added; exactly one of a conversation's is current."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grader.grade import Grade
from service.database.inserting import insert_rows
from service.database.tables import ConversationRow, CriterionResultRow, GradeRow, ReviewRow
from service.database.types import new_id, now


def add(
    session: Session,
    conversation: ConversationRow,
    grade: Grade,
    *,
    job_id: str | None = None,
    regrade_id: str | None = None,
    first: bool = False,
) -> GradeRow:
    """Keep a grade; it becomes the current one unless it belongs to a re-grade, which is adopted as a whole.

    The caller holds the conversation's lock (``conversations.get``), or has just added it and says ``first``.
    """
    if regrade_id is None and not first:
        supersede(session, [conversation.id])
    row = GradeRow(
        id=new_id(),
        conversation_id=conversation.id,
        job_id=job_id,
        regrade_id=regrade_id,
        standing="current" if regrade_id is None else "candidate",
        scorecard_name=grade.scorecard.name,
        scorecard_version=grade.scorecard.version,
        turn_model=grade.models.turns,
        speech_model=grade.models.speech,
        score=grade.score,
        passed=grade.passed,
        final_score=grade.score,
        final_passed=grade.passed,
        decision=grade.triage.decision,
        reasons=list(grade.triage.reasons),
        document=grade.model_dump_json(),
        graded_at=now(),
    )
    insert_rows(session, [row])
    results = [
        CriterionResultRow(
            grade_id=row.id,
            criterion=criterion.id,
            position=position,
            state=criterion.state,
            final_state=criterion.state,
            probability=criterion.probability,
            points=criterion.points,
            max_points=criterion.max_points,
        )
        for position, criterion in enumerate(grade.criteria)
    ]
    insert_rows(session, results)
    return row


def supersede(session: Session, conversation_ids: Sequence[str]) -> None:
    """Take the standing of the current grades, and the reviews of them that nobody has begun."""
    current = (GradeRow.conversation_id.in_(conversation_ids)) & (GradeRow.standing == "current")
    waiting = (ReviewRow.conversation_id.in_(conversation_ids)) & (ReviewRow.state == "waiting")
    session.execute(update(ReviewRow).where(waiting, ReviewRow.kind == "triage").values(state="obsolete"))
    session.execute(update(GradeRow).where(current).values(standing="superseded"))


def current(session: Session, conversation_id: str) -> GradeRow | None:
    """Give the grade that stands."""
    stands = (GradeRow.conversation_id == conversation_id) & (GradeRow.standing == "current")
    return session.scalar(select(GradeRow).where(stands))


def history(session: Session, conversation_id: str) -> Sequence[GradeRow]:
    """Give every grade of a conversation, the latest first."""
    of_it = select(GradeRow).where(GradeRow.conversation_id == conversation_id)
    return session.scalars(of_it.order_by(GradeRow.id.desc())).all()


def get(session: Session, grade_id: str) -> GradeRow | None:
    """Find a grade."""
    return session.get(GradeRow, grade_id)


def criteria(session: Session, grade_id: str) -> Sequence[CriterionResultRow]:
    """Give the results of a grade's criteria, in the scorecard's order."""
    of_it = select(CriterionResultRow).where(CriterionResultRow.grade_id == grade_id)
    return session.scalars(of_it.order_by(CriterionResultRow.position)).all()


def criteria_of(session: Session, grade_ids: Sequence[str]) -> dict[str, list[CriterionResultRow]]:
    """Give the results of many grades' criteria by grade, each in the scorecard's order."""
    of_them = select(CriterionResultRow).where(CriterionResultRow.grade_id.in_(grade_ids))
    found: dict[str, list[CriterionResultRow]] = {grade_id: [] for grade_id in grade_ids}
    for row in session.scalars(of_them.order_by(CriterionResultRow.position)):
        found[row.grade_id].append(row)
    return found


def read(row: GradeRow) -> Grade:
    """Give the whole grade."""
    return Grade.model_validate_json(row.document)
