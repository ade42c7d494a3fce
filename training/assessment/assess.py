"""Everything that is measured of the classifiers and the criteria, by group."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from math import isfinite
from typing import Any, Final

from grader.scorecard import Raw, load, shipped
from training.assessment.agreement import LabelAgreement, agreement, label_cases
from training.assessment.confidence import CriterionCases, CriterionConfidence, confidence, criterion_cases
from training.assessment.groups import PROVENANCE, Dimension, Group, corpus_of, grouped
from training.assessment.ranking import Badness, Chances, WorstFound, by_outcome, by_score, worst_found
from training.assessment.selecting import SelectionGain, selection_gains
from training.evaluation import Figure, evaluate
from training.judged import judged
from training.predicted import Predicted

DIMENSIONS: Final[tuple[Dimension, ...]] = ("corpus", "language", "channel", "industry")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAssessment:
    """What was measured in one group of conversations."""

    dimension: Dimension
    name: str
    conversations: int
    provenance: str
    """Who labelled them."""
    labels: tuple[LabelAgreement, ...]
    criteria: tuple[CriterionConfidence, ...]
    worst: tuple[WorstFound, ...]
    selection: tuple[SelectionGain, ...]
    """By budget."""

    @property
    def measured(self) -> bool:
        """Whether the group is large enough for anything to be measured."""
        return bool(self.labels or self.criteria or self.worst)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The whole evaluation."""

    conversations: int
    groups: tuple[GroupAssessment, ...]
    """By dimension, in the order of ``DIMENSIONS``; of each the largest first."""
    figures: tuple[Figure, ...]
    """The classifiers' figures as their card tells them (``training.evaluation``)."""

    def of(self, dimension: Dimension) -> list[GroupAssessment]:
        """Give the groups of one dimension."""
        return [group for group in self.groups if group.dimension == dimension]

    def as_json(self) -> str:
        """Give everything as JSON; what is not defined is null."""
        return json.dumps(_clean(asdict(self)), ensure_ascii=False, indent=1)


def assess(predicted: Sequence[Predicted], *, rounds: int) -> Assessment:
    """Measure everything.

    Args:
        predicted: Out-of-fold predictions of whole conversations.
        rounds: Bootstrap samples for the classifiers' figures.
    """
    labels = label_cases(predicted)
    criteria, badness = _criteria_and_badness(predicted)
    groups = [group for dimension in DIMENSIONS for group in grouped(predicted, dimension)]
    return Assessment(
        conversations=len(predicted),
        groups=tuple(
            GroupAssessment(
                dimension=group.dimension,
                name=group.name,
                conversations=len(group.members),
                provenance=_provenance(predicted, group),
                labels=tuple(agreement(labels, group)),
                criteria=tuple(_known(confidence(case, group) for case in criteria)),
                worst=tuple(_known(worst_found(one, group) for one in badness)),
                selection=tuple(selection_gains(criteria, labels, group)),
            )
            for group in groups
        ),
        figures=tuple(evaluate(predicted, rounds=rounds)),
    )


def _criteria_and_badness(predicted: Sequence[Predicted]) -> tuple[list[CriterionCases], list[Badness]]:
    place = {id(one): at for at, one in enumerate(predicted)}
    criteria: list[CriterionCases] = []
    badness = [by_outcome(predicted)]
    for scorecard in map(load, shipped()):
        found = judged(predicted, scorecard)
        owners = [place[id(one.predicted)] for one in found]
        own = criterion_cases(found, owners, scorecard)
        known = {
            (case.id, int(owner)): Chances(float(applies), float(met))
            for case in own
            for owner, applies, met in zip(case.owner, case.answers.applies, case.answers.met, strict=True)
        }
        criteria += own
        if found:
            badness.append(by_score(found, owners, scorecard, partial(_calibrated, known)))
    return criteria, badness


def _calibrated(known: Mapping[tuple[str, int], Chances], name: str, owner: int, raw: Raw) -> Chances:
    """Give the calibrated chances of a criterion of a conversation; the raw ones where nothing is calibrated."""
    return known.get((name, owner)) or Chances(raw.applies, raw.met or 0.0)


def _provenance(predicted: Sequence[Predicted], group: Group) -> str:
    corpora = {corpus_of(predicted[int(member)]) for member in group.members}
    return "; ".join(dict.fromkeys(PROVENANCE.get(corpus, "not stated") for corpus in sorted(corpora)))


def _known(found: Any) -> list[Any]:
    return [one for one in found if one is not None]


def _clean(value: Any) -> Any:
    """Put null in the place of what is no number."""
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    return value
