"""Fitting, on a few invented conversations: the whole way from texts to labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.conversation import Conversation, Turn
from models.turns.classifier import BlendedTurnClassifier
from models.turns.heads import HEADS
from models.turns.ngrams import build_vocabulary
from models.turns.recurrent import recurrent_scores
from models.turns.units import find_units
from models.turns.vectors import encoded
from models.turns.weights import LanguageWeights, read, save
from training.corpus import ConversationGold, Example, TurnGold
from training.dataset import Dataset, make_dataset
from training.fit import NGRAMS, UNITS, FitOptions, fit_explaining, fit_members
from training.folds import FOLDS
from training.predictions import MemberScores, fit_blends, predicted, scores_out_of_fold
from training.recurrent import RecurrentOptions, View, fit_recurrent, make_batch

TINY = FitOptions(
    vocabulary=400,
    iterations=20,
    networks=(
        RecurrentOptions(encoder="ngrams", size=10, state=8, epochs=12, batch=8, left_out=0.5),
        RecurrentOptions(
            encoder="units",
            size=8,
            state=6,
            epochs=12,
            batch=8,
            left_out=0.1,
            unit_size=8,
            filters=8,
            rate=0.01,
        ),
    ),
)
GOODS = ["鞋子", "手机", "热水器", "票", "会员", "快递", "沙发", "耳机", "课程", "账单", "宽带", "蛋糕"]


def example(number: int) -> Example:
    """Make a conversation: every other one has an angry customer and a rude agent."""
    bad, goods = number % 2 == 1, GOODS[number % len(GOODS)]
    said = (
        [f"你们太坑了{goods}又坏了我要投诉", f"爱投诉就投诉{goods}的事随便你"]
        if bad
        else [f"请问{goods}怎么退", f"您好{goods}请您在订单里点退款就可以"]
    )
    conversation = Conversation(
        id=f"c{number}",
        language="zh",
        turns=(Turn(speaker="customer", text=said[0]), Turn(speaker="agent", text=said[1])),
    )
    customer = TurnGold(
        levels={"emotion": "-1" if bad else "0"},
        flags={"escalation": bad, "resolved": False},
        violations=None,
        nugget={"CNUG0": 0.8, "CNUG": 0.1, "CNUG*": 0.0, "CNaN": 0.1},
    )
    agent = TurnGold(
        levels={
            "empathy": "0",
            "solution": "0" if bad else "2",
            "follow_up": "0",
            "courtesy": "0" if bad else "2",
        },
        flags={},
        violations=frozenset({"rude"} if bad else set()),
        nugget={"HNUG": 0.2, "HNUG*": 0.1 if bad else 0.7, "HNaN": 0.7 if bad else 0.1},
    )
    shares = [0.7, 0.1, 0.1, 0.1, 0.0] if bad else [0.0, 0.1, 0.1, 0.1, 0.7]
    outcome = {name: dict(zip(("-2", "-1", "0", "1", "2"), shares, strict=True)) for name in "ASE"}
    gold = ConversationGold(turns=(customer, agent), outcome=outcome)
    return Example(
        conversation=conversation, redacted=conversation, gold=gold, source="dev_zh", group=f"g{number}"
    )


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Lay out forty invented conversations."""
    return make_dataset([example(number) for number in range(40)])


@pytest.fixture(scope="module")
def scores(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> MemberScores:
    """Cross-fit tiny members."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        first = scores_out_of_fold(dataset, "zh", TINY, report=lambda _: None)
        lines: list[str] = []
        again = scores_out_of_fold(dataset, "zh", TINY, report=lines.append)
    assert lines == []
    assert (first.turns["agent", "rude"][0] == again.turns["agent", "rude"][0]).all()
    return first


def test_tiny_members_learn_what_is_plain(dataset: Dataset, scores: MemberScores) -> None:
    """Out of fold, the rude agent and the escalating customer of unseen conversations are told from the others."""
    said = predicted(dataset, scores)
    assert [one.conversation.id for one in said] == [f"c{number}" for number in range(40)]
    rude: Any = [one.labels.turns[1]["violation"] for one in said]
    escalation: Any = [one.labels.turns[0]["escalation"] for one in said]
    assert np.mean([(one["rude"] > 0.5) == bool(at % 2) for at, one in enumerate(rude)]) > 0.9
    assert np.mean([(one > 0.5) == bool(at % 2) for at, one in enumerate(escalation)]) > 0.9
    assert {one.fold for one in said} == set(range(FOLDS))


def test_fitted_weights_serve_from_disk(dataset: Dataset, scores: MemberScores, tmp_path: Path) -> None:
    """Members and blend, saved and read back, label a new conversation."""
    everything = np.arange(len(dataset.examples))
    members = fit_members(dataset, "zh", everything, TINY)
    blends = fit_blends(dataset, scores, everything)
    weights = LanguageWeights(
        vocabulary=members.vocabulary,
        units=members.units,
        arrays=members.arrays | blends | fit_explaining(dataset, members.vocabulary, everything, TINY),
    )
    save(tmp_path, "tiny-1", {"zh": weights})
    classifier = BlendedTurnClassifier(*read(tmp_path))
    new = example(1).conversation.model_copy(
        update={
            "turns": (Turn(speaker="customer", text="我要投诉"), Turn(speaker="agent", text="爱投诉就投诉"))
        }
    )
    labels = classifier.predict([new])[0]
    rude: Any = labels.turns[1]["violation"]
    assert rude["rude"] > 0.5
    assert labels.outcome["A"]["-2"] > classifier.predict([example(0).conversation])[0].outcome["A"]["-2"]
    start, end = classifier.explain([new])[0].words(1, "rude")
    assert new.turns[1].text[start:end]


def test_fitting_twice_gives_the_same_bits(dataset: Dataset) -> None:
    """The same data and seed give equal weights."""
    first, second = (fit_members(dataset, "zh", np.arange(20), TINY) for _ in range(2))
    assert first.arrays.keys() == second.arrays.keys()
    assert all((first.arrays[name] == second.arrays[name]).all() for name in first.arrays)


@pytest.mark.parametrize("options", TINY.networks, ids=lambda options: str(options.encoder))
def test_numpy_serves_what_torch_fitted(options: RecurrentOptions) -> None:
    """The served network gives the trained one's scores within 1e-4, for turns and conversations of unequal length."""
    longer = example(3)
    turns = longer.conversation.turns
    silent = turns[0].model_copy(update={"text": ""})
    talkative = turns[1].model_copy(update={"text": turns[1].text * 30})
    conversation = longer.conversation.model_copy(
        update={"turns": (*turns, silent, turns[1], turns[0], talkative)}
    )
    gold = ConversationGold(turns=longer.gold.turns * 3, outcome=longer.gold.outcome)
    uneven = make_dataset(
        [
            example(0),
            Example(conversation=conversation, redacted=conversation, gold=gold, source="dev_zh", group="x"),
            example(2),
        ]
    )
    texts = uneven.layout.texts
    vocabulary = build_vocabulary(texts, NGRAMS["zh"], min_texts=1, size=400)
    units = build_vocabulary(texts, UNITS["zh"], min_texts=2, size=400)
    view = View(
        features=vocabulary.vectorize(texts),
        units=find_units(texts, units),
        surroundings=uneven.layout.surroundings,
    )
    network = fit_recurrent(uneven, view, view, np.arange(3), units=len(units.keys), options=options, seed=3)
    causal, nuggets, outcome = network(make_batch(uneven, view, np.arange(3)))
    arrays = network.arrays("network0")
    said = encoded(view.features, view.units, arrays, "network0")
    served = recurrent_scores(said, uneven.layout, 3, arrays, "network0")
    assert served.causal == pytest.approx(causal.detach().numpy(), abs=1e-4)
    assert served.nuggets == pytest.approx(nuggets.detach().numpy(), abs=1e-4)
    assert served.outcome == pytest.approx(outcome.detach().numpy(), abs=1e-4)


def test_every_head_has_its_gold(dataset: Dataset) -> None:
    """A head's known rows are of its own side, and its shares sum to 1."""
    for group, heads in HEADS.items():
        for head in heads:
            known = dataset.turns[group, head.name]
            agents = dataset.layout.agent == group.startswith("agent")
            assert (known.weight[~agents] == 0).all()
            if head.values:
                assert known.shares[known.weight > 0].sum(axis=1) == pytest.approx(1)
