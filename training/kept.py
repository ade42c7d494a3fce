"""Fits that are kept in the user's cache: each fold's scores and the members of everything, made on all cores."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from models.turns.ngrams import Vocabulary
from models.turns.scoring import Scores, score
from models.turns.weights import LanguageWeights
from training.dataset import Dataset
from training.fit import NGRAMS, UNITS, FitOptions, fit_explaining, fit_members
from training.folds import FOLDS

Floats = npt.NDArray[np.float32]

Wording: TypeAlias = Literal["written", "heard"]
Part: TypeAlias = int | Literal["everything"]
"""What is left out of a fit: a fold, or nothing."""

FOLDS_ONLY: Final[tuple[Part, ...]] = tuple(range(FOLDS))
ALL: Final[tuple[Part, ...]] = (*FOLDS_ONLY, "everything")
RECIPE: Final = 4
"""Raised when the code that makes the fits changes, so that kept ones are not taken for fresh."""


class KeptFits:
    """The fits of one dataset with one set of options; what is on disk is not made again."""

    def __init__(self, dataset: Dataset, language: str, options: FitOptions) -> None:
        self._dataset = dataset
        self._language = language
        self._options = options
        self._folder = _folder(dataset, language, options)

    def complete(self, parts: Sequence[Part], *, report: Callable[[str], None]) -> None:
        """Make those of ``parts`` that are missing, as many at a time as there are cores."""
        missing = [part for part in parts if not all(path.exists() for path in self._paths(part))]
        for part in missing:
            left_out = "on everything" if part == "everything" else f"fold {part + 1} of {FOLDS}"
            report(f"{self._language}: fitting {left_out}")
        if missing:
            # Fresh processes, not forks: torch has threads.
            workers = min(len(missing), os.cpu_count() or 1)
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
                # What ships first: it takes longest.
                list(pool.map(self._make, reversed(missing)))

    def scores(self, fold: int, wording: Wording) -> dict[str, Floats]:
        """Give what the members said of the conversations of ``fold``, which they had not seen."""
        with np.load(self._folder / f"{wording}{fold}.npz", allow_pickle=False) as stored:
            return dict(stored)

    def members(self) -> LanguageWeights:
        """Give the members fitted on everything; the blend is still to be fitted."""
        with np.load(self._folder / "everything.npz", allow_pickle=False) as stored:
            arrays = dict(stored)
        keys, idf, units, units_idf = (arrays.pop(name) for name in ("ngrams", "idf", "units", "units_idf"))
        return LanguageWeights(
            vocabulary=Vocabulary(options=NGRAMS[self._language], keys=keys, idf=idf),
            units=Vocabulary(options=UNITS[self._language], keys=units, idf=units_idf),
            arrays=arrays,
        )

    def _paths(self, part: Part) -> list[Path]:
        names = ["everything"] if part == "everything" else [f"{name}{part}" for name in ("written", "heard")]
        return [self._folder / f"{name}.npz" for name in names]

    def _make(self, part: Part) -> None:
        if part == "everything":
            self._make_everything()
        else:
            self._make_fold(part)

    def _make_fold(self, fold: int) -> None:
        dataset = self._dataset
        held = np.flatnonzero(dataset.fold == fold)
        weights = fit_members(dataset, self._language, np.flatnonzero(dataset.fold != fold), self._options)
        written, heard = self._paths(fold)
        _keep(written, score([dataset.examples[int(at)].conversation for at in held], weights))
        _keep(heard, score([dataset.heard_conversations[int(at)] for at in held], weights))

    def _make_everything(self) -> None:
        everything = np.arange(len(self._dataset.examples))
        fitted = fit_members(self._dataset, self._language, everything, self._options)
        explaining = fit_explaining(self._dataset, fitted.vocabulary, everything, self._options)
        vocabulary = {"ngrams": fitted.vocabulary.keys, "idf": fitted.vocabulary.idf}
        vocabulary |= {"units": fitted.units.keys, "units_idf": fitted.units.idf}
        _write(self._folder / "everything.npz", {**fitted.arrays, **explaining, **vocabulary})


def _folder(dataset: Dataset, language: str, options: FitOptions) -> Path:
    """Give the folder of the kept fits; its name stands for everything they depend on."""
    digest = hashlib.sha256(f"{RECIPE} {language} {json.dumps(asdict(options), sort_keys=True)}".encode())
    digest.update("\0".join(dataset.layout.texts).encode("utf-8", "surrogatepass"))
    digest.update(dataset.layout.surroundings.tobytes())
    digest.update(dataset.fold.tobytes() + dataset.first.tobytes())
    for known in (*dataset.turns.values(), *dataset.outcome.values()):
        digest.update(known.shares.tobytes() + known.weight.tobytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "callgrader" / "training" / digest.hexdigest()[:20]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep(path: Path, scores: Scores) -> None:
    arrays = {
        f"{group}.{name}.{number}": said
        for (group, name), members in scores.turns.items()
        for number, said in enumerate(members)
    }
    arrays |= {
        f"outcome.{name}.{number}": said
        for name, members in scores.outcome.items()
        for number, said in enumerate(members)
    }
    _write(path, arrays)


def _write(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, **arrays)  # type: ignore[arg-type]
    partial.replace(path)
