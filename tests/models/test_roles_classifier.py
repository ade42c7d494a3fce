"""Who speaks: obvious turns, in both languages, with and without punctuation."""

import pytest

from grader.text import fold
from models import roles
from models.roles import LinearRoleClassifier


@pytest.fixture(scope="module")
def classifier() -> LinearRoleClassifier:
    """Load the shipped weights."""
    return roles.load()


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("您好，很高兴为您服务，请问有什么可以帮您？", "agent"),
        ("您好请问有什么可以帮您", "agent"),
        ("非常抱歉给您带来不便我们会尽快为您处理", "agent"),
        ("我的快递怎么还没到，都一个星期了", "customer"),
        ("我要投诉你们太坑了", "customer"),
        ("thank you for calling how can i help you today", "agent"),
        ("Could you please provide your order number so I can check it for you?", "agent"),
        ("i have been waiting for two weeks and my parcel still hasn't arrived", "customer"),
        ("my internet keeps dropping i'm fed up with you", "customer"),
    ],
)
def test_obvious_turns_are_attributed(classifier: LinearRoleClassifier, text: str, speaker: str) -> None:
    """Greetings and offers are the agent's, complaints the customer's."""
    assert (classifier.predict([fold(text)])[0] > 0.5) is (speaker == "agent")


def test_a_turn_without_known_words_is_nobodys(classifier: LinearRoleClassifier) -> None:
    """Empty text and emoji give even odds."""
    assert classifier.predict(["", "   ", "\U0001f9ff"]) == [0.5, 0.5, 0.5]


def test_a_batch_is_its_texts(classifier: LinearRoleClassifier) -> None:
    """Together or alone, a turn gets the same probability."""
    texts = ["您好", "my parcel", "", "退款" * 10_000] * 600
    together = classifier.predict(texts)
    assert together[:4] == pytest.approx([classifier.predict([text])[0] for text in texts[:4]])
    assert together[-4:] == pytest.approx(together[:4])
    assert all(0 <= one <= 1 for one in together)
    assert classifier.predict([]) == []
