"""No two conversations of a run with the same id: grades are told apart by it."""

from collections import Counter

from grader.conversation import Conversation
from grader.problems import Problem


class Identities:
    """Remembers the ids of a run, and of each where it was first and what was said."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, str | None, int]] = {}
        self._numbers: Counter[str] = Counter()

    def admit(
        self, conversation: Conversation, *, derived: bool, source: str, place: str | None
    ) -> Conversation | Problem:
        """Let a conversation pass; one whose id was given before is a problem, one whose id was derived gets another."""
        if derived and conversation.id in self._seen:
            conversation = self._renamed(conversation)
        said = hash(
            (
                conversation.recording,
                tuple((t.speaker, t.text, t.start, t.sent_at) for t in conversation.turns),
            )
        )
        if conversation.id not in self._seen:
            self._seen[conversation.id] = (source, place, said)
            return conversation
        first_source, first_place, first_said = self._seen[conversation.id]
        first = ", ".join(part for part in (first_source, first_place) if part)
        same = said == first_said
        return Problem(
            source=source,
            place=place,
            problem=f"The id {conversation.id} was already given in {first}, with {'the same' if same else 'other'} content.",
            remedy="Remove the copy; it was left out."
            if same
            else "Give each its own id; the later was left out.",
        )

    def _renamed(self, conversation: Conversation) -> Conversation:
        other = conversation.id
        while other in self._seen:
            self._numbers[conversation.id] += 1
            other = f"{conversation.id}#{self._numbers[conversation.id] + 1}"
        remark = f"Another file is named {conversation.id} too; the id was numbered."
        return conversation.model_copy(update={"id": other, "remarks": (*conversation.remarks, remark)})
