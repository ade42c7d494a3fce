"""Any encoder, fine-tuned, exported and grading: tried on a small one made from a config."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from grader.assembly import assemble
from grader.conversation import Conversation
from grader.pipeline import Graded
from grader.reading import read as read_conversations
from grader.settings import Settings
from grader.text import fold
from models import turns
from models.store import ModelError
from models.transformer import EncoderTurnClassifier
from models.transformer import read as read_encoder
from training import corpus
from training.evaluation import Figure
from training.transformer import artifact
from training.transformer.artifact import EncoderTask, train_encoder
from training.transformer.export import check_equal
from training.transformer.fitting import EncoderOptions, Reader
from training.transformer.model import TurnEncoder

SAMPLES = Path(turns.__file__).parents[2] / "grader" / "samples"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


@dataclass(frozen=True)
class Made:
    """What a run of the trainer left."""

    base: Path
    data: Path
    folder: Path
    figures: list[Figure]


def _own(language: str, count: int) -> list[dict[str, Any]]:
    lines = (corpus.OWN / "conversations.jsonl").read_text(encoding="utf-8").splitlines()
    found = [row for row in map(json.loads, lines) if row["language"] == language]
    return found[:count]


def _voted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give conversations in the form of STC-3, with votes that follow the labels."""
    voted = []
    for number, row in enumerate(rows):
        spoken = [turn for turn in row["turns"] if turn["speaker"] in {"agent", "customer"}]
        nuggets = ["CNUG" if turn["speaker"] == "customer" else "HNUG" for turn in spoken]
        quality = dict.fromkeys("ASE", number % 5 - 2)
        sides = {"agent": "helpdesk", "customer": "customer"}
        voted.append(
            {
                "id": str(number),
                "turns": [{"sender": sides[t["speaker"]], "utterances": [t["text"]]} for t in spoken],
                "annotations": [{"quality": quality, "nugget": nuggets}] * 19,
            }
        )
    return voted


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Fine-tune a small encoder on a small corpus, once for all tests."""
    root = tmp_path_factory.mktemp("encoder")
    rows = _own("zh", 40)
    base = _small_encoder(root / "base", [turn["text"] for row in rows for turn in row["turns"]])
    for name in ("stc3", "labelled", "written", "own"):
        (root / "data" / name).mkdir(parents=True)
    with gzip.open(root / "data" / "stc3" / "train_zh.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in _voted(rows[:20]))
    labelled = "\n".join(
        json.dumps({"id": str(number), "turns": row["turns"]}) for number, row in enumerate(rows[:20])
    )
    (root / "data" / "labelled" / "stc3_zh.jsonl").write_text(labelled, encoding="utf-8")
    lines = "\n".join(json.dumps(row) for row in rows)
    (root / "data" / "written" / "dev_zh.jsonl").write_text(lines, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "OWN", root / "data" / "own")
        patch.setattr(artifact, "ROUNDS", 20)
        task = EncoderTask(
            encoder=str(base),
            data=root / "data",
            folder=root / "models" / "small-1",
            languages=["zh"],
            options=EncoderOptions(epochs=2, rate=1e-3),
        )
        figures = train_encoder(task)
    return Made(base, root / "data", task.folder, figures)


def _small_encoder(folder: Path, texts: list[str]) -> Path:
    """Make an untrained encoder of two layers, with a tokenizer of one token a character."""
    characters = sorted({character for text in texts for character in fold(text)})
    vocabulary = {token: at for at, token in enumerate([*SPECIAL, *characters])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Split("", "isolated")
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
    )
    BertModel(config).save_pretrained(folder)
    return folder


def _samples() -> list[Conversation]:
    found = read_conversations([SAMPLES / "chats"])
    return [one for one in found if isinstance(one, Conversation) and one.language == "zh"]


def _folded(conversations: list[Conversation]) -> list[Conversation]:
    return [
        one.model_copy(
            update={"turns": tuple(t.model_copy(update={"text": fold(t.text)}) for t in one.turns)}
        )
        for one in conversations
    ]


def test_the_samples_are_graded_with_it(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, without torch, every distribution summing to 1; the grade names the weights."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(made.folder.parent))
    grader = assemble(Settings(turn_model="small-1"))
    graded = [one for one in grader.grade(_samples()[:6]) if isinstance(one, Graded)]
    assert len(graded) == 6
    for one in graded:
        assert one.grade.models.turns == "small-1"
        for labels in one.grade.turns:
            for said in (value for name, value in labels.items() if name != "violation"):
                assert not isinstance(said, dict) or sum(said.values()) == pytest.approx(1)


def test_a_batch_says_what_each_alone_says(made: Made) -> None:
    """Padding changes nothing."""
    classifier = EncoderTurnClassifier(read_encoder(made.folder))
    samples = _folded(_samples()[:5])
    together = classifier.predict(samples)
    for one, said in zip(samples, together, strict=True):
        [alone] = classifier.predict([one])
        for turn, other in zip(alone.turns, said.turns, strict=True):
            for name, value in turn.items():
                assert value == pytest.approx(other[name], abs=1e-5)


def test_labels_of_the_codebook_do_not_look_ahead(made: Made) -> None:
    """What is said later changes no label of an agent's turn."""
    classifier = EncoderTurnClassifier(read_encoder(made.folder))
    [sample] = _folded(_samples()[:1])
    cut = sample.model_copy(update={"turns": sample.turns[:2]})
    whole, begun = classifier.predict([sample])[0], classifier.predict([cut])[0]
    for turn, other in zip(whole.turns[:2], begun.turns, strict=True):
        for name in turn.keys() - {"nugget"}:
            assert turn[name] == pytest.approx(other[name], abs=1e-5)


def test_evidence_is_a_clause_of_the_turn(made: Made) -> None:
    """The same for the same question; (0, 0) where nothing is said."""
    classifier = EncoderTurnClassifier(read_encoder(made.folder))
    for sample, explained in zip(
        _folded(_samples()[:6]), classifier.explain(_folded(_samples()[:6])), strict=True
    ):
        for at, turn in enumerate(sample.turns):
            if turn.speaker == "agent":
                start, end = explained.words(at, "solution")
                assert 0 <= start <= end <= len(turn.text)
                assert (start, end) == explained.words(at, "solution")
                assert turn.text[start:end].strip() == turn.text[start:end]


def test_an_empty_batch_and_silence_are_labelled(made: Made) -> None:
    """Nobody's words give no labels."""
    classifier = EncoderTurnClassifier(read_encoder(made.folder))
    assert classifier.predict([]) == []
    [said] = classifier.predict([Conversation(id="c", language="zh")])
    assert (said.turns, said.outcome) == ((), {})


def test_the_figures_are_of_a_fold_that_it_never_saw(made: Made) -> None:
    """And stand in its card, with provenance and the encoder's name."""
    assert any(figure.name.endswith("empathy kappa") for figure in made.figures)
    card = (made.folder / "card.md").read_text(encoding="utf-8")
    assert "measured on each of these with the calibration of the other" in card
    assert str(made.base) in card
    assert "model-assisted" in card


def test_an_export_that_differs_is_refused(made: Made) -> None:
    """Other weights than the graph's are found out."""
    classifier = EncoderTurnClassifier(read_encoder(made.folder))
    torch.manual_seed(1)
    other = TurnEncoder(BertModel.from_pretrained(made.base, attn_implementation="eager")).eval()
    weights = read_encoder(made.folder)
    tokenizer = Tokenizer.from_file(str(made.folder / "tokenizer.json"))
    tokens = Reader(tokenizer, weights.options).tokens(_folded(_samples()[:2]))
    assert np.isfinite(classifier.run(tokens)[0]).all()
    with pytest.raises(ModelError, match="differs from the fitted one"):
        check_equal(other, classifier, [tokens])


@pytest.mark.parametrize("fault", ["no such folder", "short", "no special tokens"])
def test_an_encoder_that_cannot_be_used_is_named(made: Made, tmp_path: Path, fault: str) -> None:
    """With what to do, before anything is fitted."""
    base = _small_encoder(tmp_path / "base", ["你好"])
    match fault:
        case "no such folder":
            base = tmp_path / "none"
        case "short":
            config = json.loads((base / "config.json").read_text())
            BertModel(BertConfig(**config | {"max_position_embeddings": 64})).save_pretrained(base)
        case "no special tokens":
            plain = Tokenizer.from_file(str(base / "tokenizer.json"))
            PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="[PAD]").save_pretrained(base)
    with pytest.raises(ModelError, match=str(base)):
        train_encoder(EncoderTask(encoder=str(base), data=made.data, folder=tmp_path / "out"))
    assert not (tmp_path / "out").exists()
