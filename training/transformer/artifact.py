"""From an encoder's name to weights that grade: fine-tuned, exported, checked, calibrated, measured."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from models.store import ModelError, write_manifest
from models.transformer import EncoderTurnClassifier
from models.transformer.tokens import TokenOptions, Tokens
from models.transformer.weights import GRAPH, TOKENIZER, EncoderWeights, describe, read
from training import cards
from training.corpus import read_corpus
from training.dataset import Dataset, make_dataset
from training.evaluation import ROUNDS, Figure, evaluate
from training.predicted import Predicted
from training.predictions import MemberScores, fit_blends, problem_cases, told_by
from training.problem import fit_problem
from training.train import write_figures
from training.transformer.export import check_equal, export
from training.transformer.fitting import EncoderOptions, Reader, fine_tune, scored
from training.transformer.model import TurnEncoder

if TYPE_CHECKING:
    from models.turns.heads import Group

Floats = npt.NDArray[np.float32]

HELD: Final = (0, 1)
"""The folds that the encoder does not learn from: each is measured with the calibration that the other one gives."""

ABOUT: Final = """Labels agents' and customers' turns by the codebook (`docs/codebook.md`), gives nuggets and outcome: the encoder
`{encoder}`, fine-tuned with a head a label, exported to ONNX and run by onnxruntime (equal to the torch model within
1e-4, which `grader train --encoder` checks). Languages: {languages}.

Fitted on three of the five folds that the shipped family (`turns-1`) is cross-validated on, calibrated on the other
two, and **measured on each of these with the calibration of the other**: compare with that family's figures on the same
folds (`docs/training.md`).
The licence of `{encoder}` holds for these weights too."""

LIMITS: Final = """- Only as good as the encoder it was made from, and as the languages that one knows.
- A turn is cut at {turn} tokens, what it answers at its last {context}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderTask:
    """What is fine-tuned, on what."""

    encoder: str
    """A name on the hub, or a folder."""
    data: Path
    folder: Path
    """Where the weights go, which does not exist yet; its name is theirs."""
    languages: Sequence[str] = ("zh", "en")
    options: EncoderOptions = field(default_factory=EncoderOptions)


def train_encoder(task: EncoderTask) -> list[Figure]:
    """Make the weights, and give their figures on folds that they never saw.

    Raises:
        ModelError: the encoder cannot be loaded or has no fast tokenizer, or its export differs from it.
        grader.problems.InputError: the data folder cannot be used.
    """
    encoder, tokenizer, options = _loaded(task.encoder)
    datasets = {lang: make_dataset(read_corpus(task.data, lang)) for lang in task.languages}
    model, reader = TurnEncoder(encoder), Reader(tokenizer, options)
    seen = [(dataset, np.flatnonzero(~np.isin(dataset.fold, HELD))) for dataset in datasets.values()]
    fine_tune(model, reader, seen, task.options)
    with TemporaryDirectory(dir=_parent(task.folder)) as draft:
        folder = Path(draft) / task.folder.name
        folder.mkdir()
        tokenizer.save(str(folder / TOKENIZER))
        export(model, folder / GRAPH, _some_tokens(reader, datasets))
        scores = {lang: _scores(model, reader, dataset) for lang, dataset in datasets.items()}
        weights = EncoderWeights(
            name=task.folder.name, folder=folder, options=options, blends=_blends(datasets, scores, HELD)
        )
        describe(weights)
        check_equal(model, EncoderTurnClassifier(read(folder)), _some_tokens(reader, datasets))
        judged: list[Predicted] = []
        for fold, other in (HELD, HELD[::-1]):
            by_other = replace(weights, blends=_blends(datasets, scores, [other]))
            judged += _judged(EncoderTurnClassifier(by_other), datasets, fold)
        figures = evaluate(judged, rounds=ROUNDS)
        _describe(task, folder, options, figures)
        folder.replace(task.folder)
    return figures


def _loaded(name: str) -> tuple[Any, Any, TokenOptions]:
    from transformers import AutoModel, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        # The plain form of attention is the one that exports everywhere.
        encoder = AutoModel.from_pretrained(name, attn_implementation="eager")
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{name} cannot be loaded as an encoder: {str(error).splitlines()[0]} Name a folder with config.json, the "
            "weights and tokenizer.json, or a model of the hub, where that can be reached."
        ) from error
    first, between = tokenizer.cls_token_id, tokenizer.sep_token_id
    if not tokenizer.is_fast or first is None or between is None or tokenizer.pad_token_id is None:
        raise ModelError(
            f"{name} has no fast tokenizer with tokens that begin, end and pad a sequence. Name another encoder."
        )
    options = TokenOptions(first=first, between=between, padding=tokenizer.pad_token_id)
    longest = getattr(encoder.config, "max_position_embeddings", 512)
    if longest < options.context + options.turn + 3:
        raise ModelError(f"{name} reads {longest} tokens only. Name an encoder that reads 128 or more.")
    return encoder, tokenizer.backend_tokenizer, options


def _parent(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder.parent


def _some_tokens(reader: Reader, datasets: dict[str, Dataset]) -> list[Tokens]:
    """Give batches of several shapes: what the export must not depend on."""
    conversations = [one.conversation for dataset in datasets.values() for one in dataset.examples[:24]]
    said = [one for one in conversations if one.turns]
    return [reader.tokens(said[:1]), reader.tokens(said[1:6]), reader.tokens(said)]


def _scores(model: TurnEncoder, reader: Reader, dataset: Dataset) -> MemberScores:
    """Let the encoder score the folds that it did not learn from; the others' scores are zeros."""
    chosen = np.flatnonzero(np.isin(dataset.fold, HELD))
    rows = dataset.rows(chosen)
    parts = scored(model, reader, dataset, chosen)
    turns: dict[tuple[Group, str], tuple[Floats, ...]] = {}
    for group, name in parts[0].turns:
        known = dataset.turns[group, name]
        said = np.zeros_like(known.shares)
        own = rows[dataset.layout.agent[rows] == group.startswith("agent")]
        said[own] = np.concatenate([part.turns[group, name][0] for part in parts])
        turns[group, name] = (said,)
    outcome: dict[str, tuple[Floats, ...]] = {}
    for name in parts[0].outcome:
        said = np.zeros_like(dataset.outcome[name].shares)
        said[chosen] = np.concatenate([part.outcome[name][0] for part in parts])
        outcome[name] = (said,)
    return MemberScores(turns=turns, outcome=outcome)


def _blends(
    datasets: dict[str, Dataset], scores: dict[str, MemberScores], folds: Sequence[int]
) -> dict[str, dict[str, Floats]]:
    """Fit the calibration of each language on some of the held folds."""
    found = {}
    for lang, dataset in datasets.items():
        chosen = np.flatnonzero(np.isin(dataset.fold, folds))
        arrays = fit_blends(dataset, scores[lang], chosen)
        cases = problem_cases(dataset, [told_by(dataset, scores[lang], chosen, arrays)])
        found[lang] = arrays | fit_problem(cases, np.ones(len(cases.gold), dtype=bool))
    return found


def _judged(classifier: EncoderTurnClassifier, datasets: dict[str, Dataset], fold: int) -> list[Predicted]:
    """Label a fold that neither the encoder nor the classifier's calibration saw."""
    found = []
    for dataset in datasets.values():
        held = [dataset.examples[int(at)] for at in np.flatnonzero(dataset.fold == fold)]
        whole = [example for example in held if not example.single]
        labels = classifier.predict([example.conversation for example in whole])
        found += [
            Predicted(
                conversation=example.redacted,
                labels=said,
                gold=example.gold,
                source=example.source,
                fold=fold,
                provenance=example.provenance,
            )
            for example, said in zip(whole, labels, strict=True)
        ]
    return found


def _describe(task: EncoderTask, folder: Path, options: TokenOptions, figures: Sequence[Figure]) -> None:
    words = replace(
        cards.TURNS,
        about=ABOUT.format(encoder=task.encoder, languages=", ".join(task.languages)),
        measured=cards.ENCODER_MEASURED,
        limits=LIMITS.format(turn=options.turn, context=options.context),
    )
    card = cards.card(folder.name, words, figures)
    (folder / "card.md").write_text(card, encoding="utf-8")
    write_figures(folder / "figures.json", figures)
    write_manifest(folder)
