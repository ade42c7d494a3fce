"""Whether the customer brings a problem: what is plain, where it is told, and who else is in the batch."""

from typing import Any

import numpy as np
import pytest

from grader.conversation import Conversation, Turn
from grader.text import fold
from models import turns
from models.turns.classifier import BlendedTurnClassifier
from models.turns.heads import HEADS, PROBLEM
from models.turns.layout import lay_out, rows_of
from models.turns.problem import COLUMNS, problem_features


@pytest.fixture(scope="module")
def classifier() -> BlendedTurnClassifier:
    """Load the shipped weights."""
    return turns.load()


def talk(language: str, *said: str) -> Conversation:
    """Make a folded conversation of turns written as ``c: text`` or ``a: text``."""
    speakers: dict[str, Any] = {"c": "customer", "a": "agent"}
    made = [Turn(speaker=speakers[one[0]], text=fold(one[3:])) for one in said]
    return Conversation(id="t", channel="chat", language=language, turns=tuple(made))


def told(classifier: BlendedTurnClassifier, *conversations: Conversation) -> list[list[float]]:
    """Give by conversation what its customer turns have of the label."""
    labels = classifier.predict(conversations)
    return [[float(turn[PROBLEM]) for turn in one.turns if PROBLEM in turn] for one in labels]


FAULTS = [
    talk("zh", "c: 你好", "a: 您好", "c: 洗衣机用了两天就不转了，你们什么时候来修", "a: 请您说一下型号"),
    talk("zh", "c: 我买的杯子寄到就碎了", "a: 给您重发一个", "c: 好的谢谢"),
    talk(
        "en",
        "c: hi",
        "a: Hello, how can I help?",
        "c: my router has been offline since monday and nobody came",
    ),
    talk("en", "c: you charged my card twice for the same order", "a: Let me check that for you."),
]
NO_FAULTS = [
    talk("zh", "c: 请问你们周六几点开门", "a: 早上九点", "c: 好的谢谢"),
    talk("zh", "c: 想表扬一下昨天上门的师傅，人特别好，谢谢你们", "a: 谢谢您的认可"),
    talk("en", "c: what time do you open on saturday", "a: At nine.", "c: great thanks"),
    talk("en", "c: just wanted to say your driver was lovely, thank you", "a: That is kind of you."),
]


def test_plain_cases_are_told_apart(classifier: BlendedTurnClassifier) -> None:
    """Faults and losses are problems, however calmly told, and each likelier one than any enquiry or praise."""
    faults, others = ([max(chances) for chances in told(classifier, *talks)] for talks in (FAULTS, NO_FAULTS))
    assert min(faults) > 0.5
    assert max(others) < min(faults)


def test_it_stands_on_the_turn_that_tells_it(classifier: BlendedTurnClassifier) -> None:
    """One customer turn has the whole probability: the one about the fault, not the greeting before it."""
    greeting, fault = told(classifier, FAULTS[0])[0]
    assert greeting == 0
    assert fault > 0.5


def test_the_agent_has_no_say(classifier: BlendedTurnClassifier) -> None:
    """Whether the agent is sorry changes nothing: who shows no empathy is not excused from it."""
    sorry, curt = (
        talk("zh", "c: 我买的杯子寄到就碎了", f"a: {said}", "c: 嗯")
        for said in ("非常抱歉给您带来不便，24小时内给您回电", "哦")
    )
    one, other = told(classifier, sorry, curt)
    assert one[0] == pytest.approx(other[0], abs=0.05)


def test_company_changes_nothing(classifier: BlendedTurnClassifier) -> None:
    """A batch, with conversations in which the customer or nobody speaks, gives what each alone gives."""
    silent = [talk("zh", "a: 您好"), talk("zh")]
    together = told(classifier, *silent, *FAULTS, *NO_FAULTS)
    alone = [chances for one in (*silent, *FAULTS, *NO_FAULTS) for chances in told(classifier, one)]
    assert together[:2] == [[], []]
    for one, other in zip(together, alone, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_columns_are_those_of_the_whole_conversation() -> None:
    """A row a conversation with a customer; the greatest and the first displeasure are what the turns say."""
    layout = lay_out([talk("zh", "a: 您好"), talk("zh", "c: 你好", "a: 您好", "c: 坏了", "c: 怎么办")])
    said = {
        (group, head.name): np.full((len(rows_of(group, layout)), head.width), 1 / head.width)
        for group, heads in HEADS.items()
        for head in heads
    }
    said["customer", "emotion"] = np.array([[0, 0.1, 0.9, 0], [0.3, 0.6, 0.1, 0], [0, 0.2, 0.7, 0.1]])
    owners, columns = problem_features(layout, said)
    assert owners.tolist() == [1]
    assert columns.shape == (1, COLUMNS)
    greatest, summed, first, opening = columns[0, -10:-6]
    assert greatest == opening == pytest.approx(np.log(9))
    assert summed == pytest.approx(1.2)
    assert first == pytest.approx(-np.log(9))
