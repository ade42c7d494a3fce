"""From the members' scores of a batch to calibrated labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.interfaces import ConversationLabels, ConversationLike, Distribution, TurnLabels
from models.turns.blend import blend
from models.turns.heads import HEADS, OUTCOME_LEVELS, PROBLEM, VIOLATIONS, Group, Head
from models.turns.layout import Layout, rows_of
from models.turns.problem import problems
from models.turns.scoring import OUTCOME_HEADS, Scores

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blended:
    """The probabilities of every head in a batch."""

    layout: Layout
    turns: dict[tuple[Group, str], Doubles]
    """By head: rows of the group x values."""
    outcome: dict[str, Doubles]
    """By quality: conversations x levels."""


def labels_from(
    scores: Scores, conversations: Sequence[ConversationLike], arrays: dict[str, Floats]
) -> list[ConversationLabels]:
    """Blend the members' scores of a batch into calibrated labels."""
    return labels_of(blended(scores, arrays), conversations, arrays)


def blended(scores: Scores, arrays: dict[str, Floats]) -> Blended:
    """Blend the members' scores of every head."""
    return Blended(
        layout=scores.layout,
        turns={
            (group, head.name): blend(
                head, scores.turns[group, head.name], arrays[f"blend.{group}.{head.name}"]
            )
            for group, heads in HEADS.items()
            for head in heads
        },
        outcome={
            head.name: blend(head, scores.outcome[head.name], arrays[f"blend.outcome.{head.name}"])
            for head in OUTCOME_HEADS
        },
    )


def labels_of(
    said: Blended, conversations: Sequence[ConversationLike], arrays: dict[str, Floats]
) -> list[ConversationLabels]:
    """Put the probabilities of a batch in their places, and tell from them whether the customers bring problems.

    Args:
        said: The probabilities.
        conversations: The batch.
        arrays: The weights; those of ``models.turns.problem`` may be missing, and the label with them.
    """
    layout = said.layout
    turns: list[list[TurnLabels]] = [[{} for _ in one.turns] for one in conversations]
    for group, heads in HEADS.items():
        rows = rows_of(group, layout)
        places = list(zip(layout.conversation[rows].tolist(), layout.turn[rows].tolist(), strict=True))
        for head in heads:
            for (conversation, turn), row in zip(places, said.turns[group, head.name].tolist(), strict=True):
                _put(turns[conversation][turn], head, row)
    if f"{PROBLEM}.bias" in arrays:
        _put_problems(turns, said, arrays)
    outcomes = {name: values.tolist() for name, values in said.outcome.items()}
    present = np.bincount(layout.conversation, minlength=len(conversations)) > 0
    return [
        ConversationLabels(turns=tuple(labels), outcome=_outcome(outcomes, at) if present[at] else {})
        for at, labels in enumerate(turns)
    ]


def _put(labels: TurnLabels, head: Head, row: list[float]) -> None:
    if head.values:
        labels[head.name] = dict(zip(head.values, row, strict=True))
    elif head.name in VIOLATIONS:
        violation: Distribution = labels.setdefault("violation", {})  # type: ignore[assignment]
        violation[head.name] = row[0]
    else:
        labels[head.name] = row[0]


def _put_problems(turns: list[list[TurnLabels]], said: Blended, arrays: dict[str, Floats]) -> None:
    layout = said.layout
    told = np.zeros(len(layout.texts))
    rows, chances = problems(layout, said.turns, arrays)
    told[rows] = chances
    for row in np.flatnonzero(~layout.agent).tolist():
        turns[layout.conversation[row]][layout.turn[row]][PROBLEM] = float(told[row])


def _outcome(outcomes: dict[str, list[list[float]]], at: int) -> dict[str, Distribution]:
    return {name: dict(zip(OUTCOME_LEVELS, rows[at], strict=True)) for name, rows in outcomes.items()}
