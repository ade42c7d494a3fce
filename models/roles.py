"""Who speaks: the probability that an agent says a turn, from its words alone."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.store import ModelError, artifact, readable, require
from models.turns.ngrams import NgramOptions, Vocabulary

DEFAULT: Final = "roles-1"
FORMAT: Final = 1
DESCRIPTION: Final = "roles.json"
WEIGHTS: Final = "roles.safetensors"
TEXTS_AT_ONCE: Final = 2000
"""Batches are cut to so many turns, which bounds the memory."""
NGRAMS: Final = NgramOptions(characters=(1, 2, 3, 4), words=(1, 2))
"""One vocabulary for both languages."""


class LinearRoleClassifier:
    """Logistic regression over n-grams; satisfies ``models.interfaces.RoleClassifier``."""

    def __init__(self, vocabulary: Vocabulary, weights: npt.NDArray[np.float32], bias: float) -> None:
        self._vocabulary = vocabulary
        self._weights = weights
        self._bias = bias

    def predict(self, texts: Sequence[str]) -> list[float]:
        """Give for each redacted, folded turn the probability that an agent says it.

        A turn of which no n-gram is known tells nothing: 0.5.
        """
        probabilities: list[float] = []
        for first in range(0, len(texts), TEXTS_AT_ONCE):
            features = self._vocabulary.vectorize(texts[first : first + TEXTS_AT_ONCE])
            scores = np.where(np.diff(features.indptr) > 0, features @ self._weights + self._bias, 0)
            probabilities += (1 / (1 + np.exp(-scores.astype(np.float64)))).tolist()
        return probabilities


def load(name: str = DEFAULT) -> LinearRoleClassifier:
    """Load the classifier called ``name``; the shipped one reads Mandarin and English.

    Raises:
        models.store.ModelError: no such weights, damaged ones, or ones of another format.
    """
    from safetensors.numpy import load_file

    folder = artifact(name)
    require(folder, DESCRIPTION, WEIGHTS)
    with readable(folder):
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        if description["format"] != FORMAT:
            raise ModelError(
                f"{folder} holds weights of format {description['format']}, and this version reads format {FORMAT}. "
                "Install the weights that came with this version."
            )
        stored = load_file(folder / WEIGHTS)
        vocabulary = Vocabulary(options=NGRAMS, keys=stored["keys"], idf=stored["idf"])
        return LinearRoleClassifier(vocabulary, stored["weights"], description["bias"])


def save(
    folder: Path, vocabulary: Vocabulary, weights: npt.NDArray[np.float32], description: dict[str, object]
) -> None:
    """Write weights as ``load`` reads them; ``description`` holds at least the ``bias``."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file({"keys": vocabulary.keys, "idf": vocabulary.idf, "weights": weights}, folder / WEIGHTS)
    text = json.dumps({"format": FORMAT, **description}, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
