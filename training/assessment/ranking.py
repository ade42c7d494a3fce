"""Finding the worst conversations: how many of the worst fifth are among the fifth that the machine would look at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from grader.codebook import OUTCOMES
from grader.scorecard import Raw, Scorecard
from models.interfaces import Distribution
from training.assessment import measures
from training.assessment.estimates import Estimate, estimate
from training.assessment.groups import FEWEST, VOTES, Group
from training.assessment.known import REVIEW_EFFORT, WORST
from training.judged import Judged
from training.predicted import Predicted

Array = npt.NDArray[Any]

EFFORTS: Final = tuple(at / 50 for at in range(51))
"""Of the curve."""


class Chances(NamedTuple):
    """Of a criterion in one conversation."""

    applies: float
    met: float
    """Where it applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Badness:
    """How bad conversations are, as people and as the machine have it; higher is worse."""

    judge: str
    """Who says how bad they are."""
    ranked_by: str
    """What of the machine's they are ranked by."""
    gold: Array
    said: Array
    owner: Array
    """Index of the conversation among all that are assessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstFound:
    """How well the worst fifth is found in one group."""

    judge: str
    ranked_by: str
    conversations: int
    recall: Estimate
    """Share of the worst fifth that is found in a fifth of the conversations."""
    lift: Estimate
    """The same, in units of what random sampling finds."""
    precision_at_half: Estimate
    """Share of the worst among what is looked at until half of them is found."""
    curve: tuple[tuple[float, float], ...]
    """Effort and recall."""


def by_outcome(predicted: Sequence[Predicted]) -> Badness:
    """Rank by the outcome (A, S and E) that the machine expects; people's votes say how bad it was."""
    rows = [
        (-_mean_level(one.gold.outcome), -_mean_level(one.labels.outcome), owner)
        for owner, one in enumerate(predicted)
        if one.gold.outcome
    ]
    return _badness(rows, judge=VOTES, ranked_by="expected outcome (mean of A, S, E)")


def by_score(
    judged: Sequence[Judged],
    owners: Sequence[int],
    scorecard: Scorecard,
    calibrate: Callable[[str, int, Raw], Chances],
) -> Badness:
    """Rank by the score that the machine expects; the score of people's labels says how bad it was.

    Args:
        judged: from ``training.judged``.
        owners: index of each one's conversation among all that are assessed.
        scorecard: whose weights and points add the criteria up; fatal faults count as their criterion's points.
        calibrate: gives the calibrated chances of a criterion, a conversation and the raw ones.
    """
    rows = []
    for one, owner in zip(judged, owners, strict=True):
        said = {name: calibrate(name, owner, raw) for name, raw in one.raw.items()}
        gold = {name: Chances(float(known.applies), float(known.met)) for name, known in one.gold.items()}
        rows.append((score(gold, scorecard), score(said, scorecard), owner))
    known = [(-gold, -said, owner) for gold, said, owner in rows if gold is not None and said is not None]
    return _badness(known, judge="scorecard applied to the annotators' labels", ranked_by="expected score")


def score(chances: Mapping[str, Chances], scorecard: Scorecard) -> float | None:
    """Give the score, 0 to 1, of criteria that apply and are met with some chance; None where none can apply."""
    total = weight = 0.0
    for section in scorecard.sections:
        own = [c for c in scorecard.criteria if c.section == section.id and c.id in chances]
        points = sum(c.points * chances[c.id].applies for c in own)
        if points:
            share = sum(c.points * chances[c.id].applies * chances[c.id].met for c in own) / points
            total += section.weight * share
            weight += section.weight
    return total / weight if weight else None


def worst_found(badness: Badness, group: Group) -> WorstFound | None:
    """Measure the ranking in one group; None where fewer than ``FEWEST`` conversations are known."""
    own = np.isin(badness.owner, group.members)
    if own.sum() < FEWEST:
        return None
    order = np.argsort(-badness.said[own], kind="stable")
    worst = measures.worst_share(np.round(badness.gold[own], 9), WORST)[order]
    ones = np.ones((1, len(worst)))
    return WorstFound(
        judge=badness.judge,
        ranked_by=badness.ranked_by,
        conversations=len(worst),
        recall=estimate(lambda weights: measures.found(worst, weights, REVIEW_EFFORT), len(worst)),
        lift=estimate(
            lambda weights: measures.found(worst, weights, REVIEW_EFFORT) / REVIEW_EFFORT, len(worst)
        ),
        precision_at_half=estimate(
            lambda weights: measures.precision_at_recall(worst, weights, 0.5), len(worst)
        ),
        curve=tuple((effort, float(measures.found(worst, ones, effort)[0])) for effort in EFFORTS),
    )


def _mean_level(outcome: Mapping[str, Distribution]) -> float:
    return sum(int(level) * share for name in OUTCOMES for level, share in outcome[name].items()) / len(
        OUTCOMES
    )


def _badness(rows: Sequence[tuple[float, float, int]], *, judge: str, ranked_by: str) -> Badness:
    gold, said, owner = (np.array([row[at] for row in rows]) for at in range(3))
    return Badness(judge=judge, ranked_by=ranked_by, gold=gold, said=said, owner=owner)
