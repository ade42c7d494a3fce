"""How much more error the selection for review finds than random sampling, on out-of-fold predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from grader.selection import Candidate, select
from training.assessment.agreement import LabelCases
from training.assessment.confidence import CriterionCases
from training.assessment.groups import FEWEST, Group

Array = npt.NDArray[Any]

BUDGETS: Final = (0.05, 0.1, 0.2)
"""Shares of the conversations that are reviewed."""

_ON_EVERY_TURN: Final = frozenset({"empathy", "emotion"})
"""Labels of which people gave one to every turn of agents, or of customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionGain:
    """What a review budget finds."""

    budget: float
    """Share of the conversations that is reviewed."""
    reviewed: int
    verdicts: float
    """Wrong verdicts on criteria that are found, in units of what random sampling finds."""
    labels: float
    """Wrong labels of turns that are found, likewise."""
    labels_a_turn: float
    """Share of wrong labels in what is reviewed, over that in all: longer conversations do not count as better."""


def selection_gains(
    criteria: Sequence[CriterionCases], labels: Mapping[str, LabelCases], group: Group
) -> list[SelectionGain]:
    """Select among the conversations of one group whose criteria people judged, as ``grader select`` does."""
    size = int(max(group.members, default=-1)) + 1
    own = np.zeros(size, dtype=bool)
    own[group.members] = True
    doubts: dict[int, dict[str, float]] = {}
    wrong_verdicts = np.zeros(size)
    for case in criteria:
        inside = _inside(case.owner, own)
        np.add.at(wrong_verdicts, case.owner[inside], case.wrong[inside])
        for owner, risk in zip(case.owner[inside], case.risk[inside], strict=True):
            doubts.setdefault(int(owner), {})[case.id] = float(risk)
    if len(doubts) < FEWEST:
        return []
    doubt, wrong_labels, all_labels, turns = _label_sums(labels, own, size)
    pool = [
        Candidate(id=str(owner), doubts=said, label_doubt=float(doubt[owner] / max(turns[owner], 1)))
        for owner, said in sorted(doubts.items())
    ]
    everyone = np.array(sorted(doubts))
    gains = []
    for share in BUDGETS:
        chosen = np.array([int(one.id) for one in select(pool, round(share * len(pool)))])
        gains.append(
            SelectionGain(
                budget=share,
                reviewed=len(chosen),
                verdicts=_over_random(wrong_verdicts, chosen, everyone),
                labels=_over_random(wrong_labels, chosen, everyone),
                labels_a_turn=float(
                    (wrong_labels[chosen].sum() / max(all_labels[chosen].sum(), 1))
                    / max(wrong_labels[everyone].sum() / max(all_labels[everyone].sum(), 1), 1e-9)
                ),
            )
        )
    return gains


def _inside(owner: Array, own: Array) -> Array:
    known = owner < len(own)
    return np.asarray(known & own[np.where(known, owner, 0)])


def _label_sums(labels: Mapping[str, LabelCases], own: Array, size: int) -> tuple[Array, Array, Array, Array]:
    """Sum by conversation the labels expected to be wrong, those that are, all of them, and the turns they are on."""
    doubt, wrong, count, turns = (np.zeros(size) for _ in range(4))
    for label, case in labels.items():
        inside = _inside(case.owner, own)
        said, owner = case.said[inside], case.owner[inside]
        np.add.at(doubt, owner, 1 - said.max(axis=1))
        np.add.at(wrong, owner, said.argmax(axis=1) != case.gold[inside])
        np.add.at(count, owner, 1)
        np.add.at(turns, owner, label in _ON_EVERY_TURN)
    return doubt, wrong, count, turns


def _over_random(errors: Array, chosen: Array, everyone: Array) -> float:
    share = len(chosen) / len(everyone)
    return float(errors[chosen].sum() / max(errors[everyone].sum(), 1) / share)
