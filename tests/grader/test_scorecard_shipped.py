"""The two scorecards that ship judge invented conversations as the codebook says."""

import time
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scorecard_making import Said, agent, customer, find, observed

from grader.codebook import VIOLATIONS
from grader.scorecard import Judge, Observation, Verdicts, apply, load, shipped

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
IDS = {
    "empathy",
    "script",
    "compliance",
    "courtesy",
    "solution",
    "follow_up",
    "timeliness",
    "closing",
    "accuracy",
}
CARDS = {name: load(name) for name in shipped()}


def _judge(*said: Said, name: str = "service-zh", **frame: Any) -> Verdicts:
    return apply(CARDS[name], observed(*said, language=CARDS[name].language, **frame))


def _states(verdicts: Verdicts) -> dict[str, str]:
    return {grade.id: grade.state for grade in verdicts.criteria}


@pytest.mark.parametrize("name", ["service-en", "service-zh"])
def test_the_fixed_criteria_are_there(name: str) -> None:
    """Both have the criteria that clients count on, and every criterion can be coached."""
    scorecard = CARDS[name]
    assert {criterion.id for criterion in scorecard.criteria} >= IDS
    assert all(criterion.coaching for criterion in scorecard.criteria)


def test_both_languages_are_judged_alike() -> None:
    """The two differ in words only: criteria, weights, points and expressions are the same."""
    chinese, english = CARDS["service-zh"], CARDS["service-en"]
    for one, other in zip(chinese.criteria, english.criteria, strict=True):
        for field in ("id", "section", "points", "applicable", "met", "failed", "fatal", "decide_at"):
            assert getattr(one, field) == getattr(other, field)
        assert [(d.when, d.points) for d in one.deductions] == [(d.when, d.points) for d in other.deductions]
    assert [(s.id, s.weight) for s in chinese.sections] == [(s.id, s.weight) for s in english.sections]
    assert chinese.conditions.keys() == english.conditions.keys()


@pytest.mark.parametrize("name", ["service-en", "service-zh"])
def test_a_batch_is_judged_like_each_alone(name: str) -> None:
    """Who else is in the batch changes nothing: not those without turns, without an agent, or without times."""
    frame = {"language": CARDS[name].language}
    angry = customer("宽带断了，马上修 the line is dead", emotion=-2, sure=0.7, escalation=0.4, sent_at=NOON)
    reply = agent("已上报，24小时内回复 I will call you back", solution=1, follow_up=2, sure=0.6,
                  sent_at=NOON + timedelta(seconds=20))  # fmt: skip
    rude = agent("说了多少遍了 how many times", violation={"rude": 0.8, "blame": 0.3}, sure=0.9)
    thanks = customer("谢谢 thanks", emotion=1, sure=0.8, resolved=0.9)
    batch = [
        observed(angry, reply, thanks, **frame),
        observed(**frame),
        observed(angry, rude, agent("再见 goodbye", empathy=2, sure=0.5), channel="call", **frame),
        observed(customer("在吗 hello?"), **frame),
        observed(thanks, reply, channel="email", metadata={"answer_delay": 12}, **frame),
    ]
    judge = Judge(CARDS[name], batch)
    for at, alone in enumerate(batch):
        together, expected = judge.verdicts(at), apply(CARDS[name], alone)
        for criterion, raw in together.raw.items():
            assert astuple(raw) == pytest.approx(astuple(expected.raw[criterion]), abs=1e-12)
        assert together.raw.keys() == expected.raw.keys()
        assert [g.model_dump(exclude={"probability"}) for g in together.criteria] == [
            g.model_dump(exclude={"probability"}) for g in expected.criteria
        ]


SAD = {"emotion": -1, "problem": 1.0}


@pytest.mark.parametrize(
    ("said", "met"),
    [
        ([customer(**SAD), agent(empathy=1, solution=2, follow_up=1)], True),
        ([customer(**SAD), agent(empathy=2), agent(solution=2), agent(follow_up=2)], True),
        ([customer(**SAD), agent(empathy=1), agent(solution=1, follow_up=1)], True),
        ([customer(**SAD), agent(empathy=1), agent(solution=1), agent(follow_up=1)], False),
        ([customer(**SAD), agent(empathy=1), agent(solution=1)], False),
        ([customer(**SAD), agent(empathy=1), agent(follow_up=2)], False),
        ([customer(**SAD), agent(solution=2, follow_up=2)], False),
        ([customer(**SAD), agent(empathy=1, solution=2)], False),
        ([customer(**SAD), agent(empathy=1, solution=2), customer(resolved=1)], True),
        ([customer(**SAD), agent(empathy=1, solution=2), customer(emotion=1)], True),
        ([customer(**SAD), agent(empathy=1, solution=2), customer(emotion=1), customer(), customer()], False),
        ([customer(**SAD), agent(solution=2), customer(resolved=1)], False),
        ([customer(escalation=1, problem=1), agent(solution=2, follow_up=2)], False),
        ([customer(), agent(solution=2)], True),
        ([customer(), agent(solution=2, follow_up=1)], True),
        ([customer(), agent(solution=1)], False),
        ([customer(), agent(solution=1, follow_up=1)], True),
        ([customer(), agent(solution=1), customer(resolved=1)], False),
        ([customer(), agent()], False),
    ],
)
@pytest.mark.parametrize("name", ["service-en", "service-zh"])
def test_the_script_follows_the_codebook(said: list[Said], met: bool, name: str) -> None:  # noqa: FBT001
    """Empathy where there is a problem, a solution, and a follow-up unless the case is settled."""
    assert _states(_judge(*said, name=name))["script"] == ("met" if met else "not_met")


@pytest.mark.parametrize("name", ["service-en", "service-zh"])
@pytest.mark.parametrize(("problem", "state"), [(0.9, "not_met"), (0.1, "not_applicable")])
def test_empathy_is_asked_for_where_there_is_a_problem(problem: float, state: str, name: str) -> None:
    """However the customer puts it: displeasure alone asks for none, and a calm report of a problem does."""
    calm, cross = (customer("1", emotion=emotion, problem=p) for emotion, p in ((0, problem), (-1, problem)))
    for told in (calm, cross):
        verdicts = _judge(told, agent("好", solution=2), name=name)
        assert _states(verdicts)["empathy"] == state
        empathy = next(grade for grade in verdicts.criteria if grade.id == "empathy")
        assert empathy.applicability == pytest.approx(problem)


def test_the_script_is_a_probability() -> None:
    """Unsure labels give the probability of the whole expression, not a product of its parts taken as independent."""
    verdicts = _judge(customer(problem=1.0), agent(empathy=1, solution=1, follow_up=1, sure=0.9))
    empathy, step_along, concrete, promise = 0.95, 0.95 * 0.95, 0.05, 0.95
    solved = concrete + (1 - concrete) * (step_along - concrete * promise) / (1 - concrete)
    met = {name: raw.met for name, raw in verdicts.raw.items()}
    assert met["empathy"] == pytest.approx(empathy)
    assert met["solution"] == pytest.approx(solved, abs=1e-6)
    assert met["script"] == pytest.approx(empathy * step_along, abs=1e-6)
    assert empathy * step_along < solved


@pytest.mark.parametrize("name", ["service-en", "service-zh"])
@pytest.mark.parametrize("code", VIOLATIONS)
def test_each_violation_fails_compliance(code: str, name: str) -> None:
    """Blaming and brushing off cost by degree, every other violation ends the score and is named."""
    verdicts = _judge(agent(violation={code: 0.9}), customer(), name=name)
    compliance = next(grade for grade in verdicts.criteria if grade.id == "compliance")
    assert compliance.state == "not_met"
    if code in {"blame", "brush_off"}:
        assert (verdicts.fatal, compliance.points) == ((), 10)
    else:
        assert (verdicts.fatal, compliance.points, verdicts.score, verdicts.passed) == ((code,), 0, 0, False)


@pytest.mark.parametrize("name", ["service-en", "service-zh"])
def test_both_faults_by_degree_cost_all_points(name: str) -> None:
    """Two deductions of half the points leave none."""
    verdicts = _judge(
        agent(violation={"blame": 0.9}), agent(violation={"brush_off": 0.9}), customer(), name=name
    )
    assert next(grade for grade in verdicts.criteria if grade.id == "compliance").points == 0


UNMISTAKABLE = [
    ("service-zh", "privacy", "麻烦您把收到的短信验证码念给我"),
    ("service-zh", "privacy", "请提供一下您的登录密码"),
    ("service-zh", "privacy", "卡背面的三位数也报一下"),
    ("service-zh", "privacy", "支付密码多少"),
    ("service-zh", "off_platform", "您加我微信,咱们私下聊"),
    ("service-zh", "off_platform", "钱直接转到我支付宝就行"),
    ("service-zh", "overpromise", "我跟您保证百分百能退"),
    ("service-zh", "overpromise", "绝对不会再出现这种情况"),
    ("service-zh", "rude", "你听不懂人话吗"),
    ("service-zh", "rude", "爱投诉就去投诉吧"),
    ("service-zh", "blame", "谁让您自己乱点的"),
    ("service-zh", "brush_off", "这个我们管不了"),
    ("service-zh", "misleading", "合同里那些条款不用看"),
    ("service-en", "privacy", "Could you give me your online banking password?"),
    ("service-en", "privacy", "please read me the verification code you just got"),
    ("service-en", "privacy", "I need the full card number and the CVV"),
    ("service-en", "off_platform", "just send it to my personal account"),
    ("service-en", "off_platform", "message me on WhatsApp and we sort it there"),
    ("service-en", "overpromise", "I guarantee 100% it will never fail"),
    ("service-en", "overpromise", "zero risk, trust me"),
    ("service-en", "rude", "are you deaf?"),
    ("service-en", "blame", "that's your own fault"),
    ("service-en", "brush_off", "there is nothing we can do"),
    ("service-en", "misleading", "you don't need to read the small print"),
]
INNOCENT = [
    ("service-zh", "请不要把验证码告诉任何人"),
    ("service-zh", "我们不会向您索要密码,谨防诈骗"),
    ("service-zh", "您点忘记密码,按提示重置就行"),
    ("service-zh", "请私信提供您的查询密码"),
    ("service-zh", "麻烦报一下卡号后四位"),
    ("service-zh", "您的[PASSWORD]已经遮盖"),
    ("service-zh", "您可以加我们的企业微信"),
    ("service-zh", "请关注官方微信公众号"),
    ("service-zh", "千万不要转到对方个人账户"),
    ("service-zh", "这个我不敢跟您保证百分百能退"),
    ("service-zh", "保证金会原路退回"),
    ("service-zh", "我们承诺24小时内回复"),
    ("service-zh", "这款是百分百纯棉的"),
    ("service-zh", "是谁让您转账的呢?可能是骗子"),
    ("service-zh", "这个我们管不了,建议您拨打社区电话,我把号码给您"),
    ("service-zh", "垃圾短信不用理会"),
    ("service-zh", "确实是我们的问题,给您添麻烦了"),
    ("service-en", "Never share your password with anyone"),
    ("service-en", "We will never ask for your PIN"),
    ("service-en", "please don't tell me your password"),
    ("service-en", "you can reset your password in the app"),
    ("service-en", "I just need the last four digits of your card"),
    ("service-en", "could you confirm your postcode?"),
    ("service-en", "message us on our official page"),
    ("service-en", "don't send money to a private account"),
    ("service-en", "I can't guarantee it will be there on Monday"),
    ("service-en", "it has a two year guarantee"),
    ("service-en", "we'll do our best to get it there tomorrow"),
    ("service-en", "that's not your fault at all"),
    ("service-en", "there's nothing we can do today, but I can book an engineer for tomorrow"),
    ("service-en", "please ignore the old email, it was sent by mistake"),
]


@pytest.mark.parametrize(("name", "code", "text"), UNMISTAKABLE)
def test_unmistakable_words_are_a_violation_whatever_the_classifier_says(
    name: str, code: str, text: str
) -> None:
    """A rule finds what the weights overlook; the customer's words are no violation."""
    conditions = CARDS[name].conditions
    rules = {rule: conditions[rule] for rule in conditions if rule.startswith("says_")}
    found = [
        rule
        for rule, condition in rules.items()
        if find(observed(agent(text)), condition.model_dump()).probability
    ]
    assert found == [f"says_{code}"]
    assert _states(_judge(agent(text), customer(), name=name))["compliance"] == "not_met"
    assert _states(_judge(agent(), customer(text), name=name))["compliance"] == "met"


@pytest.mark.parametrize(("name", "text"), INNOCENT)
def test_warnings_and_honest_words_are_no_violation(name: str, text: str) -> None:
    """Exclusions keep the rules from what only sounds like a violation."""
    assert _states(_judge(agent(text), customer(), name=name))["compliance"] == "met"


def _messages(seconds: float, **frame: Any) -> Observation:
    asked, answered = NOON, NOON + timedelta(seconds=seconds)
    return observed(customer("在吗", sent_at=asked), agent("在的", sent_at=answered), **frame)


@pytest.mark.parametrize(
    ("observation", "state"),
    [
        (_messages(60), "met"),
        (_messages(61), "not_met"),
        (_messages(61, channel="email"), "met"),
        (_messages(86_400, channel="email"), "met"),
        (_messages(86_401, channel="email"), "not_met"),
        (observed(agent("您好"), channel="call", metadata={"answer_delay": 30}), "met"),
        (observed(agent("您好"), channel="call", metadata={"answer_delay": 31}), "not_met"),
        (observed(agent("您好"), channel="call"), "not_evaluated"),
        (observed(agent("您好"), channel="chat", metadata={"answer_delay": 3}), "not_evaluated"),
    ],
)
def test_timeliness_goes_by_channel(observation: Observation, state: str) -> None:
    """30 s to answer a call, 60 s to the first reply in a chat, 24 h to the reply to an e-mail; unknown is not failed."""
    assert _states(apply(CARDS["service-zh"], observation))["timeliness"] == state


@pytest.mark.parametrize(
    ("said", "state", "points"),
    [
        ([customer(**SAD), agent(follow_up=1)], "met", 10),
        ([customer(**SAD), agent()], "not_met", 0),
        ([customer(**SAD), agent(solution=2), customer(resolved=1)], "not_applicable", 0),
        ([customer(escalation=1), agent(follow_up=1)], "not_met", 3),
        ([customer(**SAD), agent("已反馈给相关部门,会尽快处理", follow_up=1)], "not_met", 3),
        ([customer(escalation=1), agent("专员24小时内给您回电", follow_up=2)], "met", 10),
        ([customer(escalation=1), agent("工程师明天上午联系您", follow_up=2)], "met", 10),
        ([customer(escalation=1), agent("专员72小时内给您回电", follow_up=2)], "met", 7),
        ([customer(escalation=1), agent("专员四十九小时内给您回电", follow_up=2)], "met", 7),
        ([customer(escalation=1), agent("专员四十八小时内给您回电", follow_up=2)], "met", 10),
        ([customer(escalation=1), agent("请稍等两分钟"), agent("专员会给您回电", follow_up=2)], "met", 7),
        ([customer(escalation=1), agent()], "not_met", 0),
    ],
)
def test_follow_up_must_be_specific_in_complex_cases(said: list[Said], state: str, points: float) -> None:
    """A vague promise will do in a simple case; a complex one needs who or when, within 48 hours for all points."""
    grade = next(grade for grade in _judge(*said).criteria if grade.id == "follow_up")
    assert (grade.state, grade.points) == (state, points)


@pytest.mark.parametrize(
    ("name", "said", "state"),
    [
        ("service-zh", [agent("不好意思,我刚才说错了,是三天")], "not_met"),
        ("service-zh", [agent("是不是您记错了密码呢")], "met"),
        ("service-zh", [agent("好"), customer("你刚才不是说免费的吗")], "not_met"),
        ("service-zh", [agent("好"), customer("昨天客服还说能退,怎么今天又不行")], "not_met"),
        ("service-zh", [agent("好"), customer("我刚才说了我的地址")], "met"),
        ("service-en", [agent("Sorry, I misspoke, it's five days")], "not_met"),
        ("service-en", [agent("Let me correct that for you on the account")], "met"),
        ("service-en", [agent("ok"), customer("that's not what the last agent told me")], "not_met"),
        ("service-en", [agent("ok"), customer("you told me to call back")], "met"),
    ],
)
def test_signs_of_wrong_answers(name: str, said: list[Said], state: str) -> None:
    """An agent who takes back own words and a customer who was told otherwise."""
    assert _states(_judge(*said, name=name))["accuracy"] == state


@pytest.mark.parametrize(
    ("name", "said", "state"),
    [
        ("service-zh", [agent("您好"), agent("请问还有其他可以帮到您的吗")], "met"),
        ("service-zh", [agent("您好"), agent("祝您生活愉快,再见")], "met"),
        ("service-zh", [agent("您好"), agent("查到了"), agent("可以退"), agent("点右上角")], "not_met"),
        ("service-zh", [agent("谢谢来电"), agent("查到了"), agent("可以退")], "not_met"),
        ("service-zh", [agent("您好")], "not_applicable"),
        ("service-en", [agent("Hello"), agent("Anything else I can help with?")], "met"),
        ("service-en", [agent("Hello"), agent("It is in your inbox"), agent("Click on it")], "not_met"),
    ],
)
def test_closing(name: str, said: list[Said], state: str) -> None:
    """The last two turns of the agent hold a question for more, thanks or a farewell."""
    assert _states(_judge(*said, name=name))["closing"] == state


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([agent(courtesy=2)], "met"),
        ([agent(courtesy=2), agent(courtesy=1)], "met"),
        ([agent(courtesy=1)], "not_met"),
        ([agent(courtesy=2), agent(courtesy=0)], "not_met"),
    ],
)
def test_courtesy(said: list[Said], state: str) -> None:
    """Polite forms, and nothing cold."""
    assert _states(_judge(*said, customer()))["courtesy"] == state


def test_a_good_call_passes_and_a_poor_one_does_not() -> None:
    """A whole call of each kind, with unsure labels, comes out as a person would judge it."""
    good = _judge(
        agent("Good morning, how can I help you?", courtesy=2, sure=0.95, start=0, end=3),
        customer("My fridge broke and everything is thawing", emotion=-1, sure=0.9, start=3.5, end=7),
        agent("Oh no, a freezer full of food going soft is awful.", empathy=2, courtesy=2, sure=0.95, start=8, end=11),
        agent("Our engineer will be with you by 4 pm today.", solution=2, follow_up=2, courtesy=2, sure=0.95, start=11, end=14),
        customer("That is great, thank you so much", emotion=1, sure=0.9, start=15, end=17),
        agent("Is there anything else? Goodbye!", courtesy=2, sure=0.95, start=18, end=20),
        name="service-en",
        channel="call",
        metadata={"answer_delay": 8},
    )  # fmt: skip
    assert good.passed
    assert good.score == 100
    poor = _judge(
        agent("yes", courtesy=0, sure=0.9),
        customer("My fridge broke and everything is thawing", emotion=-1, sure=0.9),
        agent("not a lot i can do", courtesy=0, sure=0.9, violation={"brush_off": 0.8}),
        customer("I will call the newspaper", emotion=-2, escalation=0.9),
        name="service-en",
    )
    assert poor.passed is False
    assert poor.score is not None
    assert poor.score < 40
    assert poor.fatal == ()


@pytest.mark.parametrize("name", ["service-en", "service-zh"])
def test_judging_is_quick(name: str) -> None:
    """An ordinary conversation costs about a tenth of a millisecond a turn; this guards against ten times as much."""
    said = [
        one
        for _ in range(8)
        for one in (
            customer(
                "我的宽带断了三天了 my line is down again", emotion=-1, sure=0.6, escalation=0.1, resolved=0.1
            ),
            agent("非常抱歉 sorry about that, 工程师今天上门", empathy=1, solution=1, follow_up=2, sure=0.7),
        )
    ]
    observation = observed(*said, language=CARDS[name].language)
    apply(CARDS[name], observation)
    start = time.process_time()
    for _ in range(20):
        apply(CARDS[name], observation)
    assert (time.process_time() - start) / (20 * len(said)) < 0.001
