"""A person's judgement of a grade: the states are the person's, the rest follows from the scorecard."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import cast

from sqlalchemy.orm import Session

from grader.grade import Evidence, State
from grader.problems import Problem
from grader.scorecard.correcting import Corrected, Correction, correct
from service.api.corrections import (
    Corrections,
    CriterionVerdict,
    Judged,
    LabelVerdict,
    problem,
    unfit,
)
from service.api.errors import ApiError
from service.api.redacting import redacted
from service.api.state import State as Service
from service.database import conversations, grades, scorecards, verdicts
from service.database.errors import ConflictError, MissingError
from service.database.tables import ConversationRow, ReviewOutcome
from service.database.verdicts import Judgement, Verdict
from service.scorecards import read


def judged(session: Session, row: ConversationRow, grade_id: str) -> Judged:
    """Give a grade with all that a verdict on it is checked against.

    Raises:
        MissingError: there is no such grade.
        ConflictError: its scorecard is not kept.
    """
    grade = grades.get(session, grade_id)
    if grade is None:
        raise MissingError("There is no such grade.")
    card = scorecards.find(session, grade.scorecard_name, grade.scorecard_version)
    if card is None:
        raise ConflictError(
            f"{grade.scorecard_name} version {grade.scorecard_version}, by which the grade was given, is not kept. "
            "Send it to POST /v1/scorecards."
        )
    return Judged(
        scorecard=read(card.yaml),
        grade=grades.read(grade),
        conversation=conversations.read(row),
        earlier=verdicts.of_grade(session, grade.id),
    )


def judge(
    judged: Judged, said: Corrections, *, outcome: ReviewOutcome | None = None, comment: str | None = None
) -> Judgement:
    """Put what a person says beside what the machine said, and add up by the scorecard's own rules.

    What earlier reviewers of the same grade said stands unless it is said anew.

    Raises:
        ApiError: 422 with each place where something does not fit.
    """
    problems = unfit(judged, said)
    if not problems:
        problems = list(_contradiction(judged, said, outcome))
    if problems:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"The verdict does not fit the grade. {' '.join(map(str, problems[:3]))}",
            problems=problems,
        )
    corrected = _corrected(judged, said)
    return Judgement(
        verdicts=[
            *(_of_criterion(judged, corrected, verdict) for verdict in said.criteria),
            *(_of_label(judged, verdict) for verdict in said.labels),
        ],
        outcome="corrected" if _differs(judged, said) else "confirmed",
        final_score=corrected.score,
        final_passed=corrected.passed,
        comment=comment,
    )


def changes(judged: Judged, said: Corrections) -> bool:
    """Tell whether anything that stands now would be otherwise."""
    before, after = _corrected(judged, Corrections()), _corrected(judged, said)
    stands = {(row.turn, row.label): row.value for row in judged.earlier}
    return _states(before) != _states(after) or any(
        verdict.value
        != stands.get((verdict.turn, verdict.label), judged.grade.called(verdict.turn, verdict.label))
        for verdict in said.labels
    )


def without_personal_data(service: Service, said: Corrections) -> Corrections:
    """Redact the comments."""
    criteria = [
        verdict.model_copy(update={"comment": verdict.comment and redacted(service, verdict.comment)})
        for verdict in said.criteria
    ]
    return said.model_copy(update={"criteria": criteria})


def _corrected(judged: Judged, said: Corrections) -> Corrected:
    corrections = {
        row.criterion: Correction(state=cast("State", row.value), fatal=row.fatal)
        for row in judged.earlier
        if row.criterion is not None
    }
    corrections |= {v.id: Correction(state=v.state, fatal=v.fatal) for v in said.criteria}
    return correct(judged.scorecard, judged.grade.criteria, judged.fatal, corrections)


def _differs(judged: Judged, said: Corrections) -> bool:
    """Tell whether what stands then is anything but what the machine said."""
    machine = correct(judged.scorecard, judged.grade.criteria, judged.fatal, {})
    labels = {(row.turn, row.label): row.value != row.machine for row in judged.earlier if row.label}
    labels |= {(v.turn, v.label): v.value != judged.grade.called(v.turn, v.label) for v in said.labels}
    return _states(_corrected(judged, said)) != _states(machine) or any(labels.values())


def _states(corrected: Corrected) -> tuple[list[State], tuple[str, ...]]:
    return [grade.state for grade in corrected.criteria], corrected.fatal


def _of_criterion(judged: Judged, corrected: Corrected, verdict: CriterionVerdict) -> Verdict:
    machine = next(grade for grade in judged.grade.criteria if grade.id == verdict.id)
    result = next(grade for grade in corrected.criteria if grade.id == verdict.id)
    return Verdict(
        subject="criterion",
        criterion=verdict.id,
        machine=machine.state,
        value=verdict.state,
        fatal=verdict.id in corrected.fatal,
        points=result.points,
        comment=verdict.comment,
        evidence=[
            Evidence(
                turn=span.turn,
                start=span.start,
                end=span.end,
                quote=judged.turns[span.turn].text[span.start : span.end],
            )
            for span in verdict.evidence
        ],
    )


def _of_label(judged: Judged, verdict: LabelVerdict) -> Verdict:
    return Verdict(
        subject="label",
        turn=verdict.turn,
        label=verdict.label,
        machine=judged.grade.called(verdict.turn, verdict.label),
        value=verdict.value,
    )


def _contradiction(judged: Judged, said: Corrections, outcome: ReviewOutcome | None) -> Iterator[Problem]:
    if outcome is None or (outcome == "corrected") == _differs(judged, said):
        return
    if outcome == "confirmed":
        wrong = "The outcome is confirmed, but a state or label is not what the machine said."
    else:
        wrong = "The outcome is corrected, but every state and label is what the machine said."
    yield problem("outcome", wrong, "Leave the outcome out: it follows from the verdicts.")
