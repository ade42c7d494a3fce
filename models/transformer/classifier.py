"""Turns to label distributions by a transformer encoder, run with onnxruntime."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from models.interfaces import ConversationLabels, ConversationLike, ExplainedLabels, TurnLike
from models.transformer.scoring import OUTCOME_WIDTH, WIDTHS, scores_of
from models.transformer.tokens import Tokens, arrange, tokenize
from models.transformer.weights import GRAPH, TOKENIZER, EncoderWeights
from models.turns.evidence import Clauses, label_columns, one_clause
from models.turns.heads import PROBLEM
from models.turns.labelling import labels_from
from models.turns.layout import SPEAKERS, lay_out
from models.turns.scoring import Scores

Floats = npt.NDArray[np.float32]

TURNS_AT_ONCE: Final = 64
"""Turns of one run of the graph, about: longer batches are padded more and take more memory."""

FEW: Final = 24
"""Characters of a turn within one clause that need no narrowing."""


class EncoderTurnClassifier:
    """Satisfies ``models.interfaces.TurnClassifier``; texts are redacted and folded."""

    def __init__(self, weights: EncoderWeights) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._weights = weights
        self._tokenizer: Any = Tokenizer.from_file(str(weights.folder / TOKENIZER))
        self._session = onnxruntime.InferenceSession(
            str(weights.folder / GRAPH), options, providers=["CPUExecutionProvider"]
        )

    @property
    def name(self) -> str:
        """The weights' name."""
        return self._weights.name

    def predict(self, conversations: Sequence[ConversationLike]) -> list[ConversationLabels]:
        """Label a batch, in order; a language that the weights do not know is read as their first one."""
        found: list[ConversationLabels] = []
        for batch in _portions(conversations):
            found += self._labelled(batch)
        return found

    def explain(self, conversations: Sequence[ConversationLike]) -> list[ExplainedLabels]:
        """Label a batch, and say which clause of a turn speaks most for a label: the one without which it is least likely.

        Occlusion (Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014), by clauses.
        """
        labels = self.predict(conversations)
        return [
            ExplainedLabels(labels=one, words=partial(self._words, conversation))
            for one, conversation in zip(labels, conversations, strict=True)
        ]

    def run(self, tokens: Tokens) -> tuple[Floats, Floats]:
        """Run the graph: turns x the columns of all groups, conversations x 15."""
        if not len(tokens.ids):
            return np.zeros((0, sum(WIDTHS.values())), np.float32), np.zeros((0, OUTCOME_WIDTH), np.float32)
        given = {"ids": tokens.ids, "mask": tokens.mask, "places": tokens.places}
        turns, outcome = self._session.run(None, given)
        return turns, outcome

    def _labelled(self, batch: Sequence[ConversationLike]) -> list[ConversationLabels]:
        scores = self._scores(batch)
        found: dict[int, ConversationLabels] = {}
        for language, blends in self._weights.blends.items():
            of_it = [at for at, one in enumerate(batch) if self._language(one) == language]
            if of_it:
                labelled = labels_from(scores, batch, blends)
                found |= {at: labelled[at] for at in of_it}
        return [found[at] for at in range(len(batch))]

    def _scores(self, batch: Sequence[ConversationLike]) -> Scores:
        layout = lay_out(batch)
        ids = tokenize(self._tokenizer, layout.texts)
        turns, outcome = self.run(arrange(ids, layout, self._weights.options))
        return scores_of(turns, outcome, layout, len(batch))

    def _language(self, conversation: ConversationLike) -> str:
        known = self._weights.blends
        language = conversation.language
        return language if language in known else next(iter(known))

    def _words(self, conversation: ConversationLike, turn: int, label: str) -> tuple[int, int]:
        said = conversation.turns[turn]
        # No head is about the problem itself; what displeases tells of it.
        label = "emotion" if label == PROBLEM else label
        group, _, sign = label_columns(said.speaker, label)
        if alone := one_clause(said.text, FEW):
            return alone
        spans = Clauses(said.text).spans
        if not spans:
            return 0, 0
        wordings = [said.text, *(said.text[:start] + said.text[end:] for start, end in spans)]
        scores = self._scores([_Reworded.of(conversation, turn, wording) for wording in wordings])
        worth = scores.turns[group, label.partition("=")[0]][0] @ sign
        return spans[int(worth[1:].argmin())]


@dataclass(frozen=True, slots=True)
class _Said:
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class _Reworded:
    """A turn in other words, after the one it answers."""

    channel: str
    language: str | None
    turns: tuple[TurnLike, ...]

    @classmethod
    def of(cls, conversation: ConversationLike, turn: int, wording: str) -> Self:
        said = conversation.turns[turn]
        answered = [
            one
            for one in conversation.turns[:turn]
            if one.speaker in SPEAKERS and one.speaker != said.speaker
        ][-1:]
        turns = (*answered, _Said(said.speaker, wording))
        return cls(conversation.channel, conversation.language, turns)


def _portions(conversations: Sequence[ConversationLike]) -> list[list[ConversationLike]]:
    """Cut a batch to about ``TURNS_AT_ONCE`` turns; conversations stay whole."""
    portions: list[list[ConversationLike]] = []
    turns = TURNS_AT_ONCE
    for conversation in conversations:
        if turns >= TURNS_AT_ONCE:
            portions.append([])
            turns = 0
        portions[-1].append(conversation)
        turns += len(conversation.turns)
    return portions
