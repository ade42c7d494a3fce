"""A conversation with what weights that never saw it say of it; needs nothing that fits."""

from typing import NamedTuple

from grader.conversation import Conversation
from models.interfaces import ConversationLabels
from training.corpus import ConversationGold


class Predicted(NamedTuple):
    """A conversation with what is said of it by weights that never saw it, and what is known of it."""

    conversation: Conversation
    """Redacted, not folded."""
    labels: ConversationLabels
    gold: ConversationGold
    source: str
    """``stc3``, ``corrections``, or the name of the written file."""
    fold: int
    provenance: str = ""
    """Whose codebook labels are known."""
