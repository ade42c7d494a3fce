"""What a grade comes to when a person corrects its states."""

import pytest
from scorecard_making import agent, card, customer, observed

from grader.grade import State
from grader.scorecard import Scorecard, apply
from grader.scorecard.correcting import Correction, correct

CARD: Scorecard = card(
    {
        "hello": {"name": "Greeting", "keywords": {"any": ["您好"]}, "speaker": "agent"},
        "curse": {"name": "Curse", "keywords": {"any": ["滚"]}, "speaker": "agent"},
        "late": {"name": "Late", "keywords": {"any": ["久等"]}, "speaker": "agent"},
    },
    {"id": "greets", "section": "form", "points": 10, "met": "hello"},
    {"id": "prompt", "section": "form", "points": 30, "failed": "late"},
    {"id": "clean", "section": "conduct", "points": 5, "failed": "curse or late", "fatal": "curse"},
    {"id": "kept", "section": "conduct", "points": 5, "failed": "curse", "fatal": True},
    sections=[
        {"id": "form", "name": "Form", "weight": 60},
        {"id": "conduct", "name": "Conduct", "weight": 40},
    ],
    pass_score=70,
)
GOOD = apply(CARD, observed(customer(), agent("您好")))
FOUL = apply(CARD, observed(customer(), agent("您好，滚")))


def test_without_corrections_the_grade_is_what_it_was() -> None:
    """Adding up anew gives the machine's own score, also where it is nothing because of a fatal fault."""
    for verdicts in (GOOD, FOUL):
        corrected = correct(CARD, verdicts.criteria, verdicts.fatal, {})
        assert (corrected.criteria, corrected.score, corrected.passed) == (
            verdicts.criteria,
            verdicts.score,
            verdicts.passed,
        )


@pytest.mark.parametrize(
    ("states", "score", "passed"),
    [
        ({"greets": "not_met"}, 85.0, True),  # 60 % of 30/40 and 40 % of 10/10
        ({"prompt": "not_met"}, 55.0, False),  # 60 % of 10/40 and 40 %
        ({"prompt": "abstained"}, 100.0, True),
        ({"greets": "not_met", "prompt": "not_applicable"}, 40.0, False),
        ({"greets": "not_evaluated", "prompt": "not_applicable"}, 100.0, True),  # the section leaves
        ({"clean": "not_met"}, 80.0, True),  # not fatal by itself
        ({"kept": "not_met"}, 0.0, False),  # any failure is fatal
        (dict.fromkeys(["greets", "prompt", "clean", "kept"], "not_evaluated"), None, None),
    ],
)
def test_states_of_a_person_are_added_up_by_weight(
    *, states: dict[str, State], score: float | None, passed: bool | None
) -> None:
    """Each section counts with the share of its points, and what leaves the denominator does not count."""
    corrections = {name: Correction(state=state) for name, state in states.items()}
    corrected = correct(CARD, GOOD.criteria, GOOD.fatal, corrections)
    assert (corrected.score, corrected.passed) == (score, passed)
    assert {c.id: c.state for c in corrected.criteria} == {c.id: c.state for c in GOOD.criteria} | states


@pytest.mark.parametrize(
    ("corrections", "fatal", "score"),
    [
        ({"clean": Correction(state="met")}, ("kept",), 0.0),  # the other one is fatal still
        ({"clean": Correction(state="met"), "kept": Correction(state="met")}, (), 100.0),
        ({"clean": Correction(state="not_met", fatal=False), "kept": Correction(state="met")}, (), 80.0),
        ({"greets": Correction(state="not_met"), "kept": Correction(state="met")}, ("clean",), 0.0),
    ],
)
def test_a_fatal_fault_stays_until_somebody_takes_it_back(
    corrections: dict[str, Correction], fatal: tuple[str, ...], score: float
) -> None:
    """Whether the machine found it, or the scorecard says so of any failure."""
    corrected = correct(CARD, FOUL.criteria, FOUL.fatal, corrections)
    assert (corrected.fatal, corrected.score) == (fatal, score)


def test_a_person_may_find_a_fatal_fault() -> None:
    """The score is nothing then, and the criterion's points are."""
    corrected = correct(CARD, GOOD.criteria, GOOD.fatal, {"clean": Correction(state="not_met", fatal=True)})
    assert (corrected.fatal, corrected.score, corrected.passed) == (("clean",), 0.0, False)
    assert corrected.criteria[2].points == 0
