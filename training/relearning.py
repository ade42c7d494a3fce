"""``grader train --corrections``: learning on from reviewers, and installing it only where it helps.

New members are fitted on the standing corpora and the corrections together, fold by fold. They are installed if they are
better than the weights in use on the corrections that neither has seen, beyond chance, and worse on no standing corpus,
beyond chance (paired bootstrap over conversations). Old weights stay where they are, under their own name.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models import turns
from models.interfaces import TurnClassifier
from models.store import models_folder, write_manifest
from training.assessment.groups import corpus_of
from training.comparison import Comparison, compare
from training.corpus import read_corpus
from training.corrected_examples import SOURCE, examples
from training.corrections import Reviewed
from training.criteria_artifact import make_calibration
from training.dataset import Dataset, make_dataset
from training.fit import OPTIONS
from training.installed import keep_learnt, next_names, unlearnt
from training.predictions import LANGUAGES, Predicted, predicted, scores_out_of_fold
from training.train import train_turns

FEWEST: Final = 30
"""Corrected conversations that the weights in use have not seen, below which nothing can be shown."""

_CARD: Final = """
## Corrections

Learnt also from {count} conversations that reviewers corrected or confirmed (label provenance: the reviewers). Compared with
{installed}, on what neither had seen; below 0 is better:

{table}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of learning on."""

    folder: Path | None
    """Where the new weights stand; None where nothing was installed."""
    told: str
    """What a person should know, as text with a Markdown table."""
    comparisons: tuple[Comparison, ...] = ()
    """Corrections first, then the standing corpora."""


def relearn(reviews: Sequence[Reviewed], data: Path, *, installed: str) -> Outcome:
    """Fit on corrections too, compare, and install what is better.

    Args:
        reviews: from ``training.corrections``: all there are, for what earlier weights learnt is learnt anew.
        data: the folder with ``stc3``, ``labelled`` and ``written``.
        installed: name of the weights in use.

    Raises:
        models.store.ModelError: the weights in use are missing or damaged.
    """
    corrected = {language: examples(reviews, language) for language in LANGUAGES}
    used = [one for found in corrected.values() for one in found]
    ids = [one.conversation.id for one in used]
    fresh = {one for one, new in zip(ids, unlearnt(installed, ids), strict=True) if new}
    if len(fresh) < FEWEST:
        missing = FEWEST - len(fresh)
        told = (
            f"{len(fresh)} corrected conversations with labels that {installed} has not seen are too few to show anything: "
            f"{missing} more are needed. Nothing was fitted."
        )
        return Outcome(folder=None, told=told)
    standing = {language: make_dataset(read_corpus(data, language)) for language in LANGUAGES}
    datasets = {
        language: make_dataset([*standing[language].examples, *corrected[language]])
        if corrected[language]
        else standing[language]
        for language in LANGUAGES
    }
    comparisons = _comparisons(standing, datasets, fresh, turns.load(installed))
    folder = _install(datasets, ids, installed, comparisons) if helps(comparisons) else None
    return Outcome(
        folder=folder, told=verdict(comparisons, folder, installed), comparisons=tuple(comparisons)
    )


def helps(comparisons: Sequence[Comparison]) -> bool:
    """Tell whether new weights are better on the corrections, which stand first, and worse on nothing else."""
    return comparisons[0].better and not any(one.worse for one in comparisons[1:])


def _comparisons(
    standing: Mapping[str, Dataset],
    datasets: Mapping[str, Dataset],
    fresh: set[str],
    classifier: TurnClassifier,
) -> list[Comparison]:
    """Compare on the corrections first, then corpus by corpus; languages without corrections stay as they are."""
    old_corrected: list[Predicted] = []
    new_corrected: list[Predicted] = []
    kept: list[Comparison] = []
    for language, dataset in datasets.items():
        if dataset is standing[language]:
            continue
        new = _out_of_fold(dataset, language)
        learnt = [one for one in new if one.source == SOURCE and one.conversation.id in fresh]
        new_corrected += learnt
        old_corrected += _said_by(classifier, dataset, learnt)
        old = _out_of_fold(standing[language], language)
        new = [one for one in new if one.source != SOURCE]
        for corpus in dict.fromkeys(map(corpus_of, old)):
            pair = [[one for one in part if corpus_of(one) == corpus] for part in (old, new)]
            kept.append(compare(corpus, *pair))
    return [compare("corrections", old_corrected, new_corrected), *kept]


def _out_of_fold(dataset: Dataset, language: str) -> list[Predicted]:
    return predicted(dataset, scores_out_of_fold(dataset, language, OPTIONS[language]))


def _said_by(classifier: TurnClassifier, dataset: Dataset, wanted: Sequence[Predicted]) -> list[Predicted]:
    """Give what the weights in use say of the same conversations."""
    folded = {one.conversation.id: one.conversation for one in dataset.examples if one.source == SOURCE}
    said = classifier.predict([folded[one.conversation.id] for one in wanted])
    return [one._replace(labels=labels) for one, labels in zip(wanted, said, strict=True)]


def _install(
    datasets: dict[str, Dataset], ids: Sequence[str], installed: str, comparisons: Sequence[Comparison]
) -> Path:
    """Fit on everything and put weights and calibration, each whole, into the models folder."""
    weights, criteria = next_names("turns", "criteria")
    root = models_folder()
    building = root / f"{weights}.partial"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    train_turns(datasets, building / weights)
    make_calibration(datasets, building, turns=weights, name=criteria)
    keep_learnt(building / weights, ids)
    card = building / weights / "card.md"
    added = _CARD.format(count=len(ids), installed=installed, table=table(comparisons))
    card.write_text(card.read_text(encoding="utf-8") + added, encoding="utf-8")
    write_manifest(building / weights)
    for name in (criteria, weights):
        (building / name).replace(root / name)
    building.rmdir()
    return root / weights


def verdict(comparisons: Sequence[Comparison], folder: Path | None, installed: str) -> str:
    """Tell how the comparisons came out, and what was installed or why nothing was."""
    if folder is not None:
        number = folder.name.rpartition("-")[2]
        last = (
            f"Installed in {folder}, with its calibration beside it; {installed} stays. Grade with both by "
            f"CALLGRADER_TURN_MODEL={folder.name} CALLGRADER_CALIBRATION=criteria-{number}."
        )
    elif not comparisons[0].better:
        last = f"Nothing was installed: on the corrections the new weights are not better than {installed} beyond chance."
    else:
        worse = ", ".join(one.name for one in comparisons[1:] if one.worse)
        last = f"Nothing was installed: the new weights are worse on {worse}, beyond chance."
    return f"{table(comparisons)}\n\n{last}"


def table(comparisons: Sequence[Comparison]) -> str:
    """Lay the comparisons out as a Markdown table."""
    rows = [
        f"| {one.name} | {one.conversations} | {one.labels} | {one.old_loss:.4f} | {one.new_loss:.4f} "
        f"| {one.change.value:+.4f} ({one.change.low:+.4f} to {one.change.high:+.4f}) "
        f"| {one.old_error:.2%} | {one.new_error:.2%} |"
        for one in comparisons
    ]
    head = (
        "| conversations of | count | labels | old loss | new loss | change (95 %) | old error | new error |"
    )
    return "\n".join([head, "|---|---|---|---|---|---|---|---|", *rows])
