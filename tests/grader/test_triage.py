"""What is unsure, fatal or drawn goes to a human; the rest is answered by the machine."""

import pytest

from grader.conversation import Conversation, Transcription, Turn
from grader.grade import CriterionGrade, State, Triage
from grader.triage import TriagePolicy, decide, drawn, error_risk
from models.interfaces import ConversationLabels, TurnLabels

TURNS = (Turn(speaker="customer", text="卡丢了"), Turn(speaker="agent", text="已经为您挂失"))


def _criterion(
    state: State = "met", probability: float | None = 0.99, applicability: float | None = None
) -> CriterionGrade:
    return CriterionGrade(
        id="script",
        state=state,
        probability=probability,
        applicability=applicability,
        points=1,
        max_points=1,
        reason="",
    )


def _decide(
    criterion: CriterionGrade,
    *,
    conversation: Conversation | None = None,
    customer: TurnLabels | None = None,
    fatal: tuple[str, ...] = (),
    others: tuple[CriterionGrade, ...] = (),
    max_risk: float = 0.05,
) -> Triage:
    return decide(
        conversation or Conversation(id="c", turns=TURNS),
        [criterion, *others],
        ConversationLabels(turns=(customer or {}, {}), outcome={}),
        max_risks={"script": max_risk},
        fatal=fatal,
        policy=TriagePolicy(random_share=0),
    )


def _call(
    *, intelligibility: float = 1.0, voice_confidence: float = 1.0, role_confidence: float | None = None
) -> Conversation:
    transcription = Transcription(
        model="m",
        layout="mono",
        duration=60,
        language_probability=1,
        intelligibility=intelligibility,
        voice_confidence=voice_confidence,
    )
    return Conversation(id="c", turns=TURNS, transcription=transcription, role_confidence=role_confidence)


def test_a_sure_verdict_is_answered_automatically() -> None:
    """Nothing speaks for review: the machine answers."""
    assert _decide(_criterion()) == Triage(decision="auto")


def test_the_highest_risk_itself_is_answered() -> None:
    """Where no risk at all is tolerated, a verdict without any is."""
    assert _decide(_criterion("met", 1.0), max_risk=0.0) == Triage(decision="auto")


def test_one_criterion_that_is_not_evaluated_is_no_doubt_of_the_others() -> None:
    """A conversation counts as not evaluated where none of its criteria was."""
    assert _decide(_criterion(), others=(_criterion("not_evaluated", None),)) == Triage(decision="auto")


@pytest.mark.parametrize(
    ("state", "probability", "risk"),
    [
        ("met", 0.9, 0.1),
        ("not_met", 0.1, 0.1),
        ("not_met", 0.45, 0.45),
        ("abstained", 0.5, 1.0),
        ("not_applicable", 0.2, 0.0),
        ("not_evaluated", None, 0.0),
    ],
)
def test_the_risk_is_the_probability_of_the_other_verdict(
    state: State, probability: float, risk: float
) -> None:
    """A met criterion errs with 1 - p, a missed one with p, an abstention certainly."""
    assert error_risk(_criterion(state, probability)) == pytest.approx(risk)


@pytest.mark.parametrize(
    ("state", "probability", "risk"),
    [("met", 0.9, 1 - 0.8 * 0.9), ("not_met", 0.1, 1 - 0.8 * 0.9), ("not_applicable", None, 0.8)],
)
def test_a_verdict_errs_too_where_it_does_not_apply(
    state: State, probability: float | None, risk: float
) -> None:
    """What applies with .8 is judged wrongly with .2 already; calling it not applicable errs with .8."""
    assert error_risk(_criterion(state, probability, 0.8)) == pytest.approx(risk)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"criterion": _criterion("met", 0.94)}, "low_confidence:script"),
        ({"criterion": _criterion("abstained", 0.5)}, "low_confidence:script"),
        ({"criterion": _criterion("not_evaluated", None)}, "not_evaluated"),
        ({"criterion": _criterion(), "fatal": ("privacy",)}, "fatal:privacy"),
        ({"criterion": _criterion(), "customer": {"escalation": 0.5}}, "escalation"),
        ({"criterion": _criterion(), "conversation": _call(intelligibility=0.7)}, "unsure_recognition"),
        ({"criterion": _criterion(), "conversation": _call(voice_confidence=0.8)}, "unsure_roles"),
        (
            {"criterion": _criterion(), "conversation": _call(voice_confidence=0.94, role_confidence=0.94)},
            "unsure_roles",
        ),
        (
            {
                "criterion": _criterion(),
                "conversation": Conversation(id="c", turns=TURNS, role_confidence=0.6),
            },
            "unsure_roles",
        ),
        ({"criterion": _criterion(), "conversation": Conversation(id="c", turns=TURNS[1:])}, "one_sided"),
        *[
            (
                {"criterion": _criterion(), "conversation": Conversation(id="c", turns=(silent, TURNS[1]))},
                "one_sided",
            )
            for silent in (
                Turn(speaker="system", text="会话开始"),
                Turn(speaker="bot", text="请问您要咨询什么？"),
                Turn(speaker="customer", text=" "),
            )
        ],
    ],
)
def test_each_doubt_sends_to_review_with_its_reason(arguments: dict, reason: str) -> None:
    """Every single doubt suffices, and is named."""
    assert _decide(**arguments) == Triage(decision="review", reasons=(reason,))


def test_the_random_share_is_reproducible_and_of_the_stated_size() -> None:
    """The id alone decides who is drawn: the same ids again, near a tenth of them, others with another seed."""
    ids = [f"c-{n}" for n in range(5000)]
    first = {i for i in ids if drawn(i, TriagePolicy())}
    assert first == {i for i in ids if drawn(i, TriagePolicy())}
    assert 0.085 < len(first) / len(ids) < 0.115
    other = {i for i in ids if drawn(i, TriagePolicy(seed="2027"))}
    assert len(first & other) < len(first) / 4


@pytest.mark.parametrize(("share", "expected"), [(0.0, False), (1.0, True)])
def test_the_ends_of_the_random_share(share: float, expected: bool) -> None:  # noqa: FBT001
    """A share of 0 draws nobody, a share of 1 everybody."""
    assert all(drawn(f"c-{n}", TriagePolicy(random_share=share)) is expected for n in range(200))
