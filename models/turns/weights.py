"""The turn labels' weights on disk: safetensors for the numbers, one versioned JSON for what they mean."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.store import ModelError, readable
from models.turns.concepts import NAMES
from models.turns.ngrams import NgramOptions, Vocabulary

FORMAT: Final = 5
DESCRIPTION: Final = "turns.json"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageWeights:
    """Everything that labels turns of one language."""

    vocabulary: Vocabulary
    """The n-grams."""
    units: Vocabulary
    """The characters or words that are read one by one; how rare they are is not used."""
    arrays: dict[str, Floats]
    """By name, as ``models.turns.explaining``, ``vectors``, ``recurrent``, ``blend`` and ``problem`` read them."""

    @property
    def members(self) -> list[str]:
        """The names of the recurrent networks, in the order in which they are blended."""
        names = {name.partition(".")[0] for name in self.arrays}
        return sorted(name for name in names if name.startswith("network"))


def save(folder: Path, name: str, languages: dict[str, LanguageWeights]) -> None:
    """Write the weights into ``folder``; matrices are kept in 8 bits with one scale a column."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    description: dict[str, Any] = {"format": FORMAT, "name": name, "languages": {}, "concepts": NAMES}
    for language, weights in languages.items():
        stored: dict[str, npt.NDArray[Any]] = {}
        for name_of, vocabulary in (("ngrams", weights.vocabulary), ("units", weights.units)):
            stored |= {f"vocabulary.{name_of}": vocabulary.keys, f"idf.{name_of}": vocabulary.idf}
        for key, array in weights.arrays.items():
            stored |= _packed(key, array)
        save_file(stored, folder / f"{language}.safetensors")
        description["languages"][language] = {
            "ngrams": asdict(weights.vocabulary.options),
            "units": asdict(weights.units.options),
        }
    text = json.dumps(description, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> tuple[str, dict[str, LanguageWeights]]:
    """Read the name and the weights by language.

    Raises:
        ModelError: the weights are damaged, of a format this version does not know, or were fitted to other concepts.
    """
    with readable(folder):
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        _check(folder, description)
        languages = {
            language: _language(folder / f"{language}.safetensors", options)
            for language, options in description["languages"].items()
        }
        return description["name"], languages


def _check(folder: Path, description: dict[str, Any]) -> None:
    """Refuse weights that this version cannot use."""
    if description["format"] != FORMAT:
        raise ModelError(
            f"{folder} holds weights of format {description['format']}, and this version reads format {FORMAT}. "
            "Install the weights that came with this version."
        )
    if description["concepts"] != list(NAMES):
        raise ModelError(
            f"{folder} holds weights that were fitted to other patterns and words than those of this version. "
            "Install the weights that came with this version, or fit them anew with grader train."
        )


def _language(path: Path, options: dict[str, dict[str, list[int]]]) -> LanguageWeights:
    """Read the weights of one language; ``options`` are those of its vocabularies."""
    from safetensors.numpy import load_file

    stored = load_file(path)
    ngrams, units = (
        Vocabulary(
            options=NgramOptions(**{kind: tuple(lengths) for kind, lengths in options[name].items()}),
            keys=stored.pop(f"vocabulary.{name}"),
            idf=stored.pop(f"idf.{name}"),
        )
        for name in ("ngrams", "units")
    )
    return LanguageWeights(vocabulary=ngrams, units=units, arrays=_unpacked(stored))


def _packed(key: str, array: Floats) -> dict[str, npt.NDArray[Any]]:
    if array.ndim < 2 or array.size < 4096:
        return {key: np.ascontiguousarray(array, dtype=np.float32)}
    scale = np.maximum(np.abs(array).max(axis=0), 1e-12) / 127
    return {
        f"{key}.int8": np.ascontiguousarray(np.rint(array / scale).astype(np.int8)),
        f"{key}.scale": scale.astype(np.float32),
    }


def _unpacked(stored: dict[str, npt.NDArray[Any]]) -> dict[str, Floats]:
    whole = {key: array for key, array in stored.items() if not key.endswith((".int8", ".scale"))}
    packed = [key.removesuffix(".int8") for key in stored if key.endswith(".int8")]
    return whole | {key: stored[f"{key}.int8"].astype(np.float32) * stored[f"{key}.scale"] for key in packed}
