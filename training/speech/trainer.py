"""Training of the micro recogniser: minutes of one core, stopped and taken up again at any time.

The loss is that of the tokens, and two that lead the network off its plateau: the sound of every frame, from the
synthesiser's own times, and a look of two attention heads to where the token is (after Tachibana et al. 2018, with
known times in place of a diagonal).
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from training.speech.examples import IGNORED, Batch, Examples
from training.speech.network import Whisper
from training.speech.pool import Spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """A kind of batch."""

    seconds: float
    """Length of a window."""
    count: int
    """Windows a batch."""
    share: float
    """Of the batches of the stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of the training."""

    until: float
    """Share of the whole time at which it ends."""
    windows: tuple[Windows, ...]
    sound_weight: float
    """Of the frames' loss."""


STAGES: Final = (
    Stage(until=0.1, windows=(Windows(seconds=5, count=16, share=1.0),), sound_weight=1.0),
    Stage(
        until=0.55,
        windows=(Windows(seconds=8, count=10, share=0.9), Windows(seconds=30, count=3, share=0.1)),
        sound_weight=0.75,
    ),
    Stage(
        until=1.0,
        windows=(Windows(seconds=30, count=3, share=0.75), Windows(seconds=8, count=10, share=0.25)),
        sound_weight=0.5,
    ),
)
"""Short windows first; without long ones, long dialogues are not understood."""

LOOK_WEIGHT: Final = 0.3
LABEL_SMOOTHING: Final = 0.05
WARM_UP: Final = 200
"""Steps until the learning rate is full; it then falls with a cosine."""

LEAST_RATE: Final = 0.02
"""Share of the learning rate at the end."""

SAVED_EVERY: Final = 200
LOGGED_EVERY: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how large."""

    minutes: float = 240.0
    """Of training, the time of all runs together."""
    learning_rate: float = 1e-3
    width: int = 192
    encoder_layers: int = 4
    decoder_layers: int = 2
    threads: int = 1
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """Of one batch."""

    tokens: Tensor
    sounds: Tensor
    looks: Tensor
    right: float
    """Share of the next tokens that were the likeliest."""


class Trainer:
    """A network in training."""

    def __init__(self, pool: Sequence[Spoken], tokenizer: Tokenizer, plan: Plan) -> None:
        """Start from random weights."""
        torch.set_num_threads(plan.threads)
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.tokenizer = tokenizer
        self._pool = pool
        self.network = Whisper(
            width=plan.width,
            encoder_layers=plan.encoder_layers,
            decoder_layers=plan.decoder_layers,
            vocabulary=tokenizer.get_vocab_size(),
        )
        self.names = Examples(pool, tokenizer, seed=0).sounds
        self._sound_head = nn.Linear(plan.width, len(self.names) + 1)
        self._parameters = [
            parameter
            for parameter in (*self.network.parameters(), *self._sound_head.parameters())
            if parameter.requires_grad
        ]
        self._optimizer = torch.optim.AdamW(
            self._parameters, lr=plan.learning_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self.step = 0
        self.seconds = 0.0

    def train(self, checkpoint: Path, *, report: Callable[[str], None] = print) -> None:
        """Train until the plan's time is over; ``checkpoint`` is gone on from where it exists, and kept up to date."""
        if checkpoint.is_file():
            self._restore(checkpoint)
        for stage in STAGES:
            if self._share < stage.until:
                self._train_stage(stage, checkpoint, report)
        self._save(checkpoint)

    def losses(self, batch: Batch) -> Losses:
        """Give the losses of a batch; the arithmetic is that of bfloat16 where it is large."""
        with torch.autocast("cpu", torch.bfloat16):
            scores, weights, heard = self.network(batch.features, batch.tokens)
            sounds = self._sound_head(heard)
        counted = batch.targets != IGNORED
        return Losses(
            tokens=functional.cross_entropy(
                scores.float().flatten(0, 1), batch.targets.flatten(), label_smoothing=LABEL_SMOOTHING
            ),
            sounds=functional.cross_entropy(sounds.float().flatten(0, 1), batch.sounds.flatten()),
            looks=_looking_elsewhere(weights.float(), batch.looks),
            right=float((scores.argmax(-1) == batch.targets)[counted].float().mean()),
        )

    @property
    def _share(self) -> float:
        return min(1.0, self.seconds / (60 * self.plan.minutes))

    def _train_stage(self, stage: Stage, checkpoint: Path, report: Callable[[str], None]) -> None:
        batches = _batches(self._pool, self.tokenizer, stage, seed=self.plan.seed * 1_000_003 + self.step)
        begun, logged = time.monotonic(), []
        while self._share < stage.until:
            losses = self.losses(next(batches))
            self._descend(losses.tokens + stage.sound_weight * losses.sounds + LOOK_WEIGHT * losses.looks)
            self.step += 1
            self.seconds += time.monotonic() - begun
            begun = time.monotonic()
            logged.append([losses.tokens.item(), losses.sounds.item(), losses.looks.item(), losses.right])
            if self.step % LOGGED_EVERY == 0:
                tokens, sounds, looks, right = torch.tensor(logged).mean(0).tolist()
                report(
                    f"{self.seconds / 60:6.1f} min  step {self.step}  tokens {tokens:.3f}  sounds {sounds:.3f}  "
                    f"looks {looks:.3f}  right {right:.3f}"
                )
                logged = []
            if self.step % SAVED_EVERY == 0:
                self._save(checkpoint)

    def _descend(self, loss: Tensor) -> None:
        falling = 0.5 * (1 + math.cos(math.pi * self._share))
        rate = min(1.0, (self.step + 1) / WARM_UP) * (LEAST_RATE + (1 - LEAST_RATE) * falling)
        for group in self._optimizer.param_groups:
            group["lr"] = self.plan.learning_rate * rate
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()

    def _save(self, checkpoint: Path) -> None:
        partial = checkpoint.with_suffix(".partial")
        state = {
            "plan": asdict(self.plan),
            "network": self.network.state_dict(),
            "sound_head": self._sound_head.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        torch.save(state, partial)
        partial.replace(checkpoint)

    def _restore(self, checkpoint: Path) -> None:
        state: dict[str, Any] = torch.load(checkpoint, weights_only=True)
        self.network.load_state_dict(state["network"])
        self._sound_head.load_state_dict(state["sound_head"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]


class _Stream(IterableDataset[Batch]):
    """Batches without end."""

    def __init__(self, pool: Sequence[Spoken], tokenizer: Tokenizer, stage: Stage, seed: int) -> None:
        self._pool, self._tokenizer, self._stage, self._seed = pool, tokenizer, stage, seed

    def __iter__(self) -> Iterator[Batch]:
        examples = Examples(self._pool, self._tokenizer, seed=self._seed)
        generator = torch.Generator().manual_seed(self._seed)
        shares = torch.tensor([windows.share for windows in self._stage.windows])
        while True:
            windows = self._stage.windows[int(torch.multinomial(shares, 1, generator=generator))]
            yield examples.batch(windows.seconds, windows.count)


def _batches(pool: Sequence[Spoken], tokenizer: Tokenizer, stage: Stage, *, seed: int) -> Iterator[Batch]:
    """Give the stage's batches, made in a process of their own."""
    stream = _Stream(pool, tokenizer, stage, seed)
    return iter(
        DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=4, multiprocessing_context="fork")
    )


def _looking_elsewhere(weights: Tensor, looks: Tensor) -> Tensor:
    """Give the mean negative logarithm of the attention (batch, heads, tokens, frames) that falls on the right frames."""
    if not len(looks):
        return torch.zeros(())
    windows, tokens, first, end = looks.unbind(1)
    sums = functional.pad(weights.cumsum(-1), (1, 0))
    inside = sums[windows, :, tokens, end] - sums[windows, :, tokens, first]
    return -inside.clamp_min(1e-4).log().mean()
