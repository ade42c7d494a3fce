"""Intervals by bootstrap over conversations, all rounds at once: each round weighs every conversation by its draws."""

from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

ROUNDS: Final = 300


@lru_cache(maxsize=8)
def draws(conversations: int, *, rounds: int = ROUNDS, seed: int = 0) -> Array:
    """Give how often each conversation is drawn in each round: rounds x conversations (Efron 1979)."""
    random = np.random.default_rng(seed)
    share = np.full(conversations, 1 / conversations)
    counts = random.multinomial(conversations, share, size=rounds).astype(np.float32)
    counts.setflags(write=False)
    return counts


def interval(values: Array) -> tuple[float, float]:
    """Give the 95 % percentile interval of the rounds' values; NaN where no round had one."""
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)
