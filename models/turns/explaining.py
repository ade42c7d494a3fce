"""Which words of a turn speak for a label: looked up once a conversation, for as many turns and labels as are asked."""

from collections.abc import Callable
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.interfaces import ConversationLike
from models.turns.concepts import ConceptSpans, concept_spans
from models.turns.evidence import clause_with_most, label_columns, one_clause
from models.turns.layout import PLACE
from models.turns.ngrams import occurrences
from models.turns.weights import LanguageWeights

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]

FEW: Final = 24
"""Characters of a turn within one clause that need no narrowing: all of it is shown."""


class Direction(NamedTuple):
    """What speaks for a label rather than against it."""

    ngrams: Floats
    """The value of each n-gram of the vocabulary, of full weight."""
    concepts: Floats
    """The value of each concept."""


def direction(weights: LanguageWeights, speaker: str, label: str) -> Direction:
    """Give what speaks for a label in the turns of a speaker.

    Raises:
        KeyError: turns of ``speaker`` have no such label.
    """
    group, columns, sign = label_columns(speaker, label)
    return Direction(
        ngrams=weights.arrays[f"linear.{group}.ngrams"][:, columns] @ sign,
        concepts=weights.arrays[f"linear.{group}.surroundings"][PLACE:, columns] @ sign,
    )


class _Ngrams(NamedTuple):
    """The n-grams of a conversation's turns, one turn after the other."""

    starts: Positions
    ends: Positions
    columns: Positions
    scale: Floats
    """How much each counts, 0 for unknown ones: those of a turn have length 1."""
    first: Positions
    """Where each turn's begin, and where the last one's end."""


class Explainer:
    """Explains the labels of one redacted and folded conversation from the linear weights."""

    def __init__(
        self,
        conversation: ConversationLike,
        weights: LanguageWeights,
        direction_of: Callable[[str, str], Direction],
    ) -> None:
        self._turns = conversation.turns
        self._vocabulary = weights.vocabulary
        self._direction_of = direction_of
        self._concepts: dict[int, ConceptSpans] = {}

    def __call__(self, turn: int, label: str) -> tuple[int, int]:
        """Give the span of a turn that speaks most for a label: character offsets, a clause or few words of it.

        Args:
            turn: Index of the turn.
            label: A label of the codebook (then for having it at all; ``courtesy``: for being courteous;
                ``emotion``: for displeasure), the code of a violation, or ``label=level``.

        Returns:
            Start and end; (0, 0) for a turn without words.

        Raises:
            KeyError: turns of this speaker have no such label.
        """
        said = self._turns[turn]
        towards = self._direction_of(said.speaker, label)
        if alone := one_clause(said.text, FEW):
            return alone
        found = self._ngrams
        own = slice(int(found.first[turn]), int(found.first[turn + 1]))
        if turn not in self._concepts:
            self._concepts[turn] = concept_spans(said.text)
        spans = self._concepts[turn]
        return clause_with_most(
            said.text,
            np.concatenate([found.starts[own], spans.starts]),
            np.concatenate([found.ends[own], spans.ends]),
            np.concatenate(
                [
                    towards.ngrams[found.columns[own]] * found.scale[own],
                    towards.concepts[spans.concepts] * spans.shares,
                ]
            ),
        )

    @cached_property
    def _ngrams(self) -> _Ngrams:
        texts = [turn.text for turn in self._turns]
        mixed = occurrences(texts, self._vocabulary.options)
        order = np.argsort(mixed.rows, kind="stable")
        rows = mixed.rows[order]
        columns, known = self._vocabulary.locate(mixed.hashes[order])
        weight = self._vocabulary.idf[columns] * known
        length = np.sqrt(np.bincount(rows, weight * weight, minlength=len(texts)))
        return _Ngrams(
            starts=mixed.starts[order],
            ends=mixed.ends[order],
            columns=columns,
            scale=(weight / np.maximum(length, 1.0)[rows]).astype(np.float32),
            first=np.searchsorted(rows, np.arange(len(texts) + 1)),
        )
