"""Voices are told apart as agent and customer by what they say."""

import pytest

from grader.conversation import Conversation, Speaker, Turn
from grader.roles import attribute
from grader.triage import MIN_ROLE_CONFIDENCE


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


def _beside(known: Speaker, *turns: tuple[str, str]) -> tuple[list[str], float | None]:
    """Attribute voices in a conversation in which the source named one speaker."""
    conversation = _conversation(("", ""), *turns)
    named = conversation.turns[0].model_copy(update={"speaker": known, "voice": None})
    roles, confidence = _roles(conversation.model_copy(update={"turns": (named, *conversation.turns[1:])}))
    return roles[1:], confidence


def test_beside_a_known_agent_two_customers_may_speak() -> None:
    """The likelier one of them is not made the agent."""
    roles, confidence = _beside("agent", ("老公", "嗯"), ("老婆", "客户"))
    assert roles == ["customer", "customer"]
    assert confidence == pytest.approx(0.982, abs=0.001)


def test_beside_a_known_agent_a_second_agent_may_speak() -> None:
    """A colleague is told by what is said, and for sure only by much of it."""
    roles, confidence = _beside("agent", *[("小李", "客服")] * 4, ("王芳", "客户"))
    assert roles == ["agent"] * 4 + ["customer"]
    assert confidence is not None
    assert confidence < MIN_ROLE_CONFIDENCE


@pytest.mark.parametrize(
    ("known", "said", "role", "confidence"),
    [
        ("customer", ["客服"], "agent", 0.998),
        ("customer", ["客户"] * 4, "agent", 0.5),
        ("agent", ["客户"], "customer", 0.998),
        ("agent", ["客服"] * 4, "customer", 0.5),
        ("bot", ["客户"], "customer", 0.9),
    ],
)
def test_the_only_other_speaker_has_the_other_role(
    known: Speaker, said: list[str], role: str, confidence: float
) -> None:
    """Whom the source leaves open is the one it misses; much that speaks against it makes it a coin toss."""
    roles, told = _beside(known, *[("王芳", text) for text in said])
    assert set(roles) == {role}
    assert told == pytest.approx(confidence, abs=0.001)


def test_known_speakers_stay() -> None:
    """A conversation whose source says who speaks passes untouched."""
    conversation = Conversation(id="c", turns=(Turn(speaker="customer", text="客服"),))
    assert attribute([conversation], Scripted()) == [conversation]
