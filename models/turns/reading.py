"""A batch of conversations as the members read it, and the explainer after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.interfaces import ConversationLike
from models.turns.layout import Layout, lay_out
from models.turns.ngrams import Ngrams, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What stands in a batch."""

    conversations: int
    """How many there are."""
    layout: Layout
    ngrams: Ngrams
    """Of the layout's texts."""
    features: Any
    """The n-grams as TF-IDF rows, a turn of the layout each."""


def read(conversations: Sequence[ConversationLike], vocabulary: Vocabulary) -> Reading:
    """Read a batch of redacted, folded conversations."""
    layout = lay_out(conversations)
    ngrams = vocabulary.find(layout.texts)
    return Reading(
        conversations=len(conversations), layout=layout, ngrams=ngrams, features=vocabulary.weigh(ngrams)
    )
