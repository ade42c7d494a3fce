"""States, points, score, reasons and evidence of criteria."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scorecard_making import agent, card, customer, observed, other

from grader.codebook import AGENT_LEVELS, EMOTIONS, NUGGETS, OUTCOME_LEVELS, VIOLATIONS
from grader.conversation import Conversation, Turn
from grader.grade import CriterionGrade, Question
from grader.scorecard import (
    Criterion,
    Observation,
    Raw,
    Verdicts,
    apply,
    fingerprint,
    load,
    not_evaluated,
    observe,
    shipped,
    trace,
)
from models.interfaces import ConversationLabels, TurnLabels

CONDITIONS: dict[str, Any] = {
    "hello": {"name": "问候", "keywords": {"any": ["您好"]}, "speaker": "agent"},
    "sorry": {"name": "道歉", "keywords": {"any": ["抱歉"]}, "speaker": "agent"},
    "curse": {"name": "辱骂", "keywords": {"any": ["滚"]}, "speaker": "agent"},
    "complains": {"name": "投诉", "keywords": {"any": ["投诉"]}, "speaker": "customer"},
    "threat": {"name": "投诉意向", "label": {"name": "escalation"}},
    "quick": {"name": "30秒内接听", "answer_delay": {"at_most": 30}},
}


def _apply(
    observation: Observation, *criteria: dict[str, Any], language: str = "zh", **options: Any
) -> Verdicts:
    frame = {
        key: options.pop(key) for key in list(options) if key in {"abstain_within", "pass_score", "sections"}
    }
    used = " ".join(str(criterion) for criterion in criteria)
    conditions = {name: condition for name, condition in CONDITIONS.items() if name in used}
    return apply(card(conditions, *criteria, language=language, **frame), observation, **options)


def _one(observation: Observation, criterion: dict[str, Any], **options: Any) -> CriterionGrade:
    return _apply(observation, criterion, **options).criteria[0]


POLITE = observed(customer("我要投诉"), agent("您好，抱歉"), agent("再见"))
RUDE = observed(agent("滚"), customer("我要投诉"))


@pytest.mark.parametrize(
    ("observation", "criterion", "state", "probability", "points"),
    [
        (POLITE, {"met": "hello"}, "met", 1, 10),
        (POLITE, {"met": "curse"}, "not_met", 0, 0),
        (POLITE, {"failed": "curse"}, "met", 1, 10),
        (RUDE, {"failed": "curse"}, "not_met", 0, 0),
        (POLITE, {"met": "hello", "applicable": "complains"}, "met", 1, 10),
        (POLITE, {"met": "hello", "applicable": "curse"}, "not_applicable", None, 0),
        (POLITE, {"met": "quick"}, "not_evaluated", None, 0),
        (POLITE, {"met": "hello", "applicable": "quick"}, "not_evaluated", None, 0),
        (POLITE, {"met": "hello or quick"}, "met", 1, 10),
        (POLITE, {"met": "curse and quick"}, "not_met", 0, 0),
        (POLITE, {"met": "hello", "fatal": "quick"}, "met", 1, 10),
    ],
)  # fmt: skip
def test_states(
    observation: Observation, criterion: dict[str, Any], state: str, probability: float | None, points: float
) -> None:
    """What cannot be measured is not evaluated only where the verdict depends on it."""
    grade = _one(observation, criterion)
    assert (grade.state, grade.probability, grade.points) == (state, probability, points)
    assert grade.max_points == (10 if state in {"met", "not_met"} else 0)
    assert grade.reason


@pytest.mark.parametrize(
    ("threat", "decide_at", "band", "state"),
    [
        (0.30, 0.5, 0.05, "met"),
        (0.70, 0.5, 0.05, "not_met"),
        (0.53, 0.5, 0.05, "abstained"),
        (0.47, 0.5, 0.05, "abstained"),
        (0.53, 0.5, 0.02, "not_met"),
        (0.50, 0.5, 0, "met"),
        (0.30, 0.8, 0.05, "not_met"),
        (0.22, 0.8, 0.05, "abstained"),
        (0.10, 0.8, 0.05, "met"),
    ],
)
def test_the_machine_abstains_near_the_line(threat: float, decide_at: float, band: float, state: str) -> None:
    """A probability too near to ``decide_at`` leaves the score and keeps its number for the reviewer."""
    observation = observed(agent("您好"), customer("好", escalation=threat))
    grade = _one(observation, {"failed": "threat", "decide_at": decide_at}, abstain_within=band)
    assert grade.state == state
    assert grade.probability == pytest.approx(1 - threat)
    assert (grade.max_points == 0) == (state == "abstained")


def test_calibration_decides() -> None:
    """The calibrated probability decides and is told; the raw one is kept beside it."""
    seen: list[tuple[str, Question, float]] = []

    def calibrate(criterion: Criterion, question: Question, raw: float) -> float:
        seen.append((criterion.id, question, raw))
        return 0.9

    observation = observed(agent("您好"), customer("好", escalation=0.8))
    verdicts = _apply(observation, {"failed": "threat"}, calibrate=calibrate)
    assert verdicts.criteria[0].probability == 0.9
    assert verdicts.criteria[0].state == "met"
    assert verdicts.criteria[0].applicability is None
    assert verdicts.raw == {"criterion_0": Raw(applies=1.0, met=pytest.approx(0.2))}
    assert seen == [("criterion_0", "met", pytest.approx(0.2))]


@pytest.mark.parametrize(("applies", "state"), [(0.7, "met"), (0.3, "not_applicable")])
def test_calibration_decides_whether_a_criterion_applies(applies: float, state: str) -> None:
    """The calibrated probability of applying decides, and is told in either case; raw ones are kept of both questions."""

    def calibrate(_criterion: Criterion, question: Question, raw: float) -> float:
        return applies if question == "applies" else raw

    observation = observed(agent("您好"), customer("好", escalation=0.8))
    criterion = {"applicable": "threat", "met": "hello"}
    verdicts = _apply(observation, criterion, calibrate=calibrate)
    assert (verdicts.criteria[0].state, verdicts.criteria[0].applicability) == (state, applies)
    assert verdicts.raw == {"criterion_0": Raw(applies=pytest.approx(0.8), met=1.0)}


@pytest.mark.parametrize(("given", "kept"), [(1.5, 1), (-0.5, 0)])
def test_calibration_cannot_leave_the_range(given: float, kept: float) -> None:
    """Whatever a calibrator says, a probability comes out."""
    assert (
        _one(POLITE, {"met": "hello"}, calibrate=lambda _criterion, _question, _raw: given).probability
        == kept
    )


def test_the_score_weighs_sections_and_leaves_out_what_was_not_judged() -> None:
    """Points count within a section, weights between sections; what left the denominator counts nowhere."""
    sections = [
        {"id": "a", "name": "A", "weight": 3},
        {"id": "b", "name": "B", "weight": 1},
        {"id": "c", "name": "C", "weight": 9},
    ]
    verdicts = _apply(
        POLITE,
        {"section": "a", "points": 30, "met": "hello"},
        {"section": "a", "points": 10, "met": "curse"},
        {"section": "a", "points": 50, "met": "curse", "applicable": "curse"},
        {"section": "b", "points": 1, "met": "curse"},
        {"section": "c", "points": 5, "met": "quick"},
        sections=sections,
    )  # fmt: skip
    assert verdicts.score == pytest.approx(100 * (3 * 30 / 40 + 1 * 0) / 4)
    assert verdicts.passed is False


def test_without_any_verdict_there_is_no_score() -> None:
    """Nothing judged is neither a pass nor a fail."""
    verdicts = _apply(POLITE, {"met": "quick"})
    assert (verdicts.score, verdicts.passed, verdicts.raw) == (None, None, {})


@pytest.mark.parametrize(("pass_score", "passed"), [(75, True), (75.01, False)])
def test_the_pass_score_itself_passes(pass_score: float, passed: bool) -> None:  # noqa: FBT001
    """A conversation passes from the pass score on."""
    verdicts = _apply(
        POLITE, {"met": "hello", "points": 3}, {"met": "curse", "points": 1}, pass_score=pass_score
    )
    assert (verdicts.score, verdicts.passed) == (75, passed)


@pytest.mark.parametrize(
    ("criterion", "state", "fatal"),
    [
        ({"failed": "curse or complains", "fatal": "curse"}, "not_met", ("curse",)),
        ({"failed": "curse or complains", "fatal": True}, "not_met", ("criterion_0",)),
        ({"failed": "sorry or complains", "fatal": "sorry"}, "not_met", ()),
        ({"failed": "sorry", "fatal": "sorry"}, "met", ()),
        ({"failed": "sorry", "fatal": True}, "met", ()),
        ({"met": "complains", "fatal": "curse"}, "not_met", ("curse",)),
        ({"failed": "curse", "fatal": "curse and complains"}, "not_met", ("curse", "complains")),
    ],
)
def test_fatal_faults_end_the_score(criterion: dict[str, Any], state: str, fatal: tuple[str, ...]) -> None:
    """A fatal fault makes the criterion not met, the score 0 and the conversation failed, and is named."""
    verdicts = _apply(RUDE, criterion, {"met": "complains"})
    assert verdicts.criteria[0].state == state
    assert verdicts.fatal == fatal
    assert (verdicts.score == 0) == bool(fatal)
    assert (verdicts.criteria[0].reason.endswith("一票否决。")) == bool(fatal)
    assert not (fatal and verdicts.passed)


@pytest.mark.parametrize(
    ("threat", "calibrated", "fatal"),
    [
        (0.9, None, True),
        (0.6, None, True),
        (0.9, 0.45, True),
        (0.9, 0.8, False),
        (0.4, None, False),
        (0.6, 0.2, True),
    ],
)
def test_calibration_takes_its_share_of_the_fatal_part(
    threat: float,
    calibrated: float | None,
    fatal: bool,  # noqa: FBT001
) -> None:
    """A criterion that calibration finds met is not fatal, one that it finds not met is so in proportion."""
    observation = observed(agent("您好"), customer("好", escalation=threat))
    options = {} if calibrated is None else {"calibrate": lambda _criterion, _question, _raw: calibrated}
    verdicts = _apply(
        observation, {"failed": "threat or curse", "fatal": "threat"}, abstain_within=0, **options
    )
    assert verdicts.fatal == (("threat",) if fatal else ())


def test_a_minor_share_of_a_fault_is_not_fatal() -> None:
    """Where the criterion fails for something else, an unlikely fatal fault does not end the score."""
    observation = observed(agent("您好，滚"), customer("好", escalation=0.4))
    assert _apply(observation, {"failed": "threat or curse", "fatal": "threat"}).fatal == ()


@pytest.mark.parametrize(
    ("deductions", "points"),
    [
        ([("curse", 4)], 6),
        ([("curse", 4), ("complains", 3)], 3),
        ([("curse", 8), ("complains", 8)], 0),
        ([("sorry", 4)], 0),
    ],
)
def test_deductions_cost_by_degree(deductions: list[tuple[str, float]], points: float) -> None:
    """What faults leave of the points is earned; without a fault that hit, not met earns nothing."""
    given = [{"when": when, "points": cost, "reason": f"因为{when}"} for when, cost in deductions]
    grade = _one(RUDE, {"failed": "curse", "deductions": given})
    assert (grade.state, grade.points, grade.max_points) == ("not_met", points, 10)
    for when, cost in deductions:
        assert (f"扣{cost}分:因为{when}。" in grade.reason) == (when != "sorry")


def test_deductions_also_cost_where_the_criterion_is_met() -> None:
    """A criterion that is met loses points for a fault."""
    deductions = [{"when": "sorry", "points": 2.5, "reason": "Late"}]
    grade = _one(POLITE, {"met": "hello", "deductions": deductions}, language="en")
    assert (grade.state, grade.points) == ("met", 7.5)
    assert grade.reason.endswith("2.5 points deducted: Late.")


@pytest.mark.parametrize(
    ("criterion", "chinese", "english"),
    [
        ({"met": "hello"}, "发现:问候(客服第2轮)。", "Found: 问候 (agent turn 2)."),
        ({"met": "curse"}, "未发现:辱骂(已检查客服第2、3轮)。", "Not found: 辱骂 (searched agent turns 2, 3)."),
        ({"failed": "curse"}, "未发现:辱骂(已检查客服第2、3轮)。", "Not found: 辱骂 (searched agent turns 2, 3)."),
        (
            {"met": "hello and sorry and not complains"},
            "发现:投诉(客户第1轮)。",
            "Found: 投诉 (customer turn 1).",
        ),
        (
            {"met": "hello and curse"},
            "未发现:辱骂(已检查客服第2、3轮)。",
            "Not found: 辱骂 (searched agent turns 2, 3).",
        ),
        (
            {"met": "hello or complains"},
            "发现:问候(客服第2轮)、投诉(客户第1轮)。",
            "Found: 问候 (agent turn 2), 投诉 (customer turn 1).",
        ),
        (
            {"met": "hello", "applicable": "curse or threat"},
            "不适用。未发现:辱骂(已检查客服第2、3轮)、投诉意向(已检查客户第1轮)。",
            "Does not apply. Not found: 辱骂 (searched agent turns 2, 3), 投诉意向 (searched customer turn 1).",
        ),
        ({"met": "quick"}, "缺少判断所需的数据:30秒内接听。", "What is needed to judge is missing: 30秒内接听."),
    ],
)  # fmt: skip
def test_reasons(criterion: dict[str, Any], chinese: str, english: str) -> None:
    """Reasons say what was found where and what was looked for where, in the scorecard's language."""
    assert _one(POLITE, criterion).reason == chinese
    assert _one(POLITE, criterion, language="en").reason == english


def test_reasons_tell_measured_numbers() -> None:
    """A measure that decides is told with its value."""
    slow = observed(agent("您好"), metadata={"answer_delay": 45.25})
    assert _one(slow, {"met": "quick"}).reason == "不符合:30秒内接听(45.2)。"
    assert _one(slow, {"failed": "quick"}, language="en").reason == "Does not hold: 30秒内接听 (45.2)."


def test_reasons_tell_what_should_not_be_said_as_a_whole() -> None:
    """A condition that asks for absence holds or does not; it is not looked for."""
    clean = {"clean": {"name": "没有承诺", "keywords": {"none": ["保证"]}, "speaker": "agent"}}
    assert apply(card(clean), observed(agent("您好"))).criteria[0].reason == "符合:没有承诺。"
    assert apply(card(clean), observed(agent("我保证"))).criteria[0].reason == "不符合:没有承诺。"


def test_reasons_of_long_conversations_stay_short() -> None:
    """Of many turns the first ones and their number are told."""
    long = observed(*(agent("好") for _ in range(300)))
    reason = _one(long, {"met": "hello"}).reason
    assert reason == "未发现:问候(已检查客服第1、2、3、4、5、6、7、8…轮,共300轮)。"
    english = _one(long, {"met": "hello"}, language="en").reason
    assert english == "Not found: 问候 (searched agent turns 1, 2, 3, 4, 5, 6, 7, 8, … (300 in all))."


def test_reasons_name_joined_conditions_as_one() -> None:
    """A condition that joins others is told by its own name, with where its parts were looked for; frames are not told."""
    conditions = {
        **{name: CONDITIONS[name] for name in ("hello", "sorry")},
        "by_chat": {"channel": {"any_of": "chat"}},
        "opens": {"name": "开场白", "expression": "by_chat and (hello or sorry)"},
    }
    scorecard = card(conditions, {"met": "opens"})
    assert apply(scorecard, POLITE).criteria[0].reason == "发现:开场白(客服第2轮)。"
    silent = observed(agent("嗯"), customer("好"))
    assert apply(scorecard, silent).criteria[0].reason == "未发现:开场白(已检查客服第1轮)。"


def test_abstaining_says_how_close_it_was() -> None:
    """The reason names the probability, the line and the band, and what speaks for either side."""
    observation = observed(agent("您好"), customer("好", escalation=0.48))
    reason = _one(observation, {"failed": "threat"}).reason
    assert reason.startswith("概率0.52与判定线0.50相差不到0.05,难以判定,请人工复核。")


def test_evidence_points_into_the_redacted_text() -> None:
    """Offsets found in folded text hold in the text as written."""
    observation = observed(agent("［您好］，ＡＢ，抱歉"), agent("您好"))
    grade = _one(observation, {"met": "hello and sorry"})
    assert [(e.turn, e.start, e.end, e.quote) for e in grade.evidence] == [
        (0, 1, 3, "您好"),
        (0, 8, 10, "抱歉"),
        (1, 0, 2, "您好"),
    ]


def test_evidence_of_labels_is_the_turn_or_what_was_highlighted() -> None:
    """Without a highlighter the turn without spaces around is shown; a highlighter that knows nothing is passed over."""
    observation = observed(
        agent("您好"), customer("  我要找媒体曝光  ", escalation=0.9), customer("好", escalation=0.3)
    )
    asked: list[tuple[int, str]] = []

    def highlight(turn: int, label: str) -> tuple[int, int]:
        asked.append((turn, label))
        return 5, 9

    criterion = {"failed": "threat"}
    assert [e.quote for e in _one(observation, criterion).evidence] == ["我要找媒体曝光"]
    assert [e.quote for e in _one(observation, criterion, highlight=highlight).evidence] == ["媒体曝光"]
    assert asked == [(1, "escalation")]
    for useless in (None, (0, 0), (3, 2), (5, 500), (-4, 4)):
        grade = _one(observation, criterion, highlight=lambda _turn, _label, span=useless: span)
        assert [e.quote for e in grade.evidence] == ["我要找媒体曝光"]


def test_evidence_is_short_and_comes_from_every_condition() -> None:
    """At most five pieces, the strongest of each condition first, none twice, a long turn cut at a clause."""
    long = "我要曝光你们,".ljust(100, "啊") + "。" + "哦" * 500
    observation = observed(
        *(agent("您好您好您好") for _ in range(4)), agent("抱歉"), customer(long, escalation=0.9)
    )
    grade = _one(observation, {"met": "hello and sorry and threat"})
    quotes = [e.quote for e in grade.evidence]
    assert len(quotes) == 5
    assert "抱歉" in quotes
    assert quotes[-1] == long[:101]


def test_absence_and_unknown_reasons_have_no_evidence() -> None:
    """Nothing is quoted for what was not found."""
    assert _one(POLITE, {"met": "curse"}).evidence == ()
    assert _one(POLITE, {"failed": "curse"}).evidence == ()


@pytest.mark.parametrize(
    ("language", "reason", "told"),
    [
        ("zh", "unintelligible", "录音大部分无法听清。"),
        ("en", "nothing_said", "Nothing is said."),
        (None, "language", "There is no scorecard for this language."),
        ("zh", "no_agent", "对话中没有客服发言。"),
        ("en", "The line was dead.", "The line was dead."),
    ],
)
def test_a_conversation_that_is_not_fit_is_not_judged(language: str | None, reason: str, told: str) -> None:
    """Every criterion says why; nothing is scored."""
    scorecard = load("service-en").model_copy(update={"language": language})
    verdicts = not_evaluated(scorecard, reason)
    assert {grade.state for grade in verdicts.criteria} == {"not_evaluated"}
    assert {grade.reason for grade in verdicts.criteria} == {told}
    assert [grade.id for grade in verdicts.criteria] == [criterion.id for criterion in scorecard.criteria]
    assert (verdicts.score, verdicts.passed, verdicts.fatal, verdicts.raw) == (None, None, (), {})


def test_the_fingerprint_is_that_of_the_definition() -> None:
    """It changes with what decides the probabilities, and with nothing else."""

    def of(criterion: dict[str, Any], **conditions: Any) -> str:
        scorecard = card({"hello": CONDITIONS["hello"], "by": {"turn_count": {"at_least": 1}}, **conditions},
                         {"met": "hello", **criterion}, {"met": "by"})  # fmt: skip
        return fingerprint(scorecard, scorecard.criteria[0])

    base = of({})
    assert len(base) == 16
    assert of({"points": 3, "decide_at": 0.7, "name": "X", "coaching": "Y"}) == base
    assert of({"deductions": [{"when": "by", "points": 1, "reason": "Z"}]}) == base
    assert of({}, hello={**CONDITIONS["hello"], "name": "Other"}) == base
    assert of({"met": "  hello "}) == base
    assert of({"met": "hello and by"}) != base
    assert of({"fatal": "by"}) != base
    assert of({"applicable": "by"}) != base
    assert of({"failed": "hello", "met": None}) != base
    assert of({}, hello={**CONDITIONS["hello"], "turns": {"first": 1}}) != base
    anchored = {"keywords": {"any": ["您好"]}, "near": {"condition": "other", "within": 1}}
    one = of({}, hello=anchored, other={"keywords": {"any": ["a"]}})
    assert one != of({}, hello=anchored, other={"keywords": {"any": ["b"]}})


def test_the_trace_shows_conditions_and_expressions() -> None:
    """Every condition with its hits and every expression with its value, for those who write scorecards."""
    conditions = {**{name: CONDITIONS[name] for name in ("hello", "quick", "threat")},
                  "opens": {"expression": "hello or threat"}}  # fmt: skip
    criterion = {
        "met": "opens", "applicable": "hello", "fatal": "quick", "deductions": [{"when": "threat", "points": 1, "reason": "x"}]
    }  # fmt: skip
    observation = observed(agent("您好"), customer("曝光", escalation=0.5))
    shown = trace(card(conditions, criterion), observation)
    by_name = {condition.name: condition for condition in shown.conditions}
    (hit,) = by_name["hello"].hits
    assert (hit.turn, hit.start, hit.end, hit.quote, hit.probability) == (0, 0, 2, "您好", 1)
    assert by_name["quick"].probability is None
    assert by_name["opens"].probability == 1
    assert by_name["threat"].searched == (1,)
    assert [(e.field, e.source, e.probability) for e in shown.expressions["criterion_0"]] == [
        ("applicable", "hello", 1),
        ("met", "opens", 1),
        ("fatal", "quick", None),
        ("deductions[0].when", "threat", 0.5),
    ]
    assert shown.verdicts.criteria[0].state == "met"


TEXTS = st.text("您好抱歉投诉滚ａＢ 繁體請[PHONE]。,!?'\n\u0000😀", max_size=30)
WEIGHTS = st.lists(st.floats(0, 1), min_size=8, max_size=8)
TIMES = st.none() | st.floats(-10, 1000)


def _spread(levels: tuple[str, ...], weights: list[float]) -> dict[str, float]:
    total = sum(weights[: len(levels)]) or 1.0
    return {level: weight / total for level, weight in zip(levels, weights, strict=False)}


@st.composite
def _conversations(draw: st.DrawFn) -> Observation:
    turns, labels = [], []
    for _ in range(draw(st.integers(0, 6))):
        speaker = draw(st.sampled_from(["agent", "customer", "bot", "system", "unknown"]))
        turns.append(Turn(speaker=speaker, text=draw(TEXTS), start=draw(TIMES), end=draw(TIMES)))
        weights = draw(WEIGHTS)
        said: TurnLabels = {}
        if speaker == "agent":
            said = {name: _spread(levels, weights) for name, levels in AGENT_LEVELS.items()}
            said["violation"] = dict(zip(VIOLATIONS, weights, strict=False))
        elif speaker == "customer":
            said = {"emotion": _spread(EMOTIONS, weights), "escalation": weights[0], "resolved": weights[1]}
        if speaker in NUGGETS:
            said["nugget"] = _spread(NUGGETS[speaker], weights)
        labels.append(said if draw(st.booleans()) or speaker == "agent" else {})
    outcome = {m: _spread(OUTCOME_LEVELS, draw(WEIGHTS)) for m in "ASE"} if turns else {}
    conversation = Conversation(
        id="c",
        channel=draw(st.sampled_from(["call", "chat", "email"])),
        language=draw(st.sampled_from([None, "zh", "en", "fr"])),
        metadata=draw(
            st.dictionaries(st.sampled_from(["answer_delay", "vip"]), st.none() | st.integers() | st.text())
        ),
        turns=tuple(turns),
    )
    return observe(conversation, ConversationLabels(turns=tuple(labels), outcome=outcome))


EVERYTHING = card(
    {
        **CONDITIONS,
        "pattern": {"pattern": {"regex": "投.*诉", "unless": ["不"]}, "before": {"condition": "threat", "within": 2}},
        "alike": {"similar": {"to": ["请您稍等片刻"], "at_least": 0.4}, "nth": 2},
        "curt": {"label": {"name": "courtesy", "at_most": 0}, "near": {"condition": "threat", "within": 1}},
        "sad": {"label": {"name": "emotion", "at_most": -1}, "count": 2},
        "soft": {"label": {"name": "solution", "at_least": 1, "along_with": {"name": "follow_up", "at_least": 1}}},
        "firm": {"label": {"name": "solution", "at_least": 2}, "turns": {"last": 2}},
        "promise": {"label": {"name": "follow_up", "at_least": 1}},
        "bad": {"label": {"name": "violation"}},
        "told": {"label": {"name": "nugget", "any_of": ["CNUG0", "CNUG"]}},
        "good": {"outcome": {"measure": "A", "at_least": 1}},
        "silent": {"silence": {"longer_than": 3}},
        "cuts_in": {"interruption": {}},
        "vip": {"metadata": {"field": "vip", "present": True}},
        "spoken": {"language": {"any_of": "zh"}},
        "joined": {"expression": "not (soft and promise) or firm and good"},
    },
    {"met": "hello or pattern or alike", "applicable": "not curse"},
    {"failed": "bad or curt", "fatal": "bad and threat", "deductions": [{"when": "sad", "points": 2, "reason": "r"}]},
    {"met": "joined and (soft or promise or not firm)", "applicable": "told or vip"},
    {"failed": "silent or cuts_in or quick", "fatal": True},
    {"met": "spoken and good or not good and complains or sorry"},
)  # fmt: skip


CARDS = {"everything": EVERYTHING, **{name: load(name) for name in shipped()}}


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=150, deadline=None)
@given(_conversations(), st.sampled_from(sorted(CARDS)))
def test_any_conversation_gets_a_sensible_verdict(observation: Observation, name: str) -> None:
    """Probabilities, points and scores stay in range, evidence is what stands in the text, and every verdict has a reason."""
    scorecard = CARDS[name]
    verdicts = apply(scorecard, observation)
    assert [grade.id for grade in verdicts.criteria] == [criterion.id for criterion in scorecard.criteria]
    assert verdicts.score is None or 0 <= verdicts.score <= 100
    for grade in verdicts.criteria:
        assert grade.reason
        assert (grade.probability is None) == (grade.state in {"not_applicable", "not_evaluated"})
        assert 0 <= grade.points <= grade.max_points
        for piece in grade.evidence:
            text = observation.conversation.turns[piece.turn].text
            assert 0 <= piece.start < piece.end <= len(text)
            assert text[piece.start : piece.end] == piece.quote
    assert trace(scorecard, observation).verdicts == verdicts


def test_bots_and_systems_are_judged_by_nobody() -> None:
    """A conversation without any agent is not evaluated, criterion by criterion."""
    alone = observed(other("您好"), customer("我要投诉"))
    assert {grade.state for grade in _apply(alone, {"met": "hello"}, {"failed": "curse"}).criteria} == {
        "not_evaluated"
    }
