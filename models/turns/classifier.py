"""Turns to label distributions: linear heads and small recurrent networks over hashed n-grams, blended."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from models.interfaces import ConversationLabels, ConversationLike, ExplainedLabels
from models.turns.explaining import Explainer, direction
from models.turns.labelling import labels_from
from models.turns.reading import read
from models.turns.scoring import score_reading
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
