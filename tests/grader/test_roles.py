"""Voices are told apart as agent and customer by what they say."""

import pytest

from grader.conversation import Conversation, Turn
from grader.roles import attribute


class Scripted:
    """A role classifier that knows two words; the real one is tested with its weights in tests/models."""

    def predict(self, texts: list[str]) -> list[float]:
        """Know agents by 客服 and customers by 客户."""
        return [0.9 if "客服" in text else 0.1 if "客户" in text else 0.5 for text in texts]


def _conversation(*turns: tuple[str | None, str], **fields: object) -> Conversation:
    return Conversation(
        id="c",
        turns=tuple(Turn(speaker="unknown", voice=voice, text=text) for voice, text in turns),
        **fields,
    )


def _roles(conversation: Conversation) -> tuple[list[str], float | None]:
    (attributed,) = attribute([conversation], Scripted())
    return [turn.speaker for turn in attributed.turns], attributed.role_confidence


def test_the_voice_that_speaks_like_an_agent_is_the_agent() -> None:
    """Every turn of one voice gets that voice's role, also those which tell nothing by themselves."""
    roles, confidence = _roles(
        _conversation(("left", "客服"), ("right", "嗯"), ("left", "嗯"), ("right", "客户"))
    )
    assert roles == ["agent", "customer", "agent", "customer"]
    assert confidence is not None
    assert confidence > 0.9


def test_two_voices_are_never_two_agents() -> None:
    """Of two voices that both speak like agents the likelier one is the agent, with little confidence."""
    roles, confidence = _roles(_conversation(("a", "客服"), ("a", "客服"), ("b", "客服")))
    assert roles == ["agent", "agent", "customer"]
    assert confidence is not None
    assert confidence < 0.9


def test_nothing_said_leaves_the_roles_a_coin_toss() -> None:
    """Voices that say nothing telling get a role with confidence one half."""
    assert _roles(_conversation(("a", "嗯"), ("b", "嗯")))[1] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("told", "roles"), [("left", ["agent", "customer"]), ("right", ["customer", "agent"])]
)
def test_a_stated_channel_settles_it(told: str, roles: list[str]) -> None:
    """The metadata's agent channel beats the words."""
    conversation = _conversation(("left", "客户"), ("right", "嗯"), metadata={"agent_channel": told})
    assert _roles(conversation) == (roles, 1.0)


def test_a_third_voice_may_be_a_second_agent() -> None:
    """After a transfer the colleague's voice is an agent's too."""
    roles, _ = _roles(_conversation(("a", "客服"), ("b", "客户"), ("c", "客服")))
    assert roles == ["agent", "customer", "agent"]


def test_turns_without_a_voice_are_judged_one_by_one() -> None:
    """Captions that name nobody are attributed turn by turn."""
    roles, _ = _roles(_conversation((None, "客服"), (None, "客户"), (None, "客服")))
    assert roles == ["agent", "customer", "agent"]


def test_known_speakers_stay() -> None:
    """A conversation whose source says who speaks passes untouched."""
    conversation = Conversation(id="c", turns=(Turn(speaker="customer", text="客服"),))
    assert attribute([conversation], Scripted()) == [conversation]
