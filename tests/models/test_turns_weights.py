"""Weights on disk: what is written is what is read, and damage is found."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from models import store, turns
from models.turns.ngrams import NgramOptions, build_vocabulary
from models.turns.weights import LanguageWeights, read, save


def weights() -> LanguageWeights:
    """Make small weights: one matrix large enough to be packed, one vector."""
    random = np.random.default_rng(0)
    vocabulary = build_vocabulary(["您好", "您早"], NgramOptions(characters=(1, 2)), min_texts=1, size=9)
    arrays = {
        "network0.ngrams": random.normal(size=(100, 64)).astype(np.float32),
        "bias": random.normal(size=7).astype(np.float32),
    }
    units = build_vocabulary(["您好", "您早"], NgramOptions(characters=(1,)), min_texts=1, size=9)
    return LanguageWeights(vocabulary=vocabulary, units=units, arrays=arrays)


def test_weights_come_back_as_they_were(tmp_path: Path) -> None:
    """Vectors to the bit, packed matrices within one step of 8 bits, everything else equal."""
    save(tmp_path, "mine-1", {"zh": weights()})
    name, languages = read(tmp_path)
    back, given = languages["zh"], weights()
    assert name == "mine-1"
    assert back.members == ["network0"]
    assert (back.vocabulary.keys == given.vocabulary.keys).all()
    assert (back.units.keys == given.units.keys).all()
    assert (back.vocabulary.options, back.units.options) == (given.vocabulary.options, given.units.options)
    assert (back.arrays["bias"] == given.arrays["bias"]).all()
    step = np.abs(given.arrays["network0.ngrams"]).max(axis=0) / 127
    assert (np.abs(back.arrays["network0.ngrams"] - given.arrays["network0.ngrams"]) <= 0.51 * step).all()


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    """Saving twice gives equal files."""
    for folder in ("one", "two"):
        save(tmp_path / folder, "mine-1", {"zh": weights()})
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_another_format_is_refused(tmp_path: Path) -> None:
    """Weights of a later format say which one they have and what to do."""
    save(tmp_path, "mine-1", {"zh": weights()})
    description = json.loads((tmp_path / "turns.json").read_text())
    (tmp_path / "turns.json").write_text(json.dumps(description | {"format": 99}))
    with pytest.raises(store.ModelError, match=r"format 99.*Install the weights"):
        read(tmp_path)


def test_weights_of_other_concepts_are_refused(tmp_path: Path) -> None:
    """Weights fitted to columns that are no longer there say so, and what to do."""
    save(tmp_path, "mine-1", {"zh": weights()})
    description = json.loads((tmp_path / "turns.json").read_text())
    (tmp_path / "turns.json").write_text(json.dumps(description | {"concepts": description["concepts"][1:]}))
    with pytest.raises(store.ModelError, match=r"other patterns and words.*grader train"):
        read(tmp_path)


def test_a_changed_byte_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped weights, copied and damaged, do not load."""
    shutil.copytree(store.SHIPPED / turns.DEFAULT, tmp_path / turns.DEFAULT)
    path = tmp_path / turns.DEFAULT / "zh.safetensors"
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path))
    with pytest.raises(store.ModelError, match="differs from its manifest"):
        turns.load()


def test_unknown_weights_are_named() -> None:
    """A name nobody has says where the weights would have to stand."""
    with pytest.raises(store.ModelError, match="no-such-turns"):
        turns.load("no-such-turns")
