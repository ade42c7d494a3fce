"""What every member says of a batch, head by head, before it is blended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from models.interfaces import ConversationLike
from models.turns.heads import HEADS, OUTCOME_LEVELS, OUTCOMES, Group, Head, slices
from models.turns.layout import Layout, rows_of
from models.turns.reading import Reading, read
from models.turns.recurrent import RecurrentScores, recurrent_scores
from models.turns.units import find_units
from models.turns.vectors import encoded
from models.turns.weights import LanguageWeights

Floats = npt.NDArray[np.float32]

OUTCOME_HEADS: Final = tuple(Head(name=name, values=OUTCOME_LEVELS) for name in OUTCOMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The members' scores of a batch."""

    layout: Layout
    turns: dict[tuple[Group, str], tuple[Floats, ...]]
    """By head: each member's scores, rows of the group x width."""
    outcome: dict[str, tuple[Floats, ...]]
    """By quality: each member's scores, conversations x levels."""


def score(conversations: Sequence[ConversationLike], weights: LanguageWeights) -> Scores:
    """Let every member score a batch of redacted, folded conversations."""
    return score_reading(read(conversations, weights.vocabulary), weights)


def score_reading(reading: Reading, weights: LanguageWeights) -> Scores:
    """Let every member score what was read."""
    layout = reading.layout
    units = find_units(layout.texts, weights.units)
    networks = [
        recurrent_scores(
            encoded(reading.features, units, weights.arrays, member),
            layout,
            reading.conversations,
            weights.arrays,
            member,
        )
        for member in weights.members
    ]
    turns: dict[tuple[Group, str], tuple[Floats, ...]] = {}
    for group, heads in HEADS.items():
        rows = rows_of(group, layout)
        said = [_group_columns(group, network)[rows] for network in networks]
        for head in heads:
            turns[group, head.name] = tuple(scores[:, slices(group)[head.name]] for scores in said)
    width = len(OUTCOME_LEVELS)
    outcome = {
        name: tuple(network.outcome[:, at * width : (at + 1) * width] for network in networks)
        for at, name in enumerate(OUTCOMES)
    }
    return Scores(layout=layout, turns=turns, outcome=outcome)


def _group_columns(group: Group, network: RecurrentScores) -> Floats:
    """Give the group's columns of the network's scores, for all turns."""
    agents = sum(head.width for head in HEADS["agent"])
    nuggets = HEADS["agent_nugget"][0].width
    columns = {
        "agent": network.causal[:, :agents],
        "customer": network.causal[:, agents:],
        "agent_nugget": network.nuggets[:, :nuggets],
        "customer_nugget": network.nuggets[:, nuggets:],
    }
    return columns[group]
