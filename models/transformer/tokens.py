"""Turns as token sequences: the other side's last turn, then the turn itself, each cut to its share of the length."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.turns.layout import NOBODY, Layout

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOptions:
    """How a turn is put before the encoder: ``first`` context ``between`` turn ``between``."""

    first: int
    """Id of the token that begins a sequence (``[CLS]``, ``<s>``)."""
    between: int
    """Id of the token that ends each part (``[SEP]``, ``</s>``)."""
    padding: int
    context: int = 40
    """Tokens of the turn before, its last ones: they are what is answered."""
    turn: int = 85
    """Tokens of the turn, its first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A batch's turns."""

    ids: Ids
    """Turns x length."""
    mask: Ids
    """1 where there is a token, else 0."""
    places: Ids
    """Conversations x turns: one more than the row of each turn, 0 where there is none."""


def tokenize(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Give the token ids of texts, without the special ones; ``tokenizer`` is a ``tokenizers.Tokenizer``."""
    return [encoded.ids for encoded in tokenizer.encode_batch(list(texts), add_special_tokens=False)]


def arrange(ids: Sequence[Sequence[int]], layout: Layout, options: TokenOptions) -> Tokens:
    """Put the turns of a layout, tokenized, before the encoder."""
    sequences = [
        _sequence(own, ids[answered] if answered != NOBODY else [], options)
        for own, answered in zip(ids, layout.answered.tolist(), strict=True)
    ]
    width = max(map(len, sequences), default=1)
    padded = np.full((len(sequences), width), options.padding, dtype=np.int64)
    mask = np.zeros_like(padded)
    for row, sequence in enumerate(sequences):
        padded[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return Tokens(ids=padded, mask=mask, places=_places(layout))


def _sequence(own: Sequence[int], context: Sequence[int], options: TokenOptions) -> list[int]:
    before = list(context[-options.context :])
    return [options.first, *before, options.between, *own[: options.turn], options.between]


def _places(layout: Layout) -> Ids:
    """Give for each conversation that has turns where they stand."""
    conversations, first, counts = np.unique(layout.conversation, return_index=True, return_counts=True)
    width = int(counts.max(initial=1))
    steps = np.arange(width)[None, :]
    present = steps < counts[:, None]
    places = np.where(present, first[:, None] + steps + 1, 0)
    return places.reshape(len(conversations), width).astype(np.int64)
