"""Fitting the small recurrent networks of ``models.turns.recurrent`` with torch: all heads at once."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.turns.heads import HEADS, LINEAR_GROUPS, OUTCOMES, VIOLATIONS, Group
from models.turns.layout import SURROUNDINGS
from models.turns.units import Units
from training.dataset import Dataset
from training.losses import cross_entropy
from training.vectors import NgramEncoder, SomeUnits, UnitEncoder

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

CODEBOOK: Final = [(group, head) for group in LINEAR_GROUPS for head in HEADS[group]]
NUGGETS: Final[list[tuple[Group, slice]]] = [("agent_nugget", slice(0, 3)), ("customer_nugget", slice(3, 7))]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentOptions:
    """How a network is fitted; the values are those that measured best (``docs/training.md``)."""

    encoder: Literal["ngrams", "units"]
    """Whether it reads a turn's n-grams or its characters (words) one after the other."""
    size: int
    """Length of a turn's vector."""
    state: int
    """Length of the state in either direction."""
    epochs: int
    left_out: float
    """Share of a turn's n-grams or units that are left out at every step."""
    unit_size: int = 64
    """Length of the vector of a character or word."""
    filters: int = 128
    """Of each convolution."""
    batch: int = 64
    """Conversations a step."""
    rate: float = 3e-3
    """Learning rate at its highest; it falls to 0 in a straight line."""
    warming: float = 0.03
    """Share of the steps in which the rate rises first."""
    dropout: float = 0.4
    heard: float = 0.25
    """Share of the steps that see the turns as a recogniser might leave them."""
    violation_weight: float = 3.0
    """What a violation's loss counts beside the other heads'."""


class Network(nn.Module):
    """The network as it is trained; ``arrays`` gives it as it is served."""

    def __init__(self, ngrams: int, units: int, options: RecurrentOptions) -> None:
        super().__init__()
        size = options.size
        self.reads_units = options.encoder == "units"
        self.encoder: UnitEncoder | NgramEncoder = (
            UnitEncoder(
                units,
                size,
                unit_size=options.unit_size,
                filters=options.filters,
                left_out=options.left_out,
            )
            if self.reads_units
            else NgramEncoder(ngrams, size, left_out=options.left_out)
        )
        self.surroundings = nn.Linear(SURROUNDINGS, size)
        state = options.state
        self.forward_unit = nn.GRU(size, state, batch_first=True)
        self.backward_unit = nn.GRU(size + state, state, batch_first=True)
        self.causal = nn.Linear(size + state, sum(head.width for _, head in CODEBOOK))
        self.nuggets = nn.Linear(size + 2 * state, 7)
        self.outcome = nn.Linear(4 * state, 5 * len(OUTCOMES))
        self.state = state
        self.dropout = nn.Dropout(options.dropout)

    def forward(self, batch: "Batch") -> tuple[Tensor, Tensor, Tensor]:
        """Give the scores of the codebook's heads and the nuggets by turn, of the outcome by conversation."""
        said = self.encoder(batch.units if self.reads_units else batch.features)
        turns = self.dropout(torch.relu(said + self.surroundings(batch.surroundings)))
        padded = turns.new_zeros((*batch.present.shape, turns.shape[1]))
        padded[batch.present] = turns
        forward, _ = self.forward_unit(padded)
        both = torch.cat([padded, forward], dim=2)
        backward = _reversed(self.backward_unit(_reversed(both, batch.mirror))[0], batch.mirror)
        states = torch.cat([forward, backward], dim=2)
        lengths = batch.present.sum(dim=1)
        mean = (states * batch.present[:, :, None]).sum(dim=1) / lengths[:, None]
        last = forward[torch.arange(len(lengths)), lengths - 1]
        whole = torch.cat([mean, last, backward[:, 0]], dim=1)
        seen = self.dropout(states[batch.present])
        causal = self.causal(torch.cat([turns, seen[:, : self.state]], dim=1))
        return causal, self.nuggets(torch.cat([turns, seen], dim=1)), self.outcome(self.dropout(whole))

    def arrays(self, member: str) -> dict[str, Floats]:
        """Give the weights as ``models.turns.recurrent`` reads them."""
        found = self.encoder.arrays()
        found |= {"surroundings": self.surroundings.weight.T, "bias": self.surroundings.bias}
        for name, unit in (("forward", self.forward_unit), ("backward", self.backward_unit)):
            of = dict(unit.named_parameters())
            found |= {f"{name}.input": of["weight_ih_l0"].T, f"{name}.input_bias": of["bias_ih_l0"]}
            found |= {f"{name}.recurrent": of["weight_hh_l0"].T, f"{name}.recurrent_bias": of["bias_hh_l0"]}
        for name, layer in (("causal", self.causal), ("nuggets", self.nuggets), ("outcome", self.outcome)):
            found |= {f"{name}.weight": layer.weight.T, f"{name}.bias": layer.bias}
        return {f"{member}.{name}": tensor.detach().numpy().copy() for name, tensor in found.items()}


def _reversed(padded: Tensor, mirror: Tensor) -> Tensor:
    return padded.gather(1, mirror[:, :, None].expand(-1, -1, padded.shape[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some conversations as tensors."""

    features: Any
    """TF-IDF rows of the turns."""
    units: SomeUnits
    surroundings: Tensor
    present: Tensor
    """Conversations x turns: whether there is such a turn."""
    mirror: Tensor
    """Conversations x turns: where each turn stands when the conversation is read backward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All turns of a dataset as numbers, in one wording."""

    features: Any
    """TF-IDF rows of all turns."""
    units: Units
    surroundings: Floats


def make_batch(dataset: Dataset, view: View, conversations: Indices) -> Batch:
    """Gather ``conversations``; none of them is without turns."""
    rows = dataset.rows(conversations)
    lengths = torch.from_numpy(dataset.last[conversations] - dataset.first[conversations])
    places = torch.arange(int(lengths.max()))[None, :]
    present = places < lengths[:, None]
    return Batch(
        features=view.features[rows],
        units=SomeUnits(view.units, rows),
        surroundings=torch.from_numpy(view.surroundings[rows]),
        present=present,
        mirror=torch.where(present, lengths[:, None] - 1 - places, places),
    )


def fit_recurrent(
    dataset: Dataset,
    as_written: View,
    as_heard: View,
    conversations: Indices,
    *,
    units: int,
    options: RecurrentOptions,
    seed: int,
) -> Network:
    """Fit a network on ``conversations``; the same seed gives the same weights on the same machine.

    Args:
        dataset: Where they are from.
        as_written: All its turns as they stand.
        as_heard: All its turns as a recogniser might leave them.
        conversations: Those to fit on.
        units: How many units are known.
        options: How.
        seed: Of everything that is left to chance.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    conversations = conversations[dataset.last[conversations] > dataset.first[conversations]]
    network = Network(as_written.features.shape[1], units, options)
    tables = network.encoder.tables
    dense = [weight for weight in network.parameters() if all(weight is not table for table in tables)]
    groups = [
        {"params": dense, "weight_decay": 0.01},
        {"params": tables, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=options.rate, fused=True)
    steps = options.epochs * -(-len(conversations) // options.batch)
    warm = max(1, round(options.warming * steps))
    done = 0
    network.train()
    for _ in range(options.epochs):
        shuffled = random.permutation(conversations)
        for at in range(0, len(shuffled), options.batch):
            chosen = shuffled[at : at + options.batch]
            optimizer.zero_grad()
            for group in optimizer.param_groups:
                group["lr"] = options.rate * min((done + 1) / warm, 1 - done / steps)
            view = as_heard if random.random() < options.heard else as_written
            _loss(network, dataset, view, chosen, options).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(dense, 5.0)
            optimizer.step()
            done += 1
    return network.eval()


def _loss(
    network: Network, dataset: Dataset, view: View, conversations: Indices, options: RecurrentOptions
) -> Tensor:
    causal, nuggets, outcome = network(make_batch(dataset, view, conversations))
    rows = dataset.rows(conversations)
    total = causal.new_zeros(())
    at = 0
    for group, head in CODEBOOK:
        scores = causal[:, at : at + head.width]
        factor = options.violation_weight if head.name in VIOLATIONS else 1.0
        total = total + factor * cross_entropy(scores, dataset.turns[group, head.name], rows)
        at += head.width
    for group, columns in NUGGETS:
        total = total + cross_entropy(nuggets[:, columns], dataset.turns[group, "nugget"], rows)
    for number, name in enumerate(OUTCOMES):
        scores = outcome[:, 5 * number : 5 * number + 5]
        total = total + cross_entropy(scores, dataset.outcome[name], conversations)
    mean: Tensor = total / len(conversations)
    return mean
