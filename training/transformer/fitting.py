"""Fine-tuning: all heads at once, labels that nobody gave left out, votes as soft targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.transformer.scoring import GROUPS, WIDTHS, scores_of
from models.transformer.tokens import TokenOptions, Tokens, arrange, tokenize
from models.turns.heads import HEADS, OUTCOME_LEVELS, OUTCOMES, VIOLATIONS, slices
from models.turns.layout import lay_out
from models.turns.scoring import Scores
from training.dataset import Dataset
from training.losses import cross_entropy
from training.transformer.model import TurnEncoder

Indices = npt.NDArray[np.int64]

_AT_ONCE: Final = 32
"""Conversations that are scored together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderOptions:
    """How an encoder is fine-tuned; usual values for encoders of the size of BERT-base and below."""

    epochs: int = 4
    batch: int = 16
    """Conversations a step."""
    rate: float = 5e-5
    """Highest learning rate of the encoder; the heads learn ten times as fast."""
    warmup: float = 0.1
    """Share of the steps in which the rate rises; then it falls to 0 in a straight line."""
    violation_weight: float = 3.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Reader:
    """Puts conversations before the encoder."""

    tokenizer: Any
    """``tokenizers.Tokenizer``."""
    options: TokenOptions

    def tokens(self, conversations: Sequence[Any]) -> Tokens:
        """Tokenize and arrange a batch."""
        layout = lay_out(conversations)
        return arrange(tokenize(self.tokenizer, layout.texts), layout, self.options)


def fine_tune(
    model: TurnEncoder, reader: Reader, parts: Sequence[tuple[Dataset, Indices]], options: EncoderOptions
) -> None:
    """Fit a model on conversations of several datasets; on a GPU where there is one, in bf16 where that is native."""
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device).train()
    batches = _batches(parts, options.batch)
    steps = options.epochs * len(batches)
    optimizer, schedule = _optimizer(model, options, steps)
    for _ in range(options.epochs):
        for at in random.permutation(len(batches)):
            dataset, chosen = batches[int(at)]
            optimizer.zero_grad()
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=_has_bf16(device)):
                turns, outcome = _forward(model, reader, dataset, chosen, device)
            loss = _loss(turns.float(), outcome.float(), dataset, chosen, options)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    model.to("cpu").eval()


@torch.no_grad()
def scored(model: TurnEncoder, reader: Reader, dataset: Dataset, conversations: Indices) -> list[Scores]:
    """Let a fitted model score conversations, in parts."""
    found = []
    for start in range(0, len(conversations), _AT_ONCE):
        chosen = conversations[start : start + _AT_ONCE]
        batch = [dataset.examples[int(at)].conversation for at in chosen]
        turns, outcome = _forward(model, reader, dataset, chosen, torch.device("cpu"))
        found.append(scores_of(turns.numpy(), outcome.numpy(), lay_out(batch), len(batch)))
    return found


def _forward(
    model: TurnEncoder, reader: Reader, dataset: Dataset, chosen: Indices, device: torch.device
) -> tuple[Tensor, Tensor]:
    tokens = reader.tokens([dataset.examples[int(at)].conversation for at in chosen])
    given = (torch.from_numpy(array).to(device) for array in (tokens.ids, tokens.mask, tokens.places))
    turns, outcome = model(*given)
    return turns, outcome


def _batches(parts: Sequence[tuple[Dataset, Indices]], size: int) -> list[tuple[Dataset, Indices]]:
    """Cut each dataset's conversations, those of like length together, so that little is padded."""
    found = []
    for dataset, conversations in parts:
        lengths = dataset.last[conversations] - dataset.first[conversations]
        ordered = conversations[lengths > 0][np.argsort(lengths[lengths > 0], kind="stable")]
        found += [(dataset, ordered[at : at + size]) for at in range(0, len(ordered), size)]
    return found


def _optimizer(model: TurnEncoder, options: EncoderOptions, steps: int) -> tuple[Any, Any]:
    inside = {id(weight) for weight in model.encoder.parameters()}
    heads = [weight for weight in model.parameters() if id(weight) not in inside]
    groups = [
        {"params": list(model.encoder.parameters()), "lr": options.rate},
        {"params": heads, "lr": 10 * options.rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    rising = max(1, round(options.warmup * steps))

    def share(step: int) -> float:
        return min((step + 1) / rising, max(0.0, (steps - step) / max(1, steps - rising)))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, share)


def _loss(
    turns: Tensor, outcome: Tensor, dataset: Dataset, chosen: Indices, options: EncoderOptions
) -> Tensor:
    rows = dataset.rows(chosen)
    total = turns.new_zeros(())
    at = 0
    for group in GROUPS:
        columns = turns[:, at : at + WIDTHS[group]]
        for head in HEADS[group]:
            factor = options.violation_weight if head.name in VIOLATIONS else 1.0
            scores = columns[:, slices(group)[head.name]]
            total = total + factor * cross_entropy(scores, dataset.turns[group, head.name], rows)
        at += WIDTHS[group]
    width = len(OUTCOME_LEVELS)
    for number, name in enumerate(OUTCOMES):
        scores = outcome[:, number * width : (number + 1) * width]
        total = total + cross_entropy(scores, dataset.outcome[name], chosen)
    mean: Tensor = total / len(chosen)
    return mean


def _has_bf16(device: torch.device) -> bool:
    """Tell whether bf16 is native: elsewhere it is slower than single precision."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    able = torch.cpu.get_capabilities()
    return bool(able.get("amx_bf16") or able.get("avx512_bf16"))
