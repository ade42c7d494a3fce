"""Reviews to test with: grades by a classifier that is as sure as it is told to be, and what reviewers made of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from grader.conversation import Conversation, Turn
from grader.grade import CriterionGrade, Grade, ModelNames, ScorecardName, State, Triage
from grader.timing import measure
from models.interfaces import ConversationLabels, ConversationLike, ExplainedLabels
from training.corrections import Kind, Reviewed, Verdict

CARD = ScorecardName(name="service-zh", version=2)
BEGAN = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def conversation(number: int, said: float) -> Conversation:
    """Make a conversation in which ``SaidInText`` sees empathy with probability ``said``."""
    turns = (
        Turn(speaker="customer", text="灯坏了，一打开就闪，孩子都没法写作业"),
        Turn(speaker="agent", text=f"请您拍一张照片给我。{said:.4f}"),
    )
    return Conversation(id=f"r-{number}", language="zh", turns=turns)


def review(
    number: int,
    said: float,
    state: State,
    *,
    reasons: Sequence[str] = ("random_sample",),
    kind: Kind = "triage",
) -> Reviewed:
    """Make the review of a grade whose empathy the machine called met from .5 on; ``state`` is the reviewer's."""
    talk = conversation(number, said)
    called: State = "met" if said >= 0.5 else "not_met"
    empathy = CriterionGrade(
        id="empathy", state=called, probability=said, points=0, max_points=10, reason="", evidence=()
    )
    verdict = Verdict(
        subject="criterion",
        criterion="empathy",
        machine=called,
        value=state,
        by="user:7",
        at=BEGAN + timedelta(hours=number),
        scorecard=CARD,
    )
    grade = Grade(
        conversation_id=talk.id,
        scorecard=CARD,
        models=ModelNames(turns="said-1"),
        score=50,
        passed=True,
        criteria=(empathy,),
        turns=({}, {}),
        outcome={},
        timing=measure(talk),
        triage=Triage(decision="review", reasons=tuple(reasons)),
    )
    return Reviewed(
        conversation=talk,
        grade=grade,
        verdicts=() if state == called else (verdict,),
        reasons=tuple(reasons),
        kind=kind,
    )


class SaidInText:
    """A classifier that says of empathy what stands at the end of the agent's turn."""

    name = "said-1"

    def predict(self, conversations: Sequence[ConversationLike]) -> list[ConversationLabels]:
        """Label a batch."""
        return [_labels(float(one.turns[1].text[-6:])) for one in conversations]

    def explain(self, conversations: Sequence[ConversationLike]) -> list[ExplainedLabels]:
        """Label a batch; the whole turn speaks for every label."""
        return [
            ExplainedLabels(labels=labels, words=lambda _turn, _label: (0, 1))
            for labels in self.predict(conversations)
        ]


def _labels(said: float) -> ConversationLabels:
    sure = {"0": 0.0, "1": 1.0, "2": 0.0}
    agent = {
        "empathy": {"0": 1 - said, "1": said, "2": 0.0},
        "solution": sure,
        "follow_up": sure,
        "courtesy": sure,
        "violation": {"rude": 0.01},
    }
    emotion = {"-2": 0.0, "-1": 0.9, "0": 0.1, "1": 0.0}
    return ConversationLabels(
        turns=({"emotion": emotion, "escalation": 0.0, "resolved": 0.0, "problem": 1.0}, agent), outcome={}
    )
