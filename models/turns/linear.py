"""Linear heads over the n-grams of a turn and what surrounds it; they also say which words speak for a label."""

from typing import Any

import numpy as np
import numpy.typing as npt

from models.turns.heads import Group
from models.turns.layout import Layout

Floats = npt.NDArray[np.float32]


def rows_of(group: Group, layout: Layout) -> npt.NDArray[np.int64]:
    """Give the rows of the layout the group is about."""
    return np.flatnonzero(layout.agent == group.startswith("agent"))


def linear_scores(group: Group, features: Any, layout: Layout, arrays: dict[str, Floats]) -> Floats:
    """Give the scores of the group's heads for its rows: rows x columns of ``heads.slices``.

    Args:
        group: The group.
        features: TF-IDF rows of all turns of the layout.
        layout: The batch.
        arrays: ``linear.GROUP.ngrams``, ``.surroundings`` and ``.bias``.
    """
    rows = rows_of(group, layout)
    words = features[rows] @ arrays[f"linear.{group}.ngrams"]
    around = layout.surroundings[rows] @ arrays[f"linear.{group}.surroundings"]
    return np.asarray(words + around + arrays[f"linear.{group}.bias"])
