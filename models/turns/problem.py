"""Whether the customer brings a problem: a fault, a loss, a worry, a complaint; no order, plain enquiry, chat or praise.

A logistic regression over what the customer names (patterns and classes of words, anywhere and in the first two turns) and
over the calibrated labels of the customer's turns. What the agent says is left out on purpose: an agent who shows no empathy
must not make it look as if none were due.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.turns.concepts import CONCEPTS
from models.turns.heads import Group
from models.turns.layout import PLACE, Layout

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
Said = dict[tuple[Group, str], Doubles]
"""Blended probabilities by head, rows of the group x values."""

OPENING: Final = 2
"""The customer's first turns, in which the matter is told."""

LABELS: Final = 10
"""Columns about labels."""

COLUMNS: Final = 2 * CONCEPTS + LABELS

_CLIP: Final = 1e-3


def problems(layout: Layout, said: Said, arrays: dict[str, Floats]) -> tuple[Indices, Doubles]:
    """Tell of each conversation in which the customer speaks how likely it is about a problem.

    Args:
        layout: Of the batch.
        said: The labels of its turns.
        arrays: ``problem.weight``, a value a column, and ``problem.bias``.

    Returns:
        The row of the layout that tells most of it, and the probability, shape (n,) each.
    """
    weight = arrays["problem.weight"].astype(np.float64)
    scores = problem_features(layout, said)[1] @ weight + float(arrays["problem.bias"][0])
    return _told_most(layout, said, weight), np.asarray(0.5 * (1 + np.tanh(0.5 * scores)))


def problem_features(layout: Layout, said: Said) -> tuple[Indices, Doubles]:
    """Give what is known of each conversation in which the customer speaks.

    Returns:
        Indexes of the conversations, shape (n,), and their columns, n x ``COLUMNS``: concepts named anywhere, those
        named in the opening, then the labels.
    """
    rows, owners, first, opening = _customers(layout)
    if not len(rows):
        return owners, np.zeros((0, COLUMNS))
    named = layout.surroundings[rows, PLACE : PLACE + CONCEPTS]
    emotion = said["customer", "emotion"]
    displeased, pleased = emotion[:, :2].sum(axis=1), emotion[:, 3]
    new = said["customer_nugget", "nugget"][:, 0]
    labels = [
        _log_odds(np.maximum.reduceat(displeased, first)),
        np.add.reduceat(displeased, first),
        _log_odds(displeased[first]),
        _log_odds(np.maximum.reduceat(np.where(opening, displeased, 0), first)),
        _log_odds(np.maximum.reduceat(pleased, first)),
        _log_odds(pleased[first]),
        _log_odds(np.maximum.reduceat(said["customer", "escalation"][:, 0], first)),
        _log_odds(np.maximum.reduceat(said["customer", "resolved"][:, 0], first)),
        _log_odds(np.maximum.reduceat(new, first)),
        _log_odds(new[first]),
    ]
    anywhere = np.maximum.reduceat(named, first, axis=0)
    opened = np.maximum.reduceat(np.where(opening[:, None], named, 0), first, axis=0)
    return owners, np.concatenate([anywhere, opened, np.stack(labels, axis=1)], axis=1, dtype=np.float64)


def _told_most(layout: Layout, said: Said, weight: Doubles) -> Indices:
    """Give for each conversation in which the customer speaks the row that speaks most for a problem, the first of equals."""
    rows, owners, _, opening = _customers(layout)
    named = layout.surroundings[rows, PLACE : PLACE + CONCEPTS]
    worth = named @ weight[:CONCEPTS] + np.where(opening, named @ weight[CONCEPTS : 2 * CONCEPTS], 0)
    worth += np.abs(weight[2 * CONCEPTS]) * _log_odds(said["customer", "emotion"][:, :2].sum(axis=1))
    by_worth = np.lexsort((-rows, worth, layout.conversation[rows]))
    last = np.searchsorted(layout.conversation[rows], owners, side="right") - 1
    return np.asarray(rows[by_worth[last]])


def _customers(layout: Layout) -> tuple[Indices, Indices, Indices, npt.NDArray[np.bool_]]:
    """Give the customers' rows, whose they are, where among them each conversation begins, and which are of an opening."""
    rows = np.flatnonzero(~layout.agent)
    owners, first, place = np.unique(layout.conversation[rows], return_index=True, return_inverse=True)
    return rows, owners, first, np.arange(len(rows)) - first[place] < OPENING


def _log_odds(probability: Any) -> Doubles:
    kept = np.clip(probability, _CLIP, 1 - _CLIP)
    return np.asarray(np.log(kept / (1 - kept)))
