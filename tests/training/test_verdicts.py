"""Verdicts on compliance as they are measured, and false hits on real turns."""

import numpy as np
import pytest

from grader.conversation import Conversation, Turn
from grader.scorecard import load
from models.interfaces import ConversationLabels, TurnLabels
from training.corpus import ConversationGold, TurnGold
from training.predicted import Predicted
from training.prevalence import calibration_weights
from training.verdicts import called_failed, f1, false_hits

CARD = load("service-zh")


LEVELS = ("empathy", "solution", "follow_up", "courtesy")


def said(number: int, probability: float, source: str, *, bad: bool) -> Predicted:
    """Make a conversation of one agent turn with one violation probability."""
    violations = frozenset({"rude"} if bad else ())
    gold = TurnGold(levels=dict.fromkeys(LEVELS, "1"), flags={}, violations=violations, nugget=None)
    turn: TurnLabels = {label: {"0": 0.0, "1": 1.0, "2": 0.0} for label in LEVELS}
    turn["violation"] = {"rude": probability, "blame": 0.0}
    return Predicted(
        conversation=Conversation(id=str(number), language="zh", turns=(Turn(speaker="agent", text="您好"),)),
        labels=ConversationLabels(turns=(turn,), outcome={}),
        gold=ConversationGold(turns=(gold,), outcome={}),
        source=source,
        fold=number % 5,
    )


def test_what_is_plain_is_called_rightly() -> None:
    """With clean turns at .1 and bad ones at .9, every written conversation gets the verdict it should have."""
    good = [said(number, 0.1, "dev_zh", bad=False) for number in range(60)]
    bad = [said(number, 0.9, "dev_zh", bad=True) for number in range(20)]
    judged, called = called_failed(good + bad, CARD)
    assert [not one.gold["compliance"].met for one in judged] == called.tolist()


def test_pairs_do_not_make_faults_common() -> None:
    """Written in pairs, half of the project's own fail; the verdicts are calibrated for a quarter of them."""
    chance = np.random.default_rng(0)
    good = [said(number, float(p), "own", bad=False) for number, p in enumerate(chance.beta(2, 4, 600))]
    bad = [said(number, float(p), "own", bad=True) for number, p in enumerate(chance.beta(4, 2, 600))]
    rare = good + bad[:200]
    shares = [called_failed(part, CARD)[1][: len(good)].mean() for part in (good + bad, rare)]
    assert shares[0] == pytest.approx(shares[1], abs=0.02)


def test_the_data_folder_is_taken_as_it_is() -> None:
    """Only the project's own conversations are weighed, and only for a criterion that can be fatal."""
    gold = np.array([True, False, False, False])
    own = np.array([False, False, True, True])
    compliance, empathy = (
        next(one for one in CARD.criteria if one.id == name) for name in ("compliance", "empathy")
    )
    assert calibration_weights(compliance, gold, own).tolist() == [1, 1, 1, 1]
    gold[2] = True
    assert calibration_weights(compliance, gold, own).tolist() == [1, 1, 1.5, 0.5]
    assert calibration_weights(empathy, gold, own).tolist() == [1, 1, 1, 1]


def test_false_hits_are_clean_real_turns_that_are_likely_violations() -> None:
    """Written turns and turns with a violation are none; two halves make one likely one."""
    both = said(4, 0.4, "stc3", bad=False)._replace(
        labels=ConversationLabels(turns=({"violation": {"rude": 0.4, "blame": 0.5}},), outcome={})
    )
    predicted = [
        said(1, 0.9, "stc3", bad=False),
        said(2, 0.9, "stc3", bad=True),
        said(3, 0.9, "dev_zh", bad=False),
        both,
        said(5, 0.4, "stc3", bad=False),
    ]
    assert false_hits(predicted).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("gold", "called", "value"),
    [([1, 1, 0], [1, 0, 0], 2 / 3), ([1, 0], [1, 0], 1.0), ([0, 0], [0, 0], 0.0), ([1], [0], 0.0)],
)
def test_f1(gold: list[int], called: list[int], value: float) -> None:
    """Two hits shared over all that is or is called."""
    assert f1(np.array(gold, dtype=bool), np.array(called, dtype=bool)) == pytest.approx(value)
