"""Which words of a turn speak for a label: looked up in what the members read, for as many turns and labels as asked."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.interfaces import ConversationLike
from models.turns.concepts import CONCEPTS, concept_spans
from models.turns.evidence import Clauses, label_columns, one_clause
from models.turns.heads import PROBLEM
from models.turns.layout import PLACE
from models.turns.reading import Reading
from models.turns.weights import LanguageWeights

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]
Span = tuple[int, int]

FEW: Final = 24
"""Characters of a turn within one clause that need no narrowing: all of it is shown."""


def direction(weights: LanguageWeights, speaker: str, label: str) -> Floats:
    """Give what speaks for a label rather than against it: a value for each n-gram of full weight, then each concept.

    Raises:
        KeyError: turns of ``speaker`` have no such label.
    """
    if (speaker, label) == ("customer", PROBLEM):
        named = weights.arrays[f"{PROBLEM}.weight"][:CONCEPTS]
        return np.concatenate([np.zeros(len(weights.vocabulary.keys), np.float32), named])
    group, columns, sign = label_columns(speaker, label)
    ngrams = weights.arrays[f"linear.{group}.ngrams"][:, columns] @ sign
    concepts = weights.arrays[f"linear.{group}.surroundings"][PLACE:, columns] @ sign
    return np.concatenate([ngrams, concepts])


class _Features(NamedTuple):
    """What the linear heads see in a turn: its n-grams, then the places where it names a concept."""

    columns: Positions
    """Where a direction says what each is worth."""
    shares: npt.NDArray[np.float64]
    """How much of that each character gets: n-grams by their rarity, those of a turn with length 1 together; a concept
    once in all."""
    edges: Positions
    """One more than the offset where each begins, then one more than where each has ended."""
    clauses: Clauses


class _NgramsByTurn(NamedTuple):
    """The known n-grams of a batch, one turn after the other."""

    columns: Positions
    shares: npt.NDArray[np.float64]
    """How much each counts, a character."""
    starts: Positions
    ends: Positions
    first: list[int]
    """Where each turn's begin, and where the last one's end."""


class Explainer:
    """Explains the labels of a batch of redacted and folded conversations from the linear weights."""

    def __init__(
        self,
        conversations: Sequence[ConversationLike],
        reading: Reading,
        weights: LanguageWeights,
        direction_of: Callable[[str, str], Floats],
    ) -> None:
        self._conversations = conversations
        self._reading = reading
        self._idf = weights.vocabulary.idf
        self._direction_of = direction_of
        self._features: dict[tuple[int, int], _Features] = {}
        self._told: dict[tuple[int, int, str], Span] = {}

    def words(self, conversation: int, turn: int, label: str) -> Span:
        """Give the span of a turn that speaks most for a label: character offsets, a clause or few words of it.

        Args:
            conversation: Index of the conversation in the batch.
            turn: Index of the turn in it.
            label: A label of the codebook (then for having it at all; ``courtesy``: for being courteous;
                ``emotion``: for displeasure), the code of a violation, or ``label=level``.

        Returns:
            Start and end; (0, 0) for a turn without words.

        Raises:
            KeyError: turns of this speaker have no such label.
        """
        asked = (conversation, turn, label)
        if asked not in self._told:
            self._told[asked] = self._words(*asked)
        return self._told[asked]

    def _words(self, conversation: int, turn: int, label: str) -> Span:
        said = self._conversations[conversation].turns[turn]
        towards = self._direction_of(said.speaker, label)
        if alone := one_clause(said.text, FEW):
            return alone
        if (conversation, turn) not in self._features:
            self._features[conversation, turn] = self._read(conversation, turn)
        columns, shares, edges, clauses = self._features[conversation, turn]
        rises = towards[columns] * shares
        worth = np.bincount(edges, np.concatenate([rises, -rises]), len(said.text) + 2).cumsum()
        return clauses.with_most(worth.cumsum())

    def _read(self, conversation: int, turn: int) -> _Features:
        row = self._rows[conversation, turn]
        ngrams, layout = self._ngrams, self._reading.layout
        own = slice(ngrams.first[row], ngrams.first[row + 1])
        spans = concept_spans(layout.texts[row])
        lengths = np.maximum(spans.ends - spans.starts, 1)
        return _Features(
            columns=np.concatenate([ngrams.columns[own], spans.concepts + len(self._idf)]),
            shares=np.concatenate([ngrams.shares[own], spans.shares / lengths]),
            edges=np.concatenate([ngrams.starts[own], spans.starts, ngrams.ends[own], spans.ends]) + 1,
            clauses=Clauses(layout.texts[row]),
        )

    @cached_property
    def _rows(self) -> dict[tuple[int, int], int]:
        """Give the row of the layout for a conversation and a turn."""
        layout = self._reading.layout
        places = zip(layout.conversation.tolist(), layout.turn.tolist(), strict=True)
        return {place: row for row, place in enumerate(places)}

    @cached_property
    def _ngrams(self) -> _NgramsByTurn:
        found = self._reading.ngrams
        order = np.argsort(found.rows, kind="stable")
        rows, columns = found.rows[order], found.columns[order]
        rarity = self._idf[columns]
        length = np.sqrt(np.bincount(rows, rarity * rarity, found.texts))
        starts, ends = found.starts[order], found.ends[order]
        return _NgramsByTurn(
            columns=columns,
            shares=rarity / np.maximum(length, 1.0)[rows] / np.maximum(ends - starts, 1),
            starts=starts,
            ends=ends,
            first=np.searchsorted(rows, np.arange(found.texts + 1)).tolist(),
        )
