"""Criteria are calibrated on verdicts about conversations that the classifier did not see."""

from dataclasses import replace

import numpy as np
import pytest

from grader.calibration import Calibration
from grader.conversation import Conversation, Turn
from grader.scorecard import fingerprint, load
from models.interfaces import ConversationLabels, TurnLabels
from training.automation import automation
from training.corpus import ConversationGold, TurnGold
from training.criteria import CriterionFigures, fit_calibration, noise_sensitivity
from training.judged import collect
from training.predicted import Predicted

CARD = load("service-zh")
TURNS = (
    Turn(speaker="customer", text="灯坏了，一打开就闪，孩子都没法写作业"),
    Turn(speaker="agent", text="请您拍一张照片给我。"),
)


def _predicted(
    number: int, *, said: float, empathic: bool, violation: bool = False, text: str = ""
) -> Predicted:
    """A conversation in which the classifier sees empathy with probability ``said``, and people see it or not."""
    level = {"0": 1 - said, "1": said, "2": 0.0}
    sure = {"0": 0.0, "1": 1.0, "2": 0.0}
    labels = ConversationLabels(
        turns=(
            {
                "emotion": {"-2": 0.0, "-1": 0.9, "0": 0.1, "1": 0.0},
                "escalation": 0.0,
                "resolved": 0.0,
                "problem": 1.0,
            },
            {
                "empathy": level,
                "solution": sure,
                "follow_up": sure,
                "courtesy": sure,
                "violation": {"rude": 0.2},
            },
        ),
        outcome={},
    )
    gold = ConversationGold(
        turns=(
            TurnGold(
                levels={"emotion": "-1"},
                flags={"escalation": False, "resolved": False},
                violations=None,
                nugget=None,
            ),
            TurnGold(
                levels={"empathy": str(int(empathic)), "solution": "1", "follow_up": "1", "courtesy": "1"},
                flags={},
                violations=frozenset({"rude"} if violation else ()),
                nugget=None,
            ),
        ),
        outcome={},
        problem=True,
    )
    turns = (TURNS[0], TURNS[1].model_copy(update={"text": text or TURNS[1].text}))
    conversation = Conversation(id=f"c-{number}", language="zh", turns=turns)
    return Predicted(conversation=conversation, labels=labels, gold=gold, source="stc3", fold=number % 5)


@pytest.fixture(scope="module")
def overconfident() -> list[Predicted]:
    """A classifier that says .99 or .01 where people agree with it in only 80 %."""
    chance = np.random.default_rng(3)
    return [
        _predicted(n, said=0.99 if n % 2 else 0.01, empathic=bool((n % 2) == (chance.random() < 0.8)))
        for n in range(1000)
    ]


@pytest.fixture(scope="module")
def fitted(overconfident: list[Predicted]) -> tuple[Calibration, list[CriterionFigures]]:
    """The calibration of that classifier's verdicts."""
    return fit_calibration(overconfident, overconfident, name="test")


def test_overconfidence_is_taken_back(fitted: tuple[Calibration, list[CriterionFigures]]) -> None:
    """What is right in 80 % of the cases is said with a probability near .8, and known by its definition."""
    calibration, figures = fitted
    empathy = next(c for c in CARD.criteria if c.id == "empathy")
    key = fingerprint(CARD, empathy)
    assert calibration.probability(key, 0.99) == pytest.approx(0.8, abs=0.04)
    assert calibration.probability(key, 0.01) == pytest.approx(0.2, abs=0.04)
    (figure,) = [f for f in figures if f.id == "empathy"]
    # The classifier's own probabilities are off by .19.
    assert figure.ece < 0.06
    assert figure.error == pytest.approx(0.2, abs=0.04)


def test_what_cannot_keep_the_promise_is_not_answered(
    fitted: tuple[Calibration, list[CriterionFigures]],
) -> None:
    """With one verdict in five wrong and nothing to tell which, no conversation is answered automatically."""
    assert next(f.coverage for f in fitted[1] if f.id == "empathy") == 0


def test_rules_do_not_judge_themselves() -> None:
    """A text rule that fires where people saw no violation counts as the mistake it is."""
    text = "请把验证码告诉我"
    cases = collect([_predicted(1, said=0.5, empathic=True, text=text)], CARD)["compliance"]
    assert cases.met[0] < 0.5
    assert cases.gold.met[0]


def test_a_verdict_where_none_is_due_is_wrong() -> None:
    """Where a problem is seen that people do not see half the time, half the verdicts on empathy are wrong, and known to be."""
    found = [_disputed(n, problem=n % 2 == 0, said=n % 10 > 0, empathic=n % 4 > 0) for n in range(400)]
    calibration, figures = fit_calibration(found, found, name="test")
    (empathy,) = [f for f in figures if f.id == "empathy"]
    assert (empathy.applies, empathy.met) == (0.5, 0.5)
    assert empathy.error > 0.4
    assert empathy.applies_ece is not None
    assert empathy.applies_ece < 0.1
    assert empathy.coverage == 0
    key = fingerprint(CARD, next(c for c in CARD.criteria if c.id == "empathy"))
    assert calibration.probability(key, 0.9, question="applies") == pytest.approx(0.5, abs=0.1)


def _disputed(number: int, *, problem: bool, said: bool, empathic: bool) -> Predicted:
    """A conversation in which the classifier sees a problem, and people see one or not."""
    one = _predicted(number, said=0.95 if empathic else 0.05, empathic=empathic)
    customer: TurnLabels = {**one.labels.turns[0], "problem": 0.9 if said else 0.1}
    return one._replace(
        labels=ConversationLabels(turns=(customer, one.labels.turns[1]), outcome={}),
        gold=replace(one.gold, problem=problem),
    )


def test_where_nobody_told_of_the_problem_empathy_is_not_judged() -> None:
    """A conversation of which it is not known whether there is a problem teaches what does not depend on it."""
    one = _predicted(1, said=0.5, empathic=True)
    cases = collect([one._replace(gold=replace(one.gold, problem=None))], CARD)
    assert not {"empathy", "script"} & cases.keys()
    assert {"solution", "compliance"} <= cases.keys()


def test_people_of_another_language_teach_nothing() -> None:
    """A scorecard is calibrated on conversations in its own language."""
    assert collect([_predicted(1, said=0.5, empathic=True)], load("service-en")) == {}


def test_noise_that_turns_verdicts_makes_words_count() -> None:
    """Where misheard words turn verdicts the log-odds lose more than where they change nothing."""
    written = [_predicted(n, said=0.95 if n % 2 else 0.05, empathic=True) for n in range(200)]
    turned = [_predicted(n, said=0.95 if (n % 2) == (n % 7 > 0) else 0.05, empathic=True) for n in range(200)]
    same, other = (noise_sensitivity(written, part, CARD)["empathy"]["met"] for part in (written, turned))
    assert same < 0.5
    assert other > 5


def test_a_conversation_is_answered_where_nothing_in_it_is_in_doubt() -> None:
    """By thresholds that other folds taught; a fatal fault goes to a person, and a wrong verdict among the answered counts."""
    found = [_clean(n, said=0.99 if n % 2 else 0.01, empathic=n % 2 == 1) for n in range(1000)]
    assert _automation(found) == (1000, 1000, 0)
    mistaken, unsure = _clean(1001, said=0.99, empathic=False), _clean(1002, said=0.5, empathic=True)
    assert _automation([*found, mistaken, unsure]) == (1002, 1001, 1)
    fatal = _clean(1003, said=0.99, empathic=True, text="请把验证码告诉我")
    assert _automation([*found, fatal]) == (1001, 1000, 0)


def _automation(found: list[Predicted]) -> tuple[int, int, int]:
    (counted,) = automation(found, CARD, error_rate=0.05, confidence=0.9)
    return counted.conversations, counted.answered, counted.wrong


def _clean(number: int, *, said: float, empathic: bool, text: str = "") -> Predicted:
    """A conversation in which the classifier sees no violation at all."""
    one = _predicted(number, said=said, empathic=empathic, text=text)
    agent: TurnLabels = {**one.labels.turns[1], "violation": {"rude": 0.0}}
    return one._replace(labels=ConversationLabels(turns=(one.labels.turns[0], agent), outcome={}))
