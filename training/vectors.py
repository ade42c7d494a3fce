"""The encoders of ``models.turns.vectors`` as they are trained with torch."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.turns.units import UNKNOWN, Units
from models.turns.vectors import GAP, MEAN

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


class NgramEncoder(nn.Module):
    """Trains ``pooled_ngrams``: one half of the vector by the greatest values, the other by the weighted sums."""

    def __init__(self, ngrams: int, size: int, *, left_out: float) -> None:
        super().__init__()
        # Two tables and not two halves of one: slicing one would copy it at every step.
        self.loudest = nn.EmbeddingBag(ngrams, size // 2, mode="max")
        self.summed = nn.EmbeddingBag(ngrams, size - size // 2, mode="sum")
        for table in self.tables:
            nn.init.normal_(table, std=0.05)
        self.left_out = left_out

    @property
    def tables(self) -> list[Tensor]:
        """Give the vectors."""
        return [self.loudest.weight, self.summed.weight]

    def forward(self, features: Any) -> Tensor:
        """Give turns x size, of TF-IDF rows."""
        columns = torch.from_numpy(features.indices.astype(np.int64))
        weights = torch.from_numpy(features.data)
        counts = torch.from_numpy(np.diff(features.indptr).astype(np.int64))
        if self.training:
            kept = torch.rand(len(columns)) > self.left_out
            owner = torch.repeat_interleave(torch.arange(len(counts)), counts)[kept]
            counts = torch.bincount(owner, minlength=len(counts))
            columns, weights = columns[kept], weights[kept] / (1 - self.left_out)
        offsets = torch.cumsum(counts, 0) - counts
        sums = self.summed(columns, offsets, per_sample_weights=weights)
        return torch.cat([self.loudest(columns, offsets), sums], dim=1)

    def arrays(self) -> dict[str, Tensor]:
        """Give the weights as ``models.turns.vectors`` reads them."""
        return {"loudest": self.loudest.weight, "summed": self.summed.weight}


class UnitEncoder(nn.Module):
    """Trains ``convolved_units``."""

    def __init__(self, units: int, size: int, *, unit_size: int, filters: int, left_out: float) -> None:
        super().__init__()
        self.vectors = nn.Embedding(units + 1, unit_size)
        nn.init.normal_(self.vectors.weight, std=0.1)
        self.near = nn.Linear(3 * unit_size, filters)
        self.far = nn.Linear(3 * filters, filters)
        self.pooled = nn.Linear(4 * filters, size, bias=False)
        self.left_out = left_out

    @property
    def tables(self) -> list[Tensor]:
        """Give the vectors."""
        return [self.vectors.weight]

    def forward(self, units: "SomeUnits") -> Tensor:
        """Give turns x size."""
        ids, counts = torch.from_numpy(units.ids), torch.from_numpy(units.counts)
        if self.training:
            ids = torch.where(torch.rand(len(ids)) < self.left_out, UNKNOWN, ids)
        # Every turn is followed by empty places, so that no convolution reaches from one turn into the next.
        starts = torch.cumsum(counts + GAP, 0) - counts
        shift = torch.repeat_interleave(starts - (torch.cumsum(counts, 0) - counts), counts)
        places = torch.arange(len(ids)) + shift
        total = int((counts + GAP).sum()) + GAP
        near = self._layer(self.near, self.vectors(ids), places, total, reach=1)
        far = self._layer(self.far, near, places, total, reach=2)
        both = torch.cat([near, far], dim=1)
        greatest = torch.segment_reduce(both, "max", lengths=counts, initial=0.0)
        owner = torch.repeat_interleave(torch.arange(len(counts)), counts)
        sums = both.new_zeros(len(counts), both.shape[1]).index_add(0, owner, both)
        means = sums * (MEAN / counts.clamp(min=1).sqrt())[:, None]
        pooled: Tensor = self.pooled(torch.cat([greatest, means], dim=1))
        return pooled

    def _layer(self, layer: nn.Linear, given: Tensor, places: Tensor, total: int, *, reach: int) -> Tensor:
        laid = given.new_zeros(total, given.shape[1]).index_copy(0, places, given)
        seen = torch.cat([laid[places - reach], given, laid[places + reach]], dim=1)
        # Sixteen bits are enough to learn from and several times faster; what is served is reckoned in 32.
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.training):
            found = layer(seen)
        return torch.relu(found.float())

    def arrays(self) -> dict[str, Tensor]:
        """Give the weights as ``models.turns.vectors`` reads them."""
        layers = {"near": self.near, "far": self.far}
        found = {"units": self.vectors.weight, "pooled.weight": self.pooled.weight.T}
        for name, layer in layers.items():
            found |= {f"{name}.weight": layer.weight.T, f"{name}.bias": layer.bias}
        return found


class SomeUnits:
    """The units of some turns of a dataset, in the order in which the turns are asked for."""

    def __init__(self, units: Units, rows: Indices) -> None:
        self.counts = units.first[rows + 1] - units.first[rows]
        before = np.cumsum(self.counts) - self.counts
        places = np.arange(self.counts.sum()) + np.repeat(units.first[rows] - before, self.counts)
        self.ids = units.ids[places]
