"""Rewordings that must not change a label."""

import pytest

from grader.conversation import Conversation, Turn
from models.interfaces import ConversationLabels
from training.robustness import flip_rates, swapped_identity


class Echo:
    """A classifier that calls empathy wherever the text holds a full stop."""

    name = "echo-1"

    def predict(self, conversations: list[Conversation]) -> list[ConversationLabels]:
        """Label by the full stop."""
        return [
            ConversationLabels(
                turns=tuple(
                    {"empathy": {"0": 0.0, "1": 1.0} if "." in t.text else {"0": 1.0, "1": 0.0}}
                    for t in one.turns
                ),
                outcome={},
            )
            for one in conversations
        ]

    def explain(self, conversation: Conversation, turn: int, label: str) -> tuple[int, int]:
        """Explain nothing."""
        return 0, 0


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("王先生在北京", "陈女士在成都"),
        ("his wife is in london", "her husband is in leeds"),
        ("the other shelf", "the other shelf"),
    ],
)
def test_identities_are_exchanged(text: str, swapped: str) -> None:
    """Gender words, surnames and regions change into their counterparts and back; parts of words do not."""
    assert swapped_identity(text) == swapped
    assert swapped_identity(swapped) == text


def test_flips_are_counted_where_the_text_changes() -> None:
    """A classifier that hangs on a full stop flips for punctuation in one of the two turns that have marks."""
    turns = (
        Turn(speaker="agent", text="好."),
        Turn(speaker="agent", text="好,好"),
        Turn(speaker="agent", text="好"),
    )
    rates = flip_rates(Echo(), [Conversation(id="1", turns=turns)])
    assert rates["punctuation"] == (0.5, 2)
    assert rates["swapped identity"] == (0.0, 0)
