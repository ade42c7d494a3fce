"""Makes the embedded recogniser: speech, training, conversion, figures, card."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from tokenizers import Tokenizer

from models.speech.profile import SpeechProfile
from models.store import write_manifest
from training.speech import pool
from training.speech.card import card
from training.speech.conversion import convert
from training.speech.figures import measure
from training.speech.recovery import take_over
from training.speech.samples import SAMPLES
from training.speech.sentences import LANGUAGES, Language, Material, keep, kept, read
from training.speech.tokens import ENGLISH_PIECES, build
from training.speech.trainer import Plan, Trainer

CORPORA: Final = Path(__file__).parents[1] / "corpora"

DOUBTFUL_BELOW: Final = 0.5
"""See ``SpeechProfile``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What is made where."""

    out: Path
    """The model's folder; its name is the model's."""
    work: Path
    """Speech and checkpoint, kept: a run that was stopped goes on from them."""
    start_from: Path | None = None
    """Folder of an earlier model whose weights are taken over."""
    plan: Plan = field(default_factory=Plan)
    known: int
    """Hanzi, and English words, that are taught beside those of the sample calls: the most frequent ones."""
    files: int = 20
    """Files of the speech pool."""
    lines: int = 1_500
    """Utterances a file, something over an hour."""
    sentences: int = 120
    """Sentences of each set that is measured."""


def make(making: Making) -> str:
    """Make the model as far as it is not made yet, and give its card."""
    said = making.work / "sentences.json"
    if not said.is_file():
        keep(read(CORPORA, SAMPLES / "scripts", known=making.known), said)
    materials = kept(said)
    tokenizer = build(materials["zh"].alphabet, materials["en"].transcripts)
    pool.fill(making.work / "pool", materials, files=making.files, lines=making.lines)
    speech = pool.load(making.work / "pool")
    trainer = Trainer(speech, tokenizer, making.plan)
    if making.start_from is not None:
        take_over(trainer.network, tokenizer, making.start_from)
    trainer.train(making.work / "checkpoint.pt")
    return finish(making, trainer, tokenizer, materials, hours=sum(s.seconds for s in speech) / 3600)


def finish(
    making: Making,
    trainer: Trainer,
    tokenizer: Tokenizer,
    materials: dict[Language, Material],
    *,
    hours: float,
) -> str:
    """Convert the trained weights, measure them, and write profile, card and manifest beside them."""
    convert(trainer.network, tokenizer, making.out)
    profile = SpeechProfile(
        languages=LANGUAGES, beam_size=1, demonstration=True, doubtful_below=DOUBTFUL_BELOW
    )
    developed = measure(making.out, materials, "development", sentences=making.sentences, profile=profile)
    late = [second for hearing in developed for second in hearing.late]
    shift = -round(float(np.median(late)), 3) if late else 0.0
    profile = profile.model_copy(update={"word_shift": shift})
    fields = profile.model_dump(mode="json", exclude_defaults=True)
    (making.out / "speech.json").write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    network = trainer.network
    text = card(
        measure(making.out, materials, "blind", sentences=making.sentences),
        shift=shift,
        start_from=making.start_from.name if making.start_from else None,
        name=making.out.name,
        parameters=sum(parameter.numel() for parameter in network.parameters()) / 1e6,
        width=network.width,
        encoder_layers=len(network.encoder.layers),
        decoder_layers=len(network.decoder.layers),
        vocabulary=tokenizer.get_vocab_size(),
        megabytes=sum(file.stat().st_size for file in making.out.iterdir()) / 1e6,
        minutes=trainer.seconds / 60,
        steps=trainer.step,
        hours=hours,
        voices=len(pool.VARIANTS["taught"]),
        hanzi=len(materials["zh"].alphabet),
        pieces=ENGLISH_PIECES,
    )
    (making.out / "card.md").write_text(text, encoding="utf-8")
    write_manifest(making.out)
    return text
