"""A small recurrent network over the turns of a conversation, run with numpy.

A turn is a vector of what it says (``models.turns.vectors``) and what surrounds it; a gated recurrent unit reads the turns
forward (Cho et al., 2014), a second one backward over both. Labels of the codebook are read from the turn and the
forward state alone, nuggets and outcome from everything.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.turns.layout import Layout

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentScores:
    """What the network says of a batch."""

    causal: Floats
    """Turns x columns of the codebook's heads, the agent's before the customer's."""
    nuggets: Floats
    """Turns x 7: the agent's nuggets, then the customer's."""
    outcome: Floats
    """Conversations x 15: A, S and E side by side; zeros for a conversation without turns."""


def recurrent_scores(
    said: Floats, layout: Layout, conversations: int, arrays: dict[str, Floats], member: str
) -> RecurrentScores:
    """Run the network called ``member`` over a batch; a layout without turns gives empty scores.

    Args:
        said: What each turn says, as the member's encoder gives it.
        layout: The batch.
        conversations: How many there are.
        arrays: The weights.
        member: The network's name.
    """

    def of(name: str) -> Floats:
        return arrays[f"{member}.{name}"]

    turns = np.maximum(said + layout.surroundings @ of("surroundings") + of("bias"), 0)
    first, last = _edges(layout.conversation, conversations)
    forward = _unroll(turns, first, last - first, of, "forward", backward=False)
    both = np.concatenate([turns, forward], axis=1)
    backward = _unroll(both, first, last - first, of, "backward", backward=True)
    everything = np.concatenate([both, backward], axis=1)
    present = np.flatnonzero(last > first)
    states = everything[:, turns.shape[1] :]
    means = np.add.reduceat(states, first[present], axis=0) / (last - first)[present, None]
    whole = np.concatenate([means, forward[last[present] - 1], backward[first[present]]], axis=1)
    outcome = np.zeros((conversations, len(of("outcome.bias"))), dtype=np.float32)
    outcome[present] = whole @ of("outcome.weight") + of("outcome.bias")
    return RecurrentScores(
        causal=both @ of("causal.weight") + of("causal.bias"),
        nuggets=everything @ of("nuggets.weight") + of("nuggets.bias"),
        outcome=outcome,
    )


def _edges(owner: Indices, conversations: int) -> tuple[Indices, Indices]:
    numbers = np.arange(conversations)
    return np.searchsorted(owner, numbers, side="left"), np.searchsorted(owner, numbers, side="right")


def _unroll(
    inputs: Floats,
    first: Indices,
    lengths: Indices,
    of: Callable[[str], Floats],
    name: str,
    *,
    backward: bool,
) -> Floats:
    """Run one gated recurrent unit over every conversation at once; give its state after each turn."""
    gates = inputs @ of(f"{name}.input") + of(f"{name}.input_bias")
    recurrent, recurrent_bias = of(f"{name}.recurrent"), of(f"{name}.recurrent_bias")
    size = recurrent.shape[0]
    states = np.zeros((len(inputs), size), dtype=np.float32)
    # Longest first, so that those still running are always the leading ones.
    order = np.argsort(-lengths, kind="stable")
    first, lengths = first[order], lengths[order]
    state = np.zeros((len(order), size), dtype=np.float32)
    for step in range(int(lengths.max(initial=0))):
        running = int(np.searchsorted(-lengths, -step, side="left"))
        rows = first[:running] + (lengths[:running] - 1 - step if backward else step)
        given, kept = gates[rows], state[:running]
        recalled = kept @ recurrent + recurrent_bias
        reset = _sigmoid(given[:, :size] + recalled[:, :size])
        update = _sigmoid(given[:, size : 2 * size] + recalled[:, size : 2 * size])
        new = np.tanh(given[:, 2 * size :] + reset * recalled[:, 2 * size :])
        state[:running] = (1 - update) * new + update * kept
        states[rows] = state[:running]
    return states


def _sigmoid(scores: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * scores)), dtype=np.float32)
