"""Turns to label distributions: linear heads and small recurrent networks over hashed n-grams, blended."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from models.interfaces import (
    ConversationLabels,
    ConversationLike,
    Distribution,
    ExplainedLabels,
    TurnLabels,
)
from models.turns.blend import blend
from models.turns.explaining import Explainer, direction
from models.turns.heads import HEADS, OUTCOME_LEVELS, VIOLATIONS, Head
from models.turns.layout import rows_of
from models.turns.reading import read
from models.turns.scoring import OUTCOME_HEADS, Scores, score_reading
from models.turns.weights import LanguageWeights

Floats = npt.NDArray[np.float32]

TURNS_AT_ONCE: Final = 2000
"""Batches are cut to about so many turns, which bounds the memory; conversations stay whole."""


class BlendedTurnClassifier:
    """The shipped classifier; satisfies ``models.interfaces.TurnClassifier``."""

    def __init__(self, name: str, languages: dict[str, LanguageWeights]) -> None:
        self._name = name
        self._languages = languages
        self._directions: dict[tuple[str, str, str], Floats] = {}

    @property
    def name(self) -> str:
        """The weights' name and version."""
        return self._name

    def predict(self, conversations: Sequence[ConversationLike]) -> list[ConversationLabels]:
        """Label a batch in one pass, in order.

        Texts are redacted and folded (``grader.text.fold``). A conversation whose language has no weights, or is
        not known, is read as the first language (Mandarin).
        """
        return [explained.labels for explained in self.explain(conversations)]

    def explain(self, conversations: Sequence[ConversationLike]) -> list[ExplainedLabels]:
        """Label a batch like ``predict``, and say of each conversation which words speak for its labels."""
        results: dict[int, ExplainedLabels] = {}
        for language, weights in self._languages.items():
            chosen = [at for at, one in enumerate(conversations) if self._language(one) == language]
            for part in _portions(chosen, conversations):
                batch = [conversations[at] for at in part]
                results.update(zip(part, self._explain(batch, language, weights), strict=True))
        return [results[at] for at in range(len(conversations))]

    def _explain(
        self, batch: Sequence[ConversationLike], language: str, weights: LanguageWeights
    ) -> list[ExplainedLabels]:
        reading = read(batch, weights.vocabulary)
        explainer = Explainer(batch, reading, weights, partial(self._direction, language))
        labels = labels_from(score_reading(reading, weights), batch, weights.arrays)
        return [
            ExplainedLabels(labels=one, words=partial(explainer.words, at)) for at, one in enumerate(labels)
        ]

    def _direction(self, language: str, speaker: str, label: str) -> Floats:
        # Derived from the weights alone, and the same for every conversation: looked up hundreds of times a batch.
        key = (language, speaker, label)
        if key not in self._directions:
            self._directions[key] = direction(self._languages[language], speaker, label)
        return self._directions[key]

    def _language(self, conversation: ConversationLike) -> str:
        language = conversation.language
        return language if language in self._languages else next(iter(self._languages))


def _portions(chosen: list[int], conversations: Sequence[ConversationLike]) -> list[list[int]]:
    portions: list[list[int]] = []
    turns = TURNS_AT_ONCE
    for at in chosen:
        if turns >= TURNS_AT_ONCE:
            portions.append([])
            turns = 0
        portions[-1].append(at)
        turns += len(conversations[at].turns)
    return portions


def labels_from(
    scores: Scores, conversations: Sequence[ConversationLike], arrays: dict[str, Floats]
) -> list[ConversationLabels]:
    """Blend the members' scores of a batch into calibrated labels."""
    layout = scores.layout
    turns: list[list[TurnLabels]] = [[{} for _ in one.turns] for one in conversations]
    for group, heads in HEADS.items():
        rows = rows_of(group, layout)
        places = list(zip(layout.conversation[rows].tolist(), layout.turn[rows].tolist(), strict=True))
        for head in heads:
            said = blend(head, scores.turns[group, head.name], arrays[f"blend.{group}.{head.name}"])
            for (conversation, turn), row in zip(places, said.tolist(), strict=True):
                _put(turns[conversation][turn], head, row)
    outcomes = {
        head.name: blend(head, scores.outcome[head.name], arrays[f"blend.outcome.{head.name}"]).tolist()
        for head in OUTCOME_HEADS
    }
    present = np.bincount(layout.conversation, minlength=len(conversations)) > 0
    return [
        ConversationLabels(turns=tuple(labels), outcome=_outcome(outcomes, at) if present[at] else {})
        for at, labels in enumerate(turns)
    ]


def _put(labels: TurnLabels, head: Head, row: list[float]) -> None:
    if head.values:
        labels[head.name] = dict(zip(head.values, row, strict=True))
    elif head.name in VIOLATIONS:
        violation: Distribution = labels.setdefault("violation", {})  # type: ignore[assignment]
        violation[head.name] = row[0]
    else:
        labels[head.name] = row[0]


def _outcome(outcomes: dict[str, list[list[float]]], at: int) -> dict[str, Distribution]:
    return {name: dict(zip(OUTCOME_LEVELS, rows[at], strict=True)) for name, rows in outcomes.items()}
