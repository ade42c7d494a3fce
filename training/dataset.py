"""Examples as the arrays that fitting works on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from grader.conversation import Conversation
from models.turns.heads import HEADS, OUTCOME_LEVELS, OUTCOMES, VIOLATIONS, Group, Head
from models.turns.layout import Layout, lay_out
from training.corpus import Example, TurnGold
from training.folds import fold_of
from training.noise import heard

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

NOISE_SEED: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one head."""

    shares: Floats
    """Rows x width: shares of the votes (each row sums to 1); one column of yes for yes/no."""
    weight: Floats
    """1 where the row is known, else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Conversations of one language."""

    examples: Sequence[Example]
    layout: Layout
    heard_conversations: Sequence[Conversation]
    """The same conversations as a recogniser might leave them."""
    heard: Layout
    """Their turns."""
    turns: dict[tuple[Group, str], Known]
    """By head, over all turns; the other side's turns are unknown."""
    outcome: dict[str, Known]
    """By quality, over the conversations."""
    fold: Indices
    """The fold of each conversation."""
    first: Indices
    """The first row of each conversation."""
    last: Indices
    """The row after its last."""

    def rows(self, conversations: Indices) -> Indices:
        """Give the rows of the turns of ``conversations``, in their order."""
        if not len(conversations):
            return np.zeros(0, dtype=np.int64)
        spans = [np.arange(self.first[at], self.last[at]) for at in conversations]
        return np.concatenate(spans)


def make_dataset(examples: Sequence[Example]) -> Dataset:
    """Lay out the examples' conversations with what is known of them."""
    conversations = [example.conversation for example in examples]
    layout = lay_out(conversations)
    heard_conversations = as_heard(conversations)
    gold = [turn for example in examples for turn in example.gold.turns]
    turns = {
        (group, head.name): _known(
            [
                _turn_shares(head, turn) if agent == group.startswith("agent") else None
                for turn, agent in zip(gold, layout.agent, strict=True)
            ],
            head.width,
        )
        for group, heads in HEADS.items()
        for head in heads
    }
    outcome = {
        name: _known(
            [
                [example.gold.outcome[name][level] for level in OUTCOME_LEVELS]
                if example.gold.outcome
                else None
                for example in examples
            ],
            len(OUTCOME_LEVELS),
        )
        for name in OUTCOMES
    }
    numbers = np.arange(len(examples))
    return Dataset(
        examples=examples,
        layout=layout,
        heard_conversations=heard_conversations,
        heard=lay_out(heard_conversations),
        turns=turns,
        outcome=outcome,
        fold=np.array([fold_of(example.group) for example in examples], dtype=np.int64),
        first=np.searchsorted(layout.conversation, numbers, side="left"),
        last=np.searchsorted(layout.conversation, numbers, side="right"),
    )


def as_heard(conversations: Sequence[Conversation]) -> list[Conversation]:
    """Give folded conversations as a recogniser might leave them."""
    texts = iter(heard([turn.text for one in conversations for turn in one.turns], seed=NOISE_SEED))
    return [
        one.model_copy(
            update={"turns": tuple(turn.model_copy(update={"text": next(texts)}) for turn in one.turns)}
        )
        for one in conversations
    ]


def _known(rows: Sequence[list[float] | None], width: int) -> Known:
    shares = np.zeros((len(rows), width), dtype=np.float32)
    weight = np.zeros(len(rows), dtype=np.float32)
    for at, row in enumerate(rows):
        if row is not None:
            shares[at], weight[at] = row, 1
    return Known(shares=shares, weight=weight)


def _turn_shares(head: Head, turn: TurnGold) -> list[float] | None:
    """Give the shares of the head's values that are known of a turn; None where nothing is."""
    if head.name == "nugget":
        return [turn.nugget[value] for value in head.values] if turn.nugget else None
    if head.values:
        level = turn.levels.get(head.name)
        return None if level is None else [float(value == level) for value in head.values]
    if head.name in VIOLATIONS:
        return None if turn.violations is None else [float(head.name in turn.violations)]
    return [float(turn.flags[head.name])] if head.name in turn.flags else None
