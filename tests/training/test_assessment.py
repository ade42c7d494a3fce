"""The evaluation report: measures under weights, groups, and the page, JSON and text that tell them."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from grader.conversation import Conversation, Turn
from models.interfaces import ConversationLabels
from training import metrics
from training.assessment import measures
from training.assessment.assess import Assessment, assess
from training.assessment.estimates import estimate
from training.assessment.groups import FEWEST, grouped
from training.assessment.page import page
from training.assessment.plots import interval_bar, reliability_plot
from training.assessment.reliability import reliability
from training.assessment.text import text
from training.corpus import ConversationGold, TurnGold
from training.predicted import Predicted

LEVELS = ("-2", "-1", "0", "1", "2")


def conversation(
    number: int, chance: np.random.Generator, *, channel: str, industry: str | None
) -> Predicted:
    """Make a conversation whose agent is empathic or not, whose outcome is bad or good, and what is said of it."""
    empathic, bad = bool(chance.random() < 0.5), bool(chance.random() < 0.2)
    sure = float(np.clip(chance.normal(0.8 if empathic else 0.2, 0.15), 0.01, 0.99))
    worse = float(np.clip(chance.normal(0.7 if bad else 0.3, 0.15), 0.01, 0.99))
    certain = {"0": 0.0, "1": 1.0, "2": 0.0}
    agent_said = {
        "empathy": {"0": 1 - sure, "1": sure, "2": 0.0},
        "solution": certain,
        "follow_up": certain,
        "courtesy": certain,
        "violation": dict.fromkeys(
            ("rude", "blame", "brush_off", "overpromise", "privacy", "off_platform", "misleading"), 0.01
        ),
        "nugget": {"HNUG": 0.5, "HNUG*": 0.25, "HNaN": 0.25},
    }
    customer_said = {
        "emotion": {"-2": 0.0, "-1": 0.9, "0": 0.1, "1": 0.0},
        "escalation": 0.0,
        "resolved": 0.0,
        "problem": 1.0,
        "nugget": {"CNUG0": 1.0, "CNUG": 0.0, "CNUG*": 0.0, "CNaN": 0.0},
    }
    outcome = {name: {"-2": worse, "-1": 0.0, "0": 0.0, "1": 0.0, "2": 1 - worse} for name in "ASE"}
    gold = ConversationGold(
        turns=(
            TurnGold(
                levels={"emotion": "-1"},
                flags={"escalation": False, "resolved": False},
                violations=None,
                nugget=None,
            ),
            TurnGold(
                levels={
                    "empathy": "1" if empathic else "0",
                    "solution": "1",
                    "follow_up": "1",
                    "courtesy": "1",
                },
                flags={},
                violations=frozenset(),
                nugget=None,
            ),
        ),
        outcome={name: {level: float(level == ("-2" if bad else "2")) for level in LEVELS} for name in "ASE"},
        industry=industry,
        problem=True,
    )
    return Predicted(
        conversation=Conversation(
            id=f"c-{number}",
            channel=channel,  # pydantic checks it
            language="zh",
            turns=(
                Turn(speaker="customer", text="灯坏了，孩子没法写作业"),
                Turn(speaker="agent", text="请您拍一张照片给我。"),
            ),
        ),
        labels=ConversationLabels(turns=(customer_said, agent_said), outcome=outcome),
        gold=gold,
        source="stc3" if industry is None else "dev_zh",
        fold=number % 5,
    )


@pytest.fixture(scope="module")
def predicted() -> list[Predicted]:
    """Real chats, written calls of a large industry, and a few of a small one called <gym>."""
    chance = np.random.default_rng(1)
    kinds: list[tuple[str, str | None, int]] = [
        ("chat", None, 120),
        ("call", "bank", 40),
        ("call", "<gym>", 8),
    ]
    rows = [(channel, industry) for channel, industry, count in kinds for _ in range(count)]
    return [
        conversation(number, chance, channel=channel, industry=industry)
        for number, (channel, industry) in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def assessment(predicted: list[Predicted]) -> Assessment:
    """What is measured of them."""
    return assess(predicted, rounds=20)


@pytest.mark.parametrize("seed", range(3))
def test_measures_under_equal_weights_are_the_plain_ones(seed: int) -> None:
    """Kappa, alpha, calibration error and coverage agree with the definitions that know no weights."""
    chance = np.random.default_rng(seed)
    gold, said = chance.integers(0, 3, 200), chance.integers(0, 3, 200)
    table = np.zeros((1, 3, 3))
    np.add.at(table[0], (gold, said), 1)
    assert measures.kappa(table)[0] == pytest.approx(metrics.cohen_kappa(gold, said))
    assert measures.alpha(table)[0] == pytest.approx(metrics.krippendorff_alpha(gold, said))
    probability, true = chance.random(200), chance.random(200) < 0.5
    bins = measures.binned(probability, true).sum(axis=0, keepdims=True)
    assert measures.calibration_error(bins)[0] == pytest.approx(
        metrics.expected_calibration_error(probability, true)
    )
    wrong = chance.random(200) < np.linspace(0, 0.3, 200)
    ones = np.ones((1, 200))
    assert measures.coverage_at(wrong, ones, error=0.05)[0] == pytest.approx(
        metrics.coverage_at(-np.arange(200.0), wrong, error=0.05)
    )
    _, risk = metrics.risk_coverage(-np.arange(200.0), wrong)
    assert measures.area_under_risk_coverage(wrong, ones)[0] == pytest.approx(risk.mean())


def test_drawing_a_conversation_twice_counts_it_twice() -> None:
    """Weights are repetitions: the area under the curve is that of the cases repeated, ties aside."""
    wrong = np.array([False, True])
    doubled = measures.area_under_risk_coverage(wrong, np.array([[2.0, 2.0]]))[0]
    assert doubled == pytest.approx((2 * 0 + 2 * 0.5) / 4)


@pytest.mark.parametrize(
    ("gold", "share", "expected"),
    [
        ([5, 4, 3, 2, 1], 0.2, [1, 0, 0, 0, 0]),
        ([5, 5, 3, 2, 1], 0.2, [0.5, 0.5, 0, 0, 0]),
        ([5, 4, 4, 4, 1], 0.4, [1, 1 / 3, 1 / 3, 1 / 3, 0]),
    ],
)
def test_ties_share_the_last_places_of_the_worst(
    gold: list[float], share: float, expected: list[float]
) -> None:
    """The worst share is exactly as large as asked for, whatever the ties."""
    assert measures.worst_share(np.array(gold), share) == pytest.approx(np.array(expected))


def test_a_perfect_ranking_finds_all_and_a_random_one_its_share() -> None:
    """Recall at a fifth is 1 for the true order and near a fifth for none."""
    worst = np.zeros(1000)
    worst[:200] = 1
    ones = np.ones((1, 1000))
    assert measures.found(worst, ones, 0.2)[0] == 1
    shuffled = np.random.default_rng(0).permutation(worst)
    assert measures.found(shuffled, ones, 0.2)[0] == pytest.approx(0.2, abs=0.06)
    assert measures.precision_at_recall(worst, ones, 0.5)[0] == 1


def test_intervals_hold_the_value_and_narrow_with_more_cases() -> None:
    """A share's interval covers it, and is about three times narrower with ten times as many conversations."""
    spans = []
    for count in (100, 1000):
        hits = np.arange(count) % 4 == 0
        found = estimate(lambda weights, hits=hits: weights @ hits / weights.sum(axis=1), count)
        assert found.low < found.value < found.high
        spans.append(found.high - found.low)
    assert spans[0] / spans[1] == pytest.approx(math.sqrt(10), rel=0.35)


def test_small_industries_are_counted_together(predicted: list[Predicted]) -> None:
    """Nothing of fewer than ``FEWEST`` conversations stands by itself."""
    names = {group.name: len(group.members) for group in grouped(predicted, "industry")}
    assert names["Mandarin, bank"] == 40
    assert names[f"Mandarin, 1 industries of fewer than {FEWEST} each"] == 8


def test_everything_is_measured_by_every_dimension(assessment: Assessment) -> None:
    """Each group tells labels, criteria and the worst, with who labelled it; small ones are only counted."""
    real = assessment.of("corpus")[0]
    assert real.name == "Mandarin, real"
    assert "read twice" in real.provenance
    assert {one.id for one in real.criteria} == {"empathy", "script"}
    (empathy,) = (one for one in real.labels if one.label == "empathy")
    assert 0.8 < empathy.kappa.value < 1
    assert sum(map(sum, empathy.confusion)) == empathy.turns == 120
    votes = real.worst[0]
    assert "19 human votes" in votes.judge
    assert votes.recall.low > 0.5
    assert votes.lift.value == pytest.approx(votes.recall.value / 0.2)
    assert [gain.reviewed for gain in real.selection] == [6, 12, 24]
    assert real.selection[-1].labels > 1.5
    assert [group.name for group in assessment.of("channel")] == ["Mandarin, chat", "Mandarin, call"]
    assert not assessment.of("industry")[-1].measured


def test_the_page_stands_alone_and_tells_everything(assessment: Assessment) -> None:
    """One document without scripts or requests; names are escaped; plots are drawn; provenance is told."""
    html = page(assessment)
    assert not re.search(r"https?://|<script|<link|src=", html)
    assert html.count('<svg class="plot"') >= 4
    for words in ("each read twice", "times random", "too few to measure", "AURC", "Zweig", "alpha"):
        assert words in html
    assert "<gym>" not in html
    escaped = replace(assessment, groups=(replace(assessment.groups[0], name="<b>"),))
    assert "<b>" not in page(escaped)


def test_the_json_holds_every_figure_and_no_nan(assessment: Assessment) -> None:
    """JSON is strict, and what is not defined is null."""
    told = json.loads(assessment.as_json(), parse_constant=pytest.fail)
    assert {group["dimension"] for group in told["groups"]} == {"corpus", "language", "channel", "industry"}
    criterion = told["groups"][0]["criteria"][0]
    assert {
        "aurc",
        "coverage_at_error",
        "reliability",
        "curve",
        "confusion",
        "kappa",
        "alpha",
    } <= criterion.keys()
    assert told["figures"]


def test_the_terminal_tells_the_main_figures(assessment: Assessment) -> None:
    """Criteria and labels stand with their intervals, beside baseline and human agreement."""
    told = text(assessment)
    assert re.search(r"empathy +120 .*0\.89 +0\.95$", told, re.MULTILINE)
    assert "too few to measure" in told


def test_reliability_counts_every_case() -> None:
    """Bins hold all cases, with an exact interval around what came true; the plot has a point for each bin."""
    bins = reliability(np.array([0.05, 0.95, 0.97, 1.0]), np.array([False, True, True, False]))
    assert [one.cases for one in bins] == [1, 3]
    assert bins[1].observed == pytest.approx(2 / 3)
    assert bins[1].low < 2 / 3 < bins[1].high
    assert reliability_plot(bins, title="<x>").count("<circle") == 2


def test_what_is_not_defined_has_no_bar() -> None:
    """A figure without a value draws nothing, one with marks draws them with their names."""
    assert interval_bar(float("nan"), 0, 0) == ""
    assert "<title>first &amp; last</title>" in interval_bar(
        0.5, 0.4, 0.6, marks=[(0.3, "baseline", "first & last")]
    )
