"""The violation threshold: as many failed conversations as possible, hardly any false hit on real turns."""

from typing import Any

import numpy as np
import pytest

from grader.conversation import Conversation, Turn
from models.interfaces import ConversationLabels
from training.corpus import ConversationGold, TurnGold
from training.predictions import Predicted
from training.thresholds import choose_threshold, compliance, f1, false_hits, hits_out_of_fold


def said(number: int, probability: float, source: str, *, bad: bool) -> Predicted:
    """Make a conversation of one agent turn with one violation probability."""
    gold = TurnGold(levels={}, flags={}, violations=frozenset({"rude"} if bad else set()), nugget=None)
    compliant: Any = None if source == "stc3" else not bad
    return Predicted(
        conversation=Conversation(id=str(number), turns=(Turn(speaker="agent", text="您好"),)),
        labels=ConversationLabels(turns=({"violation": {"rude": probability, "blame": 0.0}},), outcome={}),
        gold=ConversationGold(turns=(gold,), outcome={}, compliant=compliant),
        source=source,
        fold=number % 5,
    )


def test_the_threshold_parts_good_from_bad() -> None:
    """With clean turns below .3 and bad ones above .6 it lies between, and nothing is judged wrongly."""
    real = [said(number, 0.1, "stc3", bad=False) for number in range(1000)]
    good = [said(number, 0.25, "dev_zh", bad=False) for number in range(20)]
    bad = [said(number, 0.7, "dev_zh", bad=True) for number in range(20)]
    everything = real + good + bad
    assert 0.3 < choose_threshold(everything) < 0.7
    judged, called = hits_out_of_fold(everything)
    assert [not one.gold.compliant for one in judged] == called.tolist()


def test_false_hits_on_real_turns_outweigh() -> None:
    """Where one real clean turn in a hundred has .8, the threshold goes above it, at the cost of recall."""
    real = [said(number, 0.8 if number % 100 == 0 else 0.05, "stc3", bad=False) for number in range(1000)]
    bad = [said(number, 0.7, "dev_zh", bad=True) for number in range(20)]
    threshold = choose_threshold(real + bad)
    assert threshold > 0.8
    assert np.mean(false_hits(real) >= threshold) <= 2 / 1000


def test_pairs_do_not_make_the_threshold_bold() -> None:
    """Written in pairs, half of the conversations fail; the threshold is the one for a quarter of them."""
    chance = np.random.default_rng(0)
    good = [said(number, float(p), "own", bad=False) for number, p in enumerate(chance.beta(2, 4, 600))]
    bad = [said(number, float(p), "own", bad=True) for number, p in enumerate(chance.beta(4, 2, 600))]
    good.append(said(0, 0.1, "stc3", bad=False))
    rare = good + bad[:200]
    assert choose_threshold(good + bad) == pytest.approx(choose_threshold(rare), abs=0.06)
    assert choose_threshold(good + bad) > 0.5


def test_only_judged_conversations_count() -> None:
    """Real conversations bring clean turns, written ones verdicts."""
    failed, worst = compliance([said(0, 0.9, "stc3", bad=False), said(1, 0.4, "dev_zh", bad=True)])
    assert failed.tolist() == [True]
    assert worst == pytest.approx([0.4])


def test_two_half_violations_make_a_likely_one() -> None:
    """A turn that is perhaps rude and perhaps a blame carries a violation more likely than either."""
    one = said(1, 0.4, "dev_zh", bad=True)
    both = one._replace(
        labels=ConversationLabels(turns=({"violation": {"rude": 0.4, "blame": 0.5}},), outcome={})
    )
    assert compliance([both])[1] == pytest.approx([0.7])


@pytest.mark.parametrize(
    ("gold", "called", "value"),
    [([1, 1, 0], [1, 0, 0], 2 / 3), ([1, 0], [1, 0], 1.0), ([0, 0], [0, 0], 0.0), ([1], [0], 0.0)],
)
def test_f1(gold: list[int], called: list[int], value: float) -> None:
    """Two hits shared over all that is or is called."""
    assert f1(np.array(gold, dtype=bool), np.array(called, dtype=bool)) == pytest.approx(value)
