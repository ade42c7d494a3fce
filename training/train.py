"""Making the shipped weights: everything from the data folder to verified artifacts with their cards."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.roles import DEFAULT as ROLES
from models.roles import save as save_roles
from models.store import SHIPPED, write_manifest
from models.turns import DEFAULT as TURNS
from models.turns.classifier import BlendedTurnClassifier
from models.turns.weights import LanguageWeights
from models.turns.weights import save as save_turns
from training import cards
from training.corpus import kind, read_corpus
from training.criteria_artifact import make_calibration, table
from training.dataset import Dataset, make_dataset
from training.evaluation import ROUNDS, Figure, evaluate
from training.fit import OPTIONS
from training.predictions import (
    LANGUAGES,
    blended_folds,
    fit_blends,
    members_of_everything,
    predicted,
    problem_cases,
    scores_out_of_fold,
)
from training.problem import fit_problem
from training.robustness import flip_rates
from training.roles import fit_roles, role_figures, turns_said

if TYPE_CHECKING:
    from training.predicted import Predicted


def train(data: Path, out: Path = SHIPPED) -> list[Figure]:
    """Fit and save turn labels, roles and the calibration of the criteria; give the figures of the first two.

    The same data gives the same bytes on the same machine and library versions; elsewhere floating-point sums may
    run in another order, which moves the last digits of the weights.

    Args:
        data: The folder with ``stc3``, ``labelled`` and ``written``.
        out: Where the folders of the weights go.
    """
    datasets = {language: make_dataset(read_corpus(data, language)) for language in LANGUAGES}
    figures = train_turns(datasets, out / TURNS) + train_roles(datasets, out / ROLES)
    print("criteria: calibrating")
    print(table(make_calibration(datasets, out, turns=TURNS)))
    return figures


def train_turns(datasets: dict[str, Dataset], folder: Path) -> list[Figure]:
    """Fit, calibrate, save and measure the turn labels."""
    languages: dict[str, LanguageWeights] = {}
    judged: list[Predicted] = []
    heard: list[Predicted] = []
    for language, dataset in datasets.items():
        members = members_of_everything(dataset, language, OPTIONS[language])
        scores = scores_out_of_fold(dataset, language, OPTIONS[language])
        part = predicted(dataset, scores)
        judged += part
        heard += predicted(
            dataset, scores, scores_out_of_fold(dataset, language, OPTIONS[language], wording="heard")
        )
        cases = problem_cases(dataset, blended_folds(dataset, scores))
        languages[language] = replace(
            members,
            arrays=members.arrays
            | fit_blends(dataset, scores, np.arange(len(dataset.examples)))
            | fit_problem(cases, np.ones(len(cases.gold), dtype=bool)),
        )
    save_turns(folder, folder.name, languages)
    write_manifest(folder)
    print("turns: measuring")
    figures = evaluate(judged, rounds=ROUNDS)
    figures += evaluate(heard, rounds=ROUNDS, measures={"ECE"}, wording=" heard")
    classifier = BlendedTurnClassifier(folder.name, languages)
    flips = {language: _flips(classifier, dataset) for language, dataset in datasets.items()}
    card = cards.card(folder.name, cards.TURNS, figures, extra=cards.flips(flips))
    _finish(folder, card, figures)
    return figures


def _flips(classifier: BlendedTurnClassifier, dataset: Dataset) -> dict[str, tuple[float, int]]:
    """Reword all written conversations and as many real ones."""
    whole = [example for example in dataset.examples if not example.single]
    written = [example.conversation for example in whole if kind(example.source) in {"written", "own"}]
    real = [example.conversation for example in whole if example.source == "stc3"]
    return flip_rates(classifier, written + real[: len(written)])


def train_roles(datasets: dict[str, Dataset], folder: Path) -> list[Figure]:
    """Fit, save and measure who speaks."""
    said = [one for dataset in datasets.values() for one in turns_said(dataset.examples)]
    vocabulary, weights, bias = fit_roles(said)
    save_roles(folder, vocabulary, weights, {"bias": bias})
    write_manifest(folder)
    print("roles: measuring")
    figures = role_figures(said, rounds=ROUNDS)
    card = cards.card(folder.name, cards.ROLES, figures)
    _finish(folder, card, figures)
    return figures


def _finish(folder: Path, card: str, figures: Sequence[Figure]) -> None:
    """Write card, figures and manifest beside the weights."""
    (folder / "card.md").write_text(card, encoding="utf-8")
    write_figures(folder / "figures.json", figures)
    for path in folder.iterdir():
        path.chmod(0o644)
    write_manifest(folder)


def write_figures(path: Path, figures: Sequence[Figure]) -> None:
    """Write the figures as JSON; what could not be measured is null."""
    rows: list[dict[str, Any]] = [asdict(figure) for figure in figures]
    clean = [
        {key: None if isinstance(value, float) and np.isnan(value) else value for key, value in row.items()}
        for row in rows
    ]
    path.write_text(json.dumps(clean, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
