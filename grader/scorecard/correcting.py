"""A grade corrected by a person: the states are the person's, what follows from them is the scorecard's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from grader.grade import CriterionGrade, State
from grader.scorecard.expression import Parsed, names
from grader.scorecard.scorecard import Criterion, Scorecard
from grader.scorecard.total import total


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person says of a criterion."""

    state: State
    fatal: bool | None = None
    """Whether a criterion that is not met is failed fatally. None leaves what the machine found where it said "not met"
    as well, and what the scorecard says of any failure of the criterion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A grade as it stands after a person's corrections."""

    criteria: tuple[CriterionGrade, ...]
    """In the scorecard's order; probabilities, reasons and evidence are the machine's still."""
    fatal: tuple[str, ...]
    """Ids of the criteria that are failed fatally."""
    score: float | None
    passed: bool | None


def correct(
    scorecard: Scorecard,
    criteria: Sequence[CriterionGrade],
    fatal: Collection[str],
    corrections: Mapping[str, Correction],
) -> Corrected:
    """Put a person's states in the place of the machine's, and add up anew.

    A criterion whose state stays keeps its points. One that becomes "met" earns all, one that becomes "not met" none;
    the other states leave the denominator.

    Args:
        scorecard: by which the grade was given.
        criteria: of the grade, in the scorecard's order.
        fatal: names of the fatal conditions that the machine found (``Verdicts.fatal``).
        corrections: by the criterion's id; the criteria left out stay.
    """
    corrected = tuple(
        _with_state(criterion, grade, corrections.get(criterion.id))
        for criterion, grade in zip(scorecard.criteria, criteria, strict=True)
    )
    failed = tuple(
        criterion.id
        for criterion, before, after in zip(scorecard.criteria, criteria, corrected, strict=True)
        if after.state == "not_met" and is_fatal(criterion, before, fatal, corrections.get(criterion.id))
    )
    graded = tuple(
        grade.model_copy(update={"points": 0.0}) if grade.id in failed else grade for grade in corrected
    )
    result = total(scorecard, graded, failed)
    return Corrected(criteria=graded, fatal=failed, score=result.score, passed=result.passed)


def is_fatal(
    criterion: Criterion, grade: CriterionGrade, fatal: Collection[str], correction: Correction | None
) -> bool:
    """Tell whether a criterion that is not met is failed fatally; ``grade`` is the machine's."""
    if criterion.fatal is True:
        return True
    if correction is not None and correction.fatal is not None:
        return correction.fatal
    if not isinstance(criterion.fatal, Parsed) or grade.state != "not_met":
        return False
    return not set(names(criterion.fatal.root)).isdisjoint(fatal)


def _with_state(criterion: Criterion, grade: CriterionGrade, correction: Correction | None) -> CriterionGrade:
    if correction is None or correction.state == grade.state:
        return grade
    counts = correction.state in {"met", "not_met"}
    return grade.model_copy(
        update={
            "state": correction.state,
            "points": criterion.points if correction.state == "met" else 0.0,
            "max_points": criterion.points if counts else 0.0,
        }
    )
