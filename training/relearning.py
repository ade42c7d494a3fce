"""``grader train --corrections``: learning on from reviewers, and installing it only where it helps.

New members are fitted on the standing corpora and the corrections together, fold by fold. They are installed if they are
better than the weights in use, beyond chance, on the random share of the reviews that neither has seen, and worse on no
standing corpus, beyond chance (paired bootstrap over conversations). Whatever else people correct was chosen for being wrong
or doubtful, and any other weights look better on it. Old weights stay where they are, under their own name.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models import transformer, turns
from models.interfaces import TurnClassifier
from models.store import ModelError, artifact, models_folder, write_manifest
from training.assessment.groups import corpus_of
from training.comparison import Comparison, compare
from training.corpus import CORRECTIONS, read_corpus
from training.corrected_examples import examples
from training.corrections import Reviewed
from training.criteria_artifact import make_calibration
from training.dataset import Dataset, make_dataset
from training.fit import OPTIONS
from training.installed import keep_learnt, next_names, unlearnt
from training.predicted import Predicted
from training.predictions import LANGUAGES, predicted, scores_out_of_fold
from training.train import train_turns

FEWEST: Final = 30
"""Conversations of the random share with corrected labels that the weights in use have not seen, below which nothing can be
shown."""

_CARD: Final = """
## Corrections

Learnt also from {count} reviewed conversations, those of the random share and others in which a label was corrected (label
provenance: the reviewers, and the machine where they let its labels stand; `corrections` in the figures). Compared with
{installed} on the random share and on the standing corpora, all of it seen by neither; below 0 is better:

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
    """The random share of the reviews first, then the standing corpora."""


def relearn(reviews: Sequence[Reviewed], data: Path, *, installed: str) -> Outcome:
    """Fit on corrections too, compare, and install what is better.

    Args:
        reviews: from ``training.corrections``: all there are, for what earlier weights learnt is learnt anew.
        data: the folder with ``stc3``, ``labelled`` and ``written``.
        installed: name of the weights in use.

    Raises:
        models.store.ModelError: the weights in use are missing, damaged, or of the other family.
        grader.problems.InputError: the data folder cannot be used.
    """
    _refuse_encoder(installed)
    reviewed = {language: examples(reviews, language) for language in LANGUAGES}
    keys = [one.conversation.id for found in reviewed.values() for one in found]
    fresh = {key for key, new in zip(keys, unlearnt(installed, keys), strict=True) if new}
    unseen = [review for review in reviews if review.key in fresh and review.random_share]
    corrected = sum(review.labels_corrected for review in unseen)
    if corrected < FEWEST:
        told = (
            f"{corrected} conversations of the random share with corrected labels that {installed} has not seen are too few "
            f"to show anything: {FEWEST - corrected} more are needed. Nothing was fitted."
        )
        return Outcome(folder=None, told=told)
    old, new = {}, {}
    for language, found in reviewed.items():
        standing = read_corpus(data, language)
        learnt = [one for one in found if one.conversation.id not in fresh]
        old[language] = make_dataset([*standing, *learnt])
        new[language] = make_dataset([*standing, *found])
    comparisons = _comparisons(old, new, {review.key for review in unseen}, turns.load(installed))
    folder = _install(new, keys, installed, comparisons) if helps(comparisons) else None
    return Outcome(
        folder=folder, told=verdict(comparisons, folder, installed), comparisons=tuple(comparisons)
    )


def helps(comparisons: Sequence[Comparison]) -> bool:
    """Tell whether new weights are better on the random share, which stands first, and worse on nothing else."""
    return comparisons[0].better and not any(one.worse for one in comparisons[1:])


def _refuse_encoder(installed: str) -> None:
    """Refuse weights that no fit of this family can be compared with on the standing corpora."""
    if (artifact(installed) / transformer.DESCRIPTION).is_file():
        raise ModelError(
            f"{installed} is a fine-tuned encoder; corrections are learnt by weights that grader train makes. Name such "
            "weights to compare with (CALLGRADER_TURN_MODEL), or fine-tune the encoder anew."
        )


def _comparisons(
    old: Mapping[str, Dataset],
    new: Mapping[str, Dataset],
    drawn: set[str],
    classifier: TurnClassifier,
) -> list[Comparison]:
    """Compare on the random share first, then corpus by corpus; languages without new reviews stay as they are.

    Args:
        old: what the weights in use learnt from, by language.
        new: the same with all that was reviewed.
        drawn: the random share of the reviews that neither has seen (``Reviewed.key``).
        classifier: the weights in use.
    """
    old_said: list[Predicted] = []
    new_said: list[Predicted] = []
    standing: list[Comparison] = []
    for language, dataset in new.items():
        if len(dataset.examples) == len(old[language].examples):
            continue
        after = _out_of_fold(dataset, language)
        unseen = [one for one in after if one.source == CORRECTIONS and one.conversation.id in drawn]
        new_said += unseen
        old_said += _said_by(classifier, dataset, unseen)
        before = _out_of_fold(old[language], language)
        both = [[one for one in part if one.source != CORRECTIONS] for part in (before, after)]
        for corpus in dict.fromkeys(map(corpus_of, both[0])):
            pair = [[one for one in part if corpus_of(one) == corpus] for part in both]
            standing.append(compare(corpus, *pair))
    return [compare("reviews, the random share", old_said, new_said), *standing]


def _out_of_fold(dataset: Dataset, language: str) -> list[Predicted]:
    return predicted(dataset, scores_out_of_fold(dataset, language, OPTIONS[language]))


def _said_by(classifier: TurnClassifier, dataset: Dataset, wanted: Sequence[Predicted]) -> list[Predicted]:
    """Give what the weights in use say of the same conversations."""
    folded = {one.conversation.id: one.conversation for one in dataset.examples if one.source == CORRECTIONS}
    said = classifier.predict([folded[one.conversation.id] for one in wanted])
    return [one._replace(labels=labels) for one, labels in zip(wanted, said, strict=True)]


def _install(
    datasets: dict[str, Dataset], keys: Sequence[str], installed: str, comparisons: Sequence[Comparison]
) -> Path:
    """Fit on everything and put weights and calibration, each whole, into the models folder."""
    weights, criteria = next_names("turns", "criteria")
    root = models_folder()
    building = root / f"{weights}.partial"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    train_turns(datasets, building / weights)
    make_calibration(datasets, building, turns=weights, name=criteria)
    keep_learnt(building / weights, keys)
    card = building / weights / "card.md"
    added = _CARD.format(count=len(keys), installed=installed, table=table(comparisons))
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
        last = f"Nothing was installed: on the random share the new weights are not better than {installed} beyond chance."
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
