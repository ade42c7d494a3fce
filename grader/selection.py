"""What to review next: within a budget, the conversations of which people's verdicts would teach most.

Uncertainty sampling (Lewis and Gale, "A sequential algorithm for training text classifiers", 1994): worth is the number
of verdicts expected to be wrong, plus the number of labels a turn expected to be wrong. A cap keeps one queue, or one
criterion that is doubtful everywhere, from taking the whole budget. How much more error this finds than random
sampling, and why the members' disagreement is not used, is told in ``docs/learning.md``.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.grade import Grade
from models.interfaces import Distribution

MOST_ALIKE: Final = 0.5
"""Share of the budget that one queue, or one most doubtful criterion, may take while there is something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A graded conversation that could be reviewed."""

    id: str
    doubts: Mapping[str, float]
    """Probability that the verdict is wrong, by criterion."""
    label_doubt: float
    """Labels expected to be wrong, on average over the turns."""
    queue: str | None = None

    @property
    def worth(self) -> float:
        """How much a review is expected to find."""
        return math.fsum(self.doubts.values()) + self.label_doubt

    @property
    def most_doubtful(self) -> str | None:
        """The criterion whose verdict is likeliest to be wrong; None where none was given."""
        return max(self.doubts, key=self.doubts.__getitem__, default=None)


def candidate(grade: Grade, *, queue: str | None = None) -> Candidate:
    """Say how doubtful a grade is."""
    doubts = {
        c.id: c.doubt for c in grade.criteria if c.probability is not None or c.applicability is not None
    }
    turns = [math.fsum(map(_doubt, labels.items())) for labels in grade.turns if labels]
    return Candidate(
        id=grade.conversation_id,
        doubts=doubts,
        label_doubt=math.fsum(turns) / max(len(turns), 1),
        queue=queue,
    )


def select(
    candidates: Sequence[Candidate], budget: int, *, most_alike: float = MOST_ALIKE
) -> list[Candidate]:
    """Choose up to ``budget`` candidates, those of most worth first.

    Args:
        candidates: what may be reviewed.
        budget: how many reviews there is time for.
        most_alike: share of the budget for candidates of one queue, and of one most doubtful criterion; where that
            leaves room, the others follow by their worth.
    """
    most = math.ceil(most_alike * budget)
    alike: Counter[tuple[str, str]] = Counter()
    chosen: list[Candidate] = []
    postponed: list[Candidate] = []
    for one in sorted(candidates, key=lambda one: (-one.worth, one.id)):
        kinds = [("queue", one.queue), ("criterion", one.most_doubtful)]
        known = [(kind, name) for kind, name in kinds if name is not None]
        if any(alike[kind] >= most for kind in known):
            postponed.append(one)
            continue
        alike.update(known)
        chosen.append(one)
    first = chosen[:budget]
    return first + postponed[: budget - len(first)]


def _doubt(item: tuple[str, Distribution | float]) -> float:
    """Give how many labels are expected to be wrong; nuggets are shares of votes, of which no one value is right."""
    label, said = item
    if label == "nugget":
        return 0.0
    if isinstance(said, float | int):
        return min(said, 1 - said)
    if label == "violation":
        return math.fsum(min(probability, 1 - probability) for probability in said.values())
    return 1 - max(said.values(), default=1.0)
