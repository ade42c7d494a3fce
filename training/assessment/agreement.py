"""Agreement on the labels of turns: kappa, alpha, confusion, calibration, by group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from grader.codebook import AGENT_LEVELS, CUSTOMER_FLAGS, EMOTIONS, VIOLATIONS
from models.interfaces import TurnLabels
from training.assessment import measures
from training.assessment.estimates import Estimate, estimate, recentred
from training.assessment.groups import FEWEST, Group
from training.assessment.measures import by_owner, weighted
from training.assessment.reliability import Bin, reliability
from training.corpus import TurnGold
from training.predicted import Predicted

Array = npt.NDArray[Any]

YES_NO: Final = ("no", "yes")
LABELS: Final[dict[str, tuple[str, ...]]] = {
    **AGENT_LEVELS,
    "emotion": EMOTIONS,
    **dict.fromkeys(CUSTOMER_FLAGS, YES_NO),
    **{f"violation:{code}": YES_NO for code in VIOLATIONS},
}
"""Every label of the codebook with its values."""

FEWEST_OF_A_KIND: Final = 5
"""Turns of the rarer kind below which agreement on a yes/no label says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAgreement:
    """How far the classifier agrees with people on one label, in one group."""

    label: str
    values: tuple[str, ...]
    conversations: int
    turns: int
    kappa: Estimate
    alpha: Estimate
    accuracy: Estimate
    ece: Estimate
    """Of the probability of the value that is called."""
    confusion: tuple[tuple[int, ...], ...]
    """People's value by row, the classifier's by column."""
    reliability: tuple[Bin, ...]
    """Of the probability of the value that is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCases:
    """One label of many turns."""

    gold: Array
    """Index of people's value."""
    said: Array
    """The classifier's probabilities: turns x values."""
    owner: Array
    """Index of the turn's conversation."""


def label_cases(predicted: Sequence[Predicted]) -> dict[str, LabelCases]:
    """Put people's and the classifier's labels side by side, label by label."""
    rows: dict[str, list[tuple[int, list[float], int]]] = {label: [] for label in LABELS}
    for owner, one in enumerate(predicted):
        for known, labels in zip(one.gold.turns, one.labels.turns, strict=True):
            for label, value in _given(known).items():
                rows[label].append((LABELS[label].index(value), _said(labels, label), owner))
    return {
        label: LabelCases(
            gold=np.array([gold for gold, _, _ in found]),
            said=np.array([said for _, said, _ in found]),
            owner=np.array([owner for _, _, owner in found]),
        )
        for label, found in rows.items()
        if found
    }


def _given(known: TurnGold) -> dict[str, str]:
    """Give people's value of every label they gave to a turn."""
    given = dict(known.levels) | {flag: YES_NO[value] for flag, value in known.flags.items()}
    if known.violations is not None:
        given |= {f"violation:{code}": YES_NO[code in known.violations] for code in VIOLATIONS}
    return given


def _said(labels: TurnLabels, label: str) -> list[float]:
    name, _, code = label.partition(":")
    said: Any = labels[name]
    if code:
        said = said[code]
    return [1 - said, said] if isinstance(said, float | int) else [said[value] for value in LABELS[label]]


def agreement(cases: dict[str, LabelCases], group: Group) -> list[LabelAgreement]:
    """Measure the labels of one group; those on fewer than ``FEWEST`` conversations, or with too few of a kind, are left out."""
    place = {int(member): at for at, member in enumerate(group.members)}
    found = []
    for label, case in cases.items():
        own = np.isin(case.owner, group.members)
        gold = case.gold[own]
        rarest = min((gold == 1).sum(), (gold == 0).sum()) if LABELS[label] == YES_NO else len(gold)
        owner = np.array([place[int(one)] for one in case.owner[own]], dtype=np.int64)
        if len(np.unique(owner)) >= FEWEST and rarest >= FEWEST_OF_A_KIND:
            part = LabelCases(gold=gold, said=case.said[own], owner=owner)
            found.append(_measured(label, part, len(group.members)))
    return found


def _measured(label: str, case: LabelCases, conversations: int) -> LabelAgreement:
    width = len(LABELS[label])
    called, sure = case.said.argmax(axis=1), case.said.max(axis=1)
    right = called == case.gold
    cells = np.zeros((len(called), width, width))
    cells[np.arange(len(called)), case.gold, called] = 1
    tables = by_owner(cells, case.owner, conversations)
    bins = by_owner(measures.binned(sure, right), case.owner, conversations)
    return LabelAgreement(
        label=label,
        values=LABELS[label],
        conversations=len(np.unique(case.owner)),
        turns=len(called),
        kappa=estimate(lambda weights: measures.kappa(weighted(tables, weights)), conversations),
        alpha=estimate(lambda weights: measures.alpha(weighted(tables, weights)), conversations),
        accuracy=estimate(lambda weights: _accuracy(weighted(tables, weights)), conversations),
        ece=recentred(lambda weights: measures.calibration_error(weighted(bins, weights)), conversations),
        confusion=tuple(tuple(int(count) for count in row) for row in tables.sum(axis=0)),
        reliability=reliability(sure, right),
    )


def _accuracy(confusion: Array) -> Array:
    return np.asarray(np.trace(confusion, axis1=1, axis2=2) / confusion.sum(axis=(1, 2)))
