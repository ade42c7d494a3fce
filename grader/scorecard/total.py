"""What the criteria come to: the score by the scorecard's weights, and whether it is a pass."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from grader.grade import CriterionGrade
from grader.scorecard.scorecard import Scorecard


@dataclass(frozen=True, slots=True)
class Total:
    """What a conversation gets."""

    score: float | None
    """0 to 100; None where no criterion could be judged."""
    passed: bool | None


def total(scorecard: Scorecard, grades: Sequence[CriterionGrade], fatal: Collection[str]) -> Total:
    """Add up the criteria of a scorecard, which are in its order; a fatal fault makes it nothing."""
    score = 0.0 if fatal else _average(scorecard, grades)
    return Total(score, None if score is None else not fatal and score >= scorecard.pass_score)


def _average(scorecard: Scorecard, grades: Sequence[CriterionGrade]) -> float | None:
    """Average the sections' shares of points by weight; what left the denominator does not count."""
    earned: dict[str, float] = {}
    possible: dict[str, float] = {}
    for criterion, grade in zip(scorecard.criteria, grades, strict=True):
        earned[criterion.section] = earned.get(criterion.section, 0.0) + grade.points
        possible[criterion.section] = possible.get(criterion.section, 0.0) + grade.max_points
    judged = [section for section in scorecard.sections if possible.get(section.id)]
    if not judged:
        return None
    weighted = sum(section.weight * earned[section.id] / possible[section.id] for section in judged)
    return round(100 * weighted / sum(section.weight for section in judged), 2)
