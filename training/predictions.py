"""What the members, and the blend, say of conversations they were not fitted on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from grader.conversation import Conversation
from models.interfaces import ConversationLabels
from models.turns.heads import HEADS, Group
from models.turns.labelling import Blended, blended, labels_of
from models.turns.layout import lay_out
from models.turns.problem import COLUMNS, problem_features
from models.turns.scoring import OUTCOME_HEADS, Scores
from models.turns.weights import LanguageWeights
from training.calibration import fit_blend, fit_mixture
from training.corpus import read_corpus
from training.dataset import Dataset, make_dataset
from training.fit import OPTIONS, FitOptions
from training.folds import FOLDS
from training.kept import ALL, FOLDS_ONLY, KeptFits, Wording
from training.predicted import Predicted
from training.problem import ProblemCases, fit_problem

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

LANGUAGES: Final = ("zh", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberScores:
    """What each member said of every conversation of a dataset, out of fold."""

    turns: dict[tuple[Group, str], tuple[Floats, ...]]
    """By head: each member's scores, all turns x width; rows of the other side are zeros."""
    outcome: dict[str, tuple[Floats, ...]]
    """By quality: each member's scores, conversations x levels."""


def scores_out_of_fold(
    dataset: Dataset,
    language: str,
    options: FitOptions,
    *,
    wording: Wording = "written",
    report: Callable[[str], None] = print,
) -> MemberScores:
    """Fit the members once a fold and let them score what they did not see; finished folds are kept on disk.

    Args:
        dataset: The conversations.
        language: Of all of them.
        options: How the members are fitted.
        wording: Which wording is scored: as it stands, or as a recogniser might leave it.
        report: Is told of every fold that has to be fitted.
    """
    fits = KeptFits(dataset, language, options)
    fits.complete(FOLDS_ONLY, report=report)
    turns: dict[tuple[Group, str], tuple[Floats, ...]] = {}
    outcome: dict[str, tuple[Floats, ...]] = {}
    for fold in range(FOLDS):
        held = np.flatnonzero(dataset.fold == fold)
        _spread(fits.scores(fold, wording), dataset, held, turns, outcome)
    return MemberScores(turns=turns, outcome=outcome)


def members_of_everything(
    dataset: Dataset, language: str, options: FitOptions, *, report: Callable[[str], None] = print
) -> LanguageWeights:
    """Fit the members that ship, on all conversations; once fitted they are kept on disk like the folds.

    The folds are fitted beside them where they are missing, for they are wanted too.
    """
    fits = KeptFits(dataset, language, options)
    fits.complete(ALL, report=report)
    return fits.members()


def _spread(
    stored: dict[str, Floats],
    dataset: Dataset,
    held: Indices,
    turns: dict[tuple[Group, str], tuple[Floats, ...]],
    outcome: dict[str, tuple[Floats, ...]],
) -> None:
    """Put the scores of one fold in their places among all."""
    rows = dataset.rows(held)
    for group, heads in HEADS.items():
        own = rows[dataset.layout.agent[rows] == group.startswith("agent")]
        for head in heads:
            said = _members(stored, f"{group}.{head.name}")
            empty = tuple(np.zeros((len(dataset.layout.texts), head.width), np.float32) for _ in said)
            for into, scores in zip(turns.setdefault((group, head.name), empty), said, strict=True):
                into[own] = scores
    for head in OUTCOME_HEADS:
        said = _members(stored, f"outcome.{head.name}")
        empty = tuple(np.zeros((len(dataset.examples), head.width), np.float32) for _ in said)
        for into, scores in zip(outcome.setdefault(head.name, empty), said, strict=True):
            into[held] = scores


def _members(stored: dict[str, Floats], name: str) -> list[Floats]:
    count = sum(key.rpartition(".")[0] == name for key in stored)
    return [stored[f"{name}.{number}"] for number in range(count)]


def fit_blends(dataset: Dataset, scores: MemberScores, conversations: Indices) -> dict[str, Floats]:
    """Fit every head's blend on ``conversations``; single written turns teach the members but calibrate nothing.

    Shares of votes (nuggets, outcome) are mixed and no more: the networks are fitted to them as they stand, and drawing
    them to the middle moved them away from people (JSD .0257 for .0252).
    """
    whole = np.array([not dataset.examples[int(at)].single for at in conversations], dtype=bool)
    conversations = conversations[whole]
    rows = dataset.rows(conversations)
    arrays = {}
    for group, heads in HEADS.items():
        for head in heads:
            known = dataset.turns[group, head.name]
            said = [member[rows] for member in scores.turns[group, head.name]]
            fit = fit_mixture if head.name == "nugget" else fit_blend
            arrays[f"blend.{group}.{head.name}"] = fit(head, said, known.shares[rows], known.weight[rows])
    for head in OUTCOME_HEADS:
        known = dataset.outcome[head.name]
        said = [member[conversations] for member in scores.outcome[head.name]]
        arrays[f"blend.outcome.{head.name}"] = fit_mixture(
            head, said, known.shares[conversations], known.weight[conversations]
        )
    return arrays


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a blend says of some conversations of a dataset."""

    held: Indices
    """Which ones."""
    conversations: Sequence[Conversation]
    said: Blended


def blended_folds(dataset: Dataset, scores: MemberScores, heard: MemberScores | None = None) -> list[Told]:
    """Blend each fold's scores as the other folds teach it.

    Args:
        dataset: The conversations.
        scores: What the blend is fitted on.
        heard: What is blended in its place: scores of the heard wording.
    """
    folds = []
    for fold in range(FOLDS):
        arrays = fit_blends(dataset, scores, np.flatnonzero(dataset.fold != fold))
        held = np.flatnonzero(dataset.fold == fold)
        if heard:
            spoken = [dataset.heard_conversations[int(at)] for at in held]
            folds.append(told_by(dataset, heard, held, arrays, spoken))
        else:
            folds.append(told_by(dataset, scores, held, arrays))
    return folds


def told_by(
    dataset: Dataset,
    scores: MemberScores,
    held: Indices,
    arrays: dict[str, Floats],
    conversations: Sequence[Conversation] | None = None,
) -> Told:
    """Blend the scores of the conversations ``held``; ``conversations`` are they in another wording."""
    conversations = conversations or [dataset.examples[int(at)].conversation for at in held]
    rows = dataset.rows(held)
    turns = {}
    for (group, name), members in scores.turns.items():
        own = rows[dataset.layout.agent[rows] == group.startswith("agent")]
        turns[group, name] = tuple(member[own] for member in members)
    outcome = {name: tuple(member[held] for member in members) for name, members in scores.outcome.items()}
    part = Scores(layout=lay_out(conversations), turns=turns, outcome=outcome)
    return Told(held=held, conversations=conversations, said=blended(part, arrays))


def problem_cases(dataset: Dataset, folds: Sequence[Told]) -> ProblemCases:
    """Give the whole conversations of which it is known whether the customer brings a problem, by their place in ``folds``."""
    columns, gold, fold = [], [], []
    for number, told in enumerate(folds):
        owners, features = problem_features(told.said.layout, told.said.turns)
        for owner, row in zip(told.held[owners], features, strict=True):
            example = dataset.examples[int(owner)]
            if not example.single and example.gold.problem is not None:
                columns.append(row)
                gold.append(example.gold.problem)
                fold.append(number)
    return ProblemCases(
        columns=np.array(columns).reshape(len(gold), COLUMNS),
        gold=np.array(gold, dtype=bool),
        fold=np.array(fold, dtype=np.int64),
    )


def blended_out_of_fold(
    dataset: Dataset, scores: MemberScores, heard: MemberScores | None = None
) -> list[ConversationLabels]:
    """Label each fold as the other folds teach it, so that calibration too is judged on unseen cases.

    Args:
        dataset: The conversations.
        scores: What is learnt from.
        heard: What is labelled in its place: scores of the heard wording.
    """
    written = blended_folds(dataset, scores)
    cases = problem_cases(dataset, written)
    labels: dict[int, ConversationLabels] = {}
    for number, told in enumerate(blended_folds(dataset, scores, heard) if heard else written):
        arrays = fit_problem(cases, cases.fold != number)
        labels.update(zip(told.held.tolist(), labels_of(told.said, told.conversations, arrays), strict=True))
    return [labels[at] for at in range(len(dataset.examples))]


def out_of_fold(data: Path, *, languages: Sequence[str] = LANGUAGES) -> list[Predicted]:
    """Label every STC-3 conversation and every written one by weights that never saw it.

    The first call fits ten sets of members (minutes); later ones find their scores in the user's cache.

    Args:
        data: The shared data folder.
        languages: Which languages.
    """
    found = []
    for language in languages:
        dataset = make_dataset(read_corpus(data, language))
        found += predicted(dataset, scores_out_of_fold(dataset, language, OPTIONS[language]))
    return found


def predicted(dataset: Dataset, scores: MemberScores, heard: MemberScores | None = None) -> list[Predicted]:
    """Put the blended out-of-fold labels of whole conversations beside what is known of them."""
    labels = blended_out_of_fold(dataset, scores, heard)
    return [
        Predicted(
            conversation=example.redacted,
            labels=said,
            gold=example.gold,
            source=example.source,
            fold=int(fold),
            provenance=example.provenance,
        )
        for example, said, fold in zip(dataset.examples, labels, dataset.fold, strict=True)
        if not example.single
    ]
