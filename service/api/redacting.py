"""What people write is redacted before it is kept, as what was said is."""

from grader.conversation import Conversation, Turn
from service.api.state import State


def redacted(service: State, text: str) -> str:
    """Give a comment, grounds or a reason without personal data."""
    said = Conversation(id="text", turns=(Turn(speaker="agent", text=text),))
    return service.graders.weights.redactor.redact([said])[0].conversation.turns[0].text
