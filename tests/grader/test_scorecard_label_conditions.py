"""Conditions on the classifiers' labels carry their probabilities."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scorecard_making import agent, card, customer, find, observed

from grader.codebook import AGENT_LEVELS
from grader.scorecard import Observation, apply
from grader.scorecard.findings import Findings
from models.interfaces import ConversationLabels

HELP = observed(
    customer(emotion=-1, sure=0.7, escalation=0.2),
    agent(empathy=1, solution=2, sure=0.8, violation={"rude": 0.1, "blame": 0.3}),
    agent(
        empathy=2,
        follow_up=1,
        sure=0.6,
        violation={"rude": 0.5},
        nugget={"HNUG": 0.7, "HNUG*": 0.1, "HNaN": 0.2},
    ),
    customer(emotion=1, sure=0.4, resolved=0.9, nugget={"CNUG*": 0.6, "CNUG": 0.3, "CNaN": 0.1}),
    outcome={"A": {"-2": 0.1, "-1": 0.1, "0": 0.2, "1": 0.4, "2": 0.2}},
)


@pytest.mark.parametrize(
    ("condition", "probability"),
    [
        ({"label": {"name": "empathy", "at_least": 1}}, 1 - 0.1 * 0.2),
        ({"label": {"name": "empathy", "at_least": 2}}, 1 - 0.9 * 0.4),
        ({"label": {"name": "empathy", "at_least": 1, "at_most": 1}}, 1 - 0.2 * 0.8),
        ({"label": {"name": "solution", "at_least": 2}}, 1 - 0.2 * 0.8),
        ({"label": {"name": "courtesy", "at_most": 0}}, 1 - 0.9 * 0.8),
        ({"label": {"name": "emotion", "at_most": -1}}, 1 - (0.1 + 0.1) * (0.2 + 0.4)),
        ({"label": {"name": "emotion", "at_least": 1}}, 1 - 0.9 * 0.6),
        ({"label": {"name": "escalation"}}, 0.2),
        ({"label": {"name": "resolved"}}, 0.9),
        ({"label": {"name": "violation", "any_of": "rude"}}, 1 - 0.9 * 0.5),
        ({"label": {"name": "violation", "any_of": ["rude", "blame"]}}, 1 - 0.9 * 0.7 * 0.5),
        ({"label": {"name": "violation"}}, 1 - 0.9 * 0.7 * 0.5),
        ({"label": {"name": "violation", "any_of": "privacy"}}, 0),
        ({"label": {"name": "nugget", "any_of": ["CNUG", "CNUG*"]}}, 0.9),
        ({"label": {"name": "nugget", "any_of": "HNUG*"}}, 0.1),
        ({"outcome": {"measure": "A", "at_least": 1}}, 0.6),
        ({"outcome": {"measure": "A", "at_most": -1}}, 0.2),
        ({"outcome": {"measure": "S", "at_least": 1}}, None),
        (
            {"label": {"name": "solution", "at_least": 2, "along_with": {"name": "empathy", "at_least": 1}}},
            1 - (1 - 0.8 * 0.9) * (1 - 0.2 * 0.8),
        ),
    ],
)  # fmt: skip
def test_labels_combine_over_turns(condition: dict[str, Any], probability: float | None) -> None:
    """A conversation has a label where some turn has it; turns and the codes of violations are independent."""
    found = find(HELP, condition).probability
    assert found == (None if probability is None else pytest.approx(probability))


def test_hits_of_labels_carry_their_probability() -> None:
    """Each turn that may carry a label is a hit on the whole turn, named as exactly as it is known."""
    finding = find(HELP, {"label": {"name": "violation", "any_of": ["rude", "blame"]}})
    assert [(hit.turn, round(hit.probability, 3), hit.label) for hit in finding.hits] == [
        (1, 0.37, "violation:blame"),
        (2, 0.5, "violation:rude"),
    ]
    assert find(HELP, {"label": {"name": "solution", "at_least": 2}}).hits[0].label == "solution=2"
    assert find(HELP, {"label": {"name": "empathy", "at_least": 1}}).hits[0].label == "empathy"


def _exactly(expression: str, conditions: dict[str, Any], observation: Observation) -> float:
    """Go through every combination of levels of every agent turn; conditions ask for levels of labels."""
    turns = [turn for turn in observation.labels.turns if "empathy" in turn]
    labels = list(AGENT_LEVELS)
    total = 0.0
    choices = [[(label, level) for level in AGENT_LEVELS[label]] for _ in turns for label in labels]
    asked = {condition["label"]["name"] for condition in conditions.values()}
    choices = [options if options[0][0] in asked else options[:1] for options in choices]
    for world in product(*choices):
        weight = 1.0
        levels: list[dict[str, int]] = [{} for _ in turns]
        for index, (label, level) in enumerate(world):
            if label in asked:
                said = turns[index // len(labels)][label]
                assert isinstance(said, dict)
                weight *= said[level]
            levels[index // len(labels)][label] = int(level)
        truth = {}
        for name, condition in conditions.items():
            where = levels[: condition["turns"]["first"]] if "turns" in condition else levels
            asked_for = condition["label"]
            truth[name] = any(turn[asked_for["name"]] >= asked_for["at_least"] for turn in where)
        total += weight * bool(eval(expression, {}, truth))
    return total


DISTRIBUTION = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(
    lambda weights: {str(level): weight / sum(weights) for level, weight in enumerate(weights)}
)
ATOMS = {
    "step": {"label": {"name": "solution", "at_least": 1}},
    "concrete": {"label": {"name": "solution", "at_least": 2}},
    "early": {"label": {"name": "solution", "at_least": 1}, "turns": {"first": 1}},
    "promise": {"label": {"name": "follow_up", "at_least": 1}},
}


@settings(deadline=None)
@given(
    st.lists(st.fixed_dictionaries({"solution": DISTRIBUTION, "follow_up": DISTRIBUTION}), min_size=1, max_size=3),
    st.sampled_from([
        "concrete or (step and promise)",
        "(concrete or (step and promise)) and (promise or not early)",
        "early and not concrete",
        "step and not early or promise and concrete",
    ]),
)  # fmt: skip
def test_conditions_on_one_label_are_not_taken_as_independent(
    turns: list[dict[str, dict[str, float]]], expression: str
) -> None:
    """A concrete solution is a step, and so is an early one: expressions over them agree with going through all levels."""
    said = [agent() for _ in turns]
    labels = ConversationLabels(
        turns=tuple({**labels, **given} for (_, labels), given in zip(said, turns, strict=True)), outcome={}
    )
    frame = observed(*said)
    observation = Observation(
        conversation=frame.conversation, folded=frame.folded, labels=labels, timing=frame.timing
    )
    scorecard = card({**ATOMS, "unused": ATOMS["step"]}, {"met": f"({expression}) or (unused and not unused)",
                     "applicable": "early or concrete or promise or step or not step"})  # fmt: skip
    met = Findings(scorecard, [observation]).chance(scorecard.plans["criterion_0"].met, 0)
    assert met == pytest.approx(_exactly(expression, ATOMS, observation), abs=1e-9)


def test_labels_of_one_turn_together_agree_with_the_codebook() -> None:
    """A step here and a promise there are no step along with a promise; exactly evaluated beside the promise itself."""
    conditions = {
        "promises": {"label": {"name": "follow_up", "at_least": 1}},
        "moves_on": {
            "label": {"name": "solution", "at_least": 1, "along_with": {"name": "follow_up", "at_least": 1}}
        },
    }
    apart = observed(agent(solution=1), agent(follow_up=1))
    both = observed(agent(solution=1, follow_up=1))
    scorecard = card(conditions, {"met": "moves_on and promises"})
    assert apply(scorecard, apart).raw["criterion_0"].met == 0
    assert apply(scorecard, both).raw["criterion_0"].met == 1
    unsure = observed(agent(solution=1, follow_up=1, sure=0.8))
    assert apply(scorecard, unsure).raw["criterion_0"].met == pytest.approx(0.9 * 0.9)


def test_a_family_of_one_expression_does_not_bind_another() -> None:
    """Two labels that a third condition joins in one criterion are independent in a criterion without it."""
    conditions = {
        "steps": {"label": {"name": "solution", "at_least": 1}},
        "promises": {"label": {"name": "follow_up", "at_least": 1}},
        "both": {
            "label": {"name": "solution", "at_least": 1, "along_with": {"name": "follow_up", "at_least": 1}}
        },
    }
    unsure = observed(agent(solution=1, follow_up=1, sure=0.8), agent(sure=0.6))
    scorecard = card(
        conditions,
        {"met": "both and steps and promises"},
        {"met": "(steps or promises) and steps and promises"},
    )
    raw = apply(scorecard, unsure).raw
    some = 1 - 0.1 * 0.6
    assert raw["criterion_0"].met == pytest.approx(1 - (1 - 0.9 * 0.9) * (1 - 0.4 * 0.4))
    assert raw["criterion_1"].met == pytest.approx(some * some)


def test_outcomes_of_one_measure_depend_on_each_other() -> None:
    """Great success implies success."""
    conditions = {
        "good": {"outcome": {"measure": "A", "at_least": 1}},
        "great": {"outcome": {"measure": "A", "at_least": 2}},
    }
    only_good = apply(card(conditions, {"met": "good and not great"}), HELP)
    assert only_good.raw["criterion_0"].met == pytest.approx(0.4)
    great = apply(card(conditions, {"met": "good and great"}), HELP)
    assert great.raw["criterion_0"].met == pytest.approx(0.2)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_noisy_or_over_the_likely_and_the_most_doubtful_turns(chances: list[float]) -> None:
    """The probability is 1 minus the product of the contraries over likely turns and the three likeliest others."""
    observation = observed(*(customer(escalation=p) for p in chances))
    found = find(observation, {"label": {"name": "escalation"}})
    unlikely = sorted((p for p in chances if p < 0.5), reverse=True)
    counting = [p for p in chances if p >= 0.5] + unlikely[:3]
    assert found.probability == pytest.approx(1 - float(np.prod([1 - p for p in counting])))
    assert len(found.searched) == len(chances)


def test_more_turns_count_where_more_are_asked_for() -> None:
    """For the second of them, or two, six doubtful turns count."""
    observation = observed(*(customer(escalation=0.2) for _ in range(9)))
    for asked in ({"count": 2}, {"nth": 2}):
        found = find(observation, {"label": {"name": "escalation"}, **asked}).probability
        at_least_two = 1 - 0.8**6 - 6 * 0.2 * 0.8**5
        assert found == pytest.approx(at_least_two)


def test_a_long_conversation_does_not_fail_by_its_length() -> None:
    """Small doubts about two hundred turns are no violation, and no fatal one; a likely one among them is."""
    conditions = {"rude": {"label": {"name": "violation", "any_of": "rude"}}}
    compliance = {"failed": "rude", "fatal": "rude"}
    bland = [agent(violation={"rude": 0.1})] * 200
    verdicts = apply(card(conditions, compliance), observed(*bland))
    assert verdicts.criteria[0].state == "met"
    verdicts = apply(card(conditions, compliance), observed(*bland, agent(violation={"rude": 0.8})))
    assert verdicts.fatal == ("rude",)


def test_a_sum_of_doubts_is_not_fatal() -> None:
    """Three turns of which each is less likely rude than not may fail a criterion, but do not end the score."""
    conditions = {"rude": {"label": {"name": "violation", "any_of": "rude"}}}
    doubtful = observed(*[agent(violation={"rude": 0.4})] * 3)
    verdicts = apply(card(conditions, {"failed": "rude", "fatal": "rude"}), doubtful)
    assert verdicts.criteria[0].state == "not_met"
    assert verdicts.fatal == ()


def test_turns_of_others_carry_no_labels() -> None:
    """What a classifier says nothing of adds nothing."""
    from scorecard_making import other

    observation = observed(other("您好"), customer(escalation=0.3), agent(empathy=1, sure=0.5))
    assert find(observation, {"label": {"name": "escalation"}}).probability == pytest.approx(0.3)
    assert find(observation, {"label": {"name": "empathy", "at_least": 1}}).searched == (2,)
