"""A batch of conversations laid out as one list of turns, with what stands around each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.interfaces import ConversationLike
from models.turns.concepts import CONCEPTS, concepts
from models.turns.heads import Group

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

SPEAKERS: Final = ("agent", "customer")
NOBODY: Final = -1
PLACE: Final = 11
"""How many columns of the surroundings say where a turn stands and how long it is."""
SURROUNDINGS: Final = PLACE + 2 * CONCEPTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The agents' and customers' turns of a batch, in order; what others say is left out."""

    texts: list[str]
    conversation: Indices
    """Index of each turn's conversation in the batch."""
    turn: Indices
    """Index of the turn in its conversation, as the conversation counts them."""
    agent: npt.NDArray[np.bool_]
    answered: Indices
    """Row of the other side's last turn before this one; ``NOBODY`` where there is none."""
    surroundings: Floats
    """Turns x ``SURROUNDINGS``: place, length and channel, then the concepts of this turn and of the answered one."""


def lay_out(conversations: Sequence[ConversationLike]) -> Layout:
    """Lay out a batch of redacted, folded conversations."""
    rows = [
        (index, at, turn.speaker == "agent", turn.text, conversation.channel == "call")
        for index, conversation in enumerate(conversations)
        for at, turn in enumerate(conversation.turns)
        if turn.speaker in SPEAKERS
    ]
    owner = np.array([row[0] for row in rows], dtype=np.int64)
    agent = np.array([row[2] for row in rows], dtype=bool)
    texts = [row[3] for row in rows]
    call = np.array([row[4] for row in rows], dtype=bool)
    answered, own = _before(owner, agent)
    named = concepts(texts)
    answered_named = np.where((answered != NOBODY)[:, None], named[answered], 0) if texts else named
    place = _place(texts, owner, agent=agent, call=call, answered=answered, own=own)
    return Layout(
        texts=texts,
        conversation=owner,
        turn=np.array([row[1] for row in rows], dtype=np.int64),
        agent=agent,
        answered=answered,
        surroundings=np.concatenate([place, named, answered_named], axis=1, dtype=np.float32),
    )


def rows_of(group: Group, layout: Layout) -> Indices:
    """Give the rows of the layout the group is about."""
    return np.flatnonzero(layout.agent == group.startswith("agent"))


def _before(owner: Indices, agent: npt.NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """Find for each row the other side's and the same side's last turn before it."""
    here = np.arange(len(owner))
    first = np.searchsorted(owner, owner, side="left")
    latest = []
    for side in (False, True):
        seen = np.maximum.accumulate(np.where(agent == side, here, NOBODY))
        before = np.concatenate([[NOBODY], seen])[:-1]
        latest.append(np.where(before >= first, before, NOBODY))
    customers, agents = latest
    return np.where(agent, customers, agents), np.where(agent, agents, customers)


def _place(
    texts: list[str],
    owner: Indices,
    *,
    agent: npt.NDArray[np.bool_],
    call: npt.NDArray[np.bool_],
    answered: Indices,
    own: Indices,
) -> Floats:
    before = np.arange(len(owner)) - np.searchsorted(owner, owner, side="left")
    lengths = np.array([len(text) for text in texts], dtype=np.float32)
    columns: list[Any] = [
        before == 0,
        before == 1,
        np.minimum(before, 12) / 6,
        answered == NOBODY,
        own == NOBODY,
        np.log1p(lengths) / 4,
        lengths == 0,
        [min(text.count("?"), 3) for text in texts],
        [min(text.count("!"), 3) for text in texts],
        call,
        agent,
    ]
    return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)
