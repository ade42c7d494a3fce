"""What the encoder says of a batch, in the form in which members are blended."""

from typing import Final

import numpy as np
import numpy.typing as npt

from models.turns.heads import HEADS, OUTCOME_LEVELS, OUTCOMES, Group, slices
from models.turns.layout import Layout, rows_of
from models.turns.scoring import Scores

Floats = npt.NDArray[np.float32]

GROUPS: Final[tuple[Group, ...]] = ("agent", "agent_nugget", "customer", "customer_nugget")
"""The order in which the graph gives their columns."""

OUTCOME_WIDTH: Final = len(OUTCOMES) * len(OUTCOME_LEVELS)

WIDTHS: Final = {group: sum(head.width for head in HEADS[group]) for group in GROUPS}


def scores_of(turns: Floats, outcome: Floats, layout: Layout, conversations: int) -> Scores:
    """Give what the graph gave as the only member's scores.

    Args:
        turns: Turns x the columns of all groups.
        outcome: Conversations with turns x 15.
        layout: Of the batch.
        conversations: How many the batch has, those without turns too.
    """
    found: dict[tuple[Group, str], tuple[Floats, ...]] = {}
    at = 0
    for group in GROUPS:
        rows = rows_of(group, layout)
        columns = turns[rows, at : at + WIDTHS[group]]
        for head in HEADS[group]:
            found[group, head.name] = (columns[:, slices(group)[head.name]],)
        at += WIDTHS[group]
    whole = np.zeros((conversations, outcome.shape[1]), dtype=np.float32)
    whole[np.unique(layout.conversation)] = outcome
    width = len(OUTCOME_LEVELS)
    return Scores(
        layout=layout,
        turns=found,
        outcome={
            name: (whole[:, number * width : (number + 1) * width],) for number, name in enumerate(OUTCOMES)
        },
    )
