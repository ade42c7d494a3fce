"""The torch model: an encoder a turn, attention over the turns of a conversation, a head a label."""

import math
from typing import Any, Final

import torch
from torch import Tensor, nn

from models.transformer.scoring import GROUPS, OUTCOME_WIDTH, WIDTHS
from models.turns.heads import LINEAR_GROUPS

LONGEST: Final = 64
"""Turns from this one on share a place: their order is not told apart any more."""


class TurnEncoder(nn.Module):
    """Any encoder with heads.

    Labels of the codebook are read from the turn's own vector, which has seen the turn it answers and nothing later;
    nuggets and outcome after attention over the whole conversation.
    """

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.encoder = encoder
        self.dropout = nn.Dropout(0.1)
        self.place = nn.Embedding(LONGEST, size)
        nn.init.normal_(self.place.weight, std=0.02)
        self.query, self.key, self.value = (nn.Linear(size, size) for _ in range(3))
        self.joined = nn.Sequential(nn.Linear(2 * size, size), nn.GELU(), nn.LayerNorm(size))
        self.heads = nn.ModuleDict({group: nn.Linear(size, WIDTHS[group]) for group in GROUPS})
        self.outcome = nn.Linear(size, OUTCOME_WIDTH)

    def forward(self, ids: Tensor, mask: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Give scores: turns x the columns of all groups, conversations x 15 (``models.transformer.tokens.Tokens``)."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]
        own = self.dropout(hidden)
        padded = torch.cat([own.new_zeros(1, own.shape[1]), own])[places]
        present = places > 0
        steps = torch.arange(places.shape[1], device=places.device).clamp(max=LONGEST - 1)
        placed = padded + self.place(steps)[None]
        scores = self.query(placed) @ self.key(placed).transpose(1, 2) / math.sqrt(placed.shape[2])
        scores = scores.masked_fill(~present[:, None, :], torch.finfo(scores.dtype).min)
        seen = torch.softmax(scores, dim=2) @ self.value(placed)
        joined = self.joined(torch.cat([placed, seen], dim=2))
        whole = (joined * present[:, :, None]).sum(dim=1) / present.sum(dim=1, keepdim=True)
        in_rows = joined[present]
        said = [self.heads[group](own if group in LINEAR_GROUPS else in_rows) for group in GROUPS]
        return torch.cat(said, dim=1), self.outcome(self.dropout(whole))
