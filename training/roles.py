"""Fitting who speaks: agent or customer, from the words of a turn alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from models.roles import NGRAMS, LinearRoleClassifier
from models.turns.ngrams import Vocabulary, build_vocabulary
from training.corpus import Example
from training.evaluation import Figure
from training.folds import FOLDS, fold_of
from training.linear import Target, fit_linear
from training.metrics import bootstrap, expected_calibration_error
from training.noise import unpunctuated

VOCABULARY: Final = 60_000
STRENGTH: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One turn, as written and as a recogniser would leave it, by its true speaker."""

    text: str
    agent: bool
    example: Example
    original: bool


def turns_said(examples: Sequence[Example]) -> Iterator[Said]:
    """Give every turn, and once more without punctuation where it has any."""
    for example in examples:
        for turn in example.conversation.turns:
            agent = turn.speaker == "agent"
            yield Said(text=turn.text, agent=agent, example=example, original=True)
            bare = unpunctuated(turn.text)
            if bare != turn.text:
                yield Said(text=bare, agent=agent, example=example, original=False)


def fit_roles(said: Sequence[Said]) -> tuple[Vocabulary, npt.NDArray[np.float32], float]:
    """Fit on ``said``; give vocabulary, weights and bias."""
    texts = [one.text for one in said]
    vocabulary = build_vocabulary(texts, NGRAMS, min_texts=3, size=VOCABULARY)
    target = Target(
        shares=np.array([[one.agent] for one in said], dtype=np.float32),
        weight=np.ones(len(said), dtype=np.float32),
        strength=STRENGTH,
    )
    weights, bias = fit_linear(vocabulary.vectorize(texts), [target], iterations=30)
    return vocabulary, weights[:, 0], float(bias[0])


def roles_out_of_fold(said: Sequence[Said]) -> npt.NDArray[np.float64]:
    """Give the probability of agent for each turn from weights that never saw its conversation."""
    folds = np.array([fold_of(one.example.group) for one in said])
    found = np.zeros(len(said))
    for fold in range(FOLDS):
        classifier = LinearRoleClassifier(
            *fit_roles([one for one, at in zip(said, folds, strict=True) if at != fold])
        )
        held = np.flatnonzero(folds == fold)
        found[held] = classifier.predict([said[int(at)].text for at in held])
    return found


def role_figures(said: Sequence[Said], *, rounds: int) -> list[Figure]:
    """Measure the roles out of fold, by language, source and punctuation."""
    probability = roles_out_of_fold(said)
    agent = np.array([one.agent for one in said])
    figures = []
    for language in ("zh", "en"):
        for source in ("stc3", "written"):
            for original in (True, False):
                part = np.flatnonzero(
                    [
                        one.example.conversation.language == language
                        and (one.example.source == "stc3") == (source == "stc3")
                        and one.original == original
                        and not one.example.single
                        for one in said
                    ]
                )
                name = f"{language} {source} {'as written' if original else 'unpunctuated'}"
                groups = [said[int(at)].example.group for at in part]
                figures += _part_figures(name, probability[part], agent[part], groups, rounds)
    return figures


def _part_figures(
    name: str,
    probability: npt.NDArray[np.float64],
    agent: npt.NDArray[np.bool_],
    groups: list[str],
    rounds: int,
) -> list[Figure]:
    def accuracy(drawn: npt.NDArray[np.int64]) -> float:
        return float(((probability[drawn] > 0.5) == agent[drawn]).mean())

    def calibration(drawn: npt.NDArray[np.int64]) -> float:
        return expected_calibration_error(probability[drawn], agent[drawn])

    figures = []
    for measure_name, measure in (("accuracy", accuracy), ("ECE", calibration)):
        low, high = bootstrap(measure, groups, rounds=rounds)
        value = measure(np.arange(len(groups)))
        figures.append(
            Figure(
                name=f"{name} {measure_name}",
                value=value,
                low=low,
                high=high,
                cases=len(groups),
                baseline=None,
            )
        )
    return figures
