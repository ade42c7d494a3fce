"""The encoder's weights on disk: ONNX, the tokenizer's JSON, the blend in safetensors, one JSON for what they mean."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.store import ModelError, readable
from models.transformer.tokens import TokenOptions

FORMAT: Final = 1
DESCRIPTION: Final = "transformer.json"
GRAPH: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
BLENDS: Final = "blends.safetensors"
FILES: Final = (DESCRIPTION, GRAPH, TOKENIZER, BLENDS)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderWeights:
    """Everything that labels turns with an encoder."""

    name: str
    folder: Path
    options: TokenOptions
    blends: dict[str, dict[str, Floats]]
    """By language, as ``models.turns.blend`` reads them."""


def describe(weights: EncoderWeights) -> None:
    """Write what the graph and the tokenizer in the folder mean, and the blends."""
    from safetensors.numpy import save_file

    languages = list(weights.blends)
    description = {
        "format": FORMAT,
        "name": weights.name,
        "languages": languages,
        "tokens": asdict(weights.options),
    }
    stored = {f"{lang}/{key}": array for lang in languages for key, array in weights.blends[lang].items()}
    save_file(stored, weights.folder / BLENDS)
    text = json.dumps(description, indent=2, ensure_ascii=False, sort_keys=True)
    (weights.folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> EncoderWeights:
    """Read what stands in a folder.

    Raises:
        ModelError: the weights are damaged, or of a format this version does not know.
    """
    from safetensors.numpy import load_file

    with readable(folder):
        description: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        if description["format"] != FORMAT:
            raise ModelError(
                f"{folder} holds an encoder of format {description['format']}, and this version reads format {FORMAT}. "
                "Make it anew with: grader train --encoder."
            )
        blends: dict[str, dict[str, Floats]] = {language: {} for language in description["languages"]}
        for key, array in load_file(folder / BLENDS).items():
            language, _, name = key.partition("/")
            blends[language][name] = array
        return EncoderWeights(
            name=description["name"],
            folder=folder,
            options=TokenOptions(**description["tokens"]),
            blends=blends,
        )
