"""Invented conversations with invented grades, for what is shown of a run: the page and the terminal's table.

They are no grader's work: every state, reason and mark that can be shown occurs.
"""

from datetime import UTC, datetime, timedelta, timezone
from itertools import cycle, islice
from typing import Any

from grader.conversation import Conversation
from grader.grade import Grade, ScorecardName
from grader.page import DEMONSTRATION_SPEECH
from grader.problems import Problem

CHINA = timezone(timedelta(hours=8))
STARTED = datetime(2026, 11, 20, 18, 30, tzinfo=CHINA)

MANDARIN = ScorecardName(name="客服质检", version=3)
ENGLISH = ScorecardName(name="Customer care", version=2)

NAMES = {
    MANDARIN: {
        "courtesy": "礼貌用语",
        "empathy": "共情",
        "script": "三段式话术",
        "solution": "解决方案",
        "follow_up": "跟进承诺",
        "timeliness": "响应及时",
        "closing": "规范结束",
        "compliance": "合规",
    },
    ENGLISH: {
        "courtesy": "Courtesy",
        "empathy": "Empathy",
        "script": "Three-step script",
        "solution": "Solution",
        "follow_up": "Follow-up",
        "timeliness": "Timeliness",
        "closing": "Closing",
        "compliance": "Compliance",
    },
}

PROBLEMS = (
    Problem(
        source="recordings/2026-11-20/line-7.wav",
        place=None,
        problem="The file ends in the middle of its header.",
        remedy="Export the recording again.",
    ),
    Problem(
        source="chats/november.xlsx",
        place="sheet Chats, row 218",
        problem="The row has a speaker but no text.",
        remedy="Fill in the column 内容, or delete the row.",
    ),
)

NOTICES = (DEMONSTRATION_SPEECH, "The turn labels come from the shipped weights.")

_MAX = {
    "courtesy": 10,
    "empathy": 20,
    "script": 20,
    "solution": 15,
    "follow_up": 10,
    "timeliness": 5,
    "closing": 5,
    "compliance": 15,
}


def _outcome(mean: float) -> dict[str, dict[str, float]]:
    def scale(centre: float) -> dict[str, float]:
        weights = {str(level): 2.0 ** -((level - centre) ** 2) for level in range(-2, 3)}
        total = sum(weights.values())
        return {level: weight / total for level, weight in weights.items()}

    return {"A": scale(mean), "S": scale(mean - 0.6), "E": scale(mean + 0.2)}


def make(
    conversation: dict[str, Any],
    verdicts: dict[str, tuple[str, float | None, str, list[tuple[int, str]]]],
    *,
    reasons: tuple[str, ...] = (),
    timing: dict[str, Any] | None = None,
    outcome: float = 0.8,
    labels: dict[int, dict[str, Any]] | None = None,
) -> tuple[Conversation, Grade]:
    """Make a conversation with its grade; verdicts are (state, probability, reason, quotes by turn) by criterion."""
    read = Conversation.model_validate(conversation)
    criteria = []
    for name, (state, probability, reason, quotes) in verdicts.items():
        counted = state in ("met", "not_met")
        evidence = []
        for turn, quote in quotes:
            start = read.turns[turn].text.index(quote)
            evidence.append({"turn": turn, "start": start, "end": start + len(quote), "quote": quote})
        criteria.append(
            {
                "id": name,
                "state": state,
                "probability": probability,
                "points": _MAX[name] if state == "met" else 0,
                "max_points": _MAX[name] if counted else 0,
                "reason": reason,
                "evidence": evidence,
            }
        )
    possible = sum(c["max_points"] for c in criteria)
    score = round(100 * sum(c["points"] for c in criteria) / possible, 1) if possible else None
    fatal = any(reason.startswith("fatal") for reason in reasons)
    grade = Grade.model_validate(
        {
            "conversation_id": read.id,
            "scorecard": MANDARIN if read.language == "zh" else ENGLISH,
            "models": {
                "turns": "turns-linear-1",
                "speech": "micro-whisper" if read.transcription else None,
            },
            "score": score,
            "passed": None if score is None else score >= 60 and not fatal,
            "criteria": criteria,
            "turns": [(labels or {}).get(i, {}) for i in range(len(read.turns))],
            "outcome": _outcome(outcome),
            "timing": timing or {},
            "triage": {"decision": "review" if reasons else "auto", "reasons": reasons},
        }
    )
    return read, grade


def _call_about_an_outage() -> tuple[Conversation, Grade]:
    """A call in Mandarin with all that a recording brings: silence, interruption, dropped speech, unsure words."""
    said = [
        ("system", "本次通话将被录音。", 0.0, 2.1),
        ("agent", "您好，这里是云桥宽带，工号1704，请问有什么可以帮您？", 2.6, 7.2),
        ("customer", "我家宽带断了两天了，孩子天天上网课，你们到底管不管？", 7.9, 13.4),
        (
            "agent",
            "孩子上网课断线确实很耽误，换作是我也会着急。我先帮您查一下线路，麻烦报一下登记的手机号。",
            13.1,
            22.8,
        ),
        ("customer", "[PHONE]，登记的名字是[NAME]。", 23.4, 30.6),
        ("agent", "好的，请稍等。", 31.0, 32.2),
        (
            "agent",
            "查到了，是小区光交箱的端口坏了，已经为您派单更换。师傅今晚八点前上门，24小时内我会给您回电确认。",
            51.9,
            63.5,
        ),
        ("customer", "行吧，再不好我就去工信部投诉了。", 64.0, 67.1),
        ("agent", "非常理解，我会一直跟进到修好为止。感谢您的来电，再见。", 67.6, 72.4),
    ]
    unsure = "光交箱的端口"
    turns = []
    for speaker, text, start, end in said:
        step = (end - start) / max(len(text), 1)
        words = [
            {
                "text": character,
                "start": start + i * step,
                "end": start + (i + 1) * step,
                "probability": 0.31 if character in unsure and unsure in text else 0.96,
            }
            for i, character in enumerate(text)
            if character not in "，。？"
        ]
        turns.append({"speaker": speaker, "text": text, "start": start, "end": end, "words": words})
    return make(
        {
            "id": "通话-20261120-0931",
            "channel": "call",
            "language": "zh",
            "started_at": "2026-11-20T09:31:00+08:00",
            "agent": {"id": "a-1704", "team": "宽带报障"},
            "queue": "报障",
            "direction": "inbound",
            "turns": turns,
            "role_confidence": 0.98,
            "transcription": {
                "model": "micro-whisper",
                "layout": "stereo",
                "duration": 72.4,
                "language_probability": 0.99,
                "intelligibility": 0.91,
                "voice_confidence": 1.0,
                "dropped": [{"start": 36.0, "end": 39.5, "text": "谢谢观看", "reason": "stock_phrase"}],
            },
        },
        {
            "courtesy": ("met", 0.97, "全程使用敬语。", [(1, "您好"), (8, "感谢您的来电")]),
            "empathy": (
                "met",
                0.94,
                "说出了这位客户的处境。",
                [(3, "孩子上网课断线确实很耽误，换作是我也会着急")],
            ),
            "script": (
                "met",
                0.86,
                "共情、解决、跟进三步齐全。",
                [(3, "换作是我也会着急"), (6, "已经为您派单更换"), (6, "24小时内我会给您回电确认")],
            ),
            "solution": (
                "met",
                0.95,
                "查明原因并已派单。",
                [(6, "是小区光交箱的端口坏了，已经为您派单更换")],
            ),
            "follow_up": (
                "met",
                0.93,
                "承诺了时限和负责人。",
                [(6, "师傅今晚八点前上门，24小时内我会给您回电确认")],
            ),
            "timeliness": ("met", 0.99, "12 秒内接听。", []),
            "closing": ("met", 0.9, "有感谢和道别。", [(8, "感谢您的来电，再见")]),
            "compliance": (
                "not_met",
                0.42,
                "“跟进到修好为止”可能构成无授权的承诺。",
                [(8, "我会一直跟进到修好为止")],
            ),
        },
        reasons=("low_confidence:compliance", "escalation"),
        timing={
            "answer_delay": 12.0,
            "first_response": 0.0,
            "duration": 72.4,
            "silences": [{"start": 32.2, "end": 51.9, "after_turn": 5}],
            "longest_silence": 19.7,
            "total_silence": 19.7,
            "interruptions": [{"turn": 3, "overlap": 0.3}],
            "speech_rate": 268.0,
            "talk_ratio": 0.64,
        },
        labels={
            2: {"emotion": {"-2": 0.22, "-1": 0.7, "0": 0.08, "1": 0.0}, "escalation": 0.03, "resolved": 0.0},
            7: {"emotion": {"-2": 0.6, "-1": 0.3, "0": 0.1, "1": 0.0}, "escalation": 0.97, "resolved": 0.1},
        },
        outcome=0.6,
    )


def _chat(texts: list[tuple[str, str]], start: datetime) -> list[dict[str, Any]]:
    times = (start + timedelta(seconds=34 * i) for i in range(len(texts)))
    return [
        {"speaker": speaker, "text": text, "sent_at": time.isoformat()}
        for (speaker, text), time in zip(texts, times, strict=True)
    ]


def _good_english_chat() -> tuple[Conversation, Grade]:
    texts = [
        ("bot", "Hi! I am Juniper, the shop's assistant. Type “agent” to talk to a person."),
        ("customer", "agent"),
        ("agent", "Good morning, this is Rowan. How can I help you today?"),
        ("customer", "The blender I ordered for my sister's wedding on Saturday still has not shipped 😟"),
        (
            "agent",
            "Oh no, with the wedding on Saturday I can see why that worries you. Let me look at order 88-4127.",
        ),
        (
            "agent",
            "It was held at our warehouse. I have moved it to express, free of charge, and it leaves tonight.",
        ),
        ("customer", "Will I get a tracking number?"),
        ("agent", "Yes. I will send it to [EMAIL] by 6 pm today and check on Friday that it has arrived."),
        ("customer", "Wonderful, thank you so much!"),
        ("agent", "You are very welcome. Enjoy the wedding!"),
    ]
    return make(
        {
            "id": "chat-4471",
            "channel": "chat",
            "language": "en",
            "started_at": "2026-11-20T10:02:00+00:00",
            "agent": {"id": "a-22", "team": "orders"},
            "turns": _chat(texts, datetime(2026, 11, 20, 10, 2, tzinfo=UTC)),
        },
        {
            "courtesy": (
                "met",
                0.99,
                "Polite throughout.",
                [(2, "Good morning"), (9, "You are very welcome")],
            ),
            "empathy": (
                "met",
                0.98,
                "Names what this customer worries about.",
                [(4, "with the wedding on Saturday I can see why that worries you")],
            ),
            "script": (
                "met",
                0.97,
                "Empathy, solution and follow-up are all there.",
                [
                    (4, "I can see why that worries you"),
                    (5, "I have moved it to express"),
                    (7, "check on Friday that it has arrived"),
                ],
            ),
            "solution": (
                "met",
                0.98,
                "An action was taken on the order.",
                [(5, "I have moved it to express, free of charge, and it leaves tonight")],
            ),
            "follow_up": (
                "met",
                0.97,
                "A time limit is given.",
                [(7, "by 6 pm today"), (7, "check on Friday that it has arrived")],
            ),
            "timeliness": ("met", 1.0, "First reply after 34 seconds; 60 are allowed.", []),
            "closing": ("met", 0.93, "Closes with good wishes.", [(9, "Enjoy the wedding!")]),
            "compliance": ("met", 0.996, "Turns 3 to 10 were searched; no violation was found.", []),
        },
        timing={"first_response": 34.0, "mean_response": 34.0, "longest_response": 34.0, "duration": 306.0},
        labels={
            8: {"emotion": {"-2": 0.0, "-1": 0.0, "0": 0.1, "1": 0.9}, "escalation": 0.0, "resolved": 0.9}
        },
        outcome=1.8,
    )


def _rude_chat() -> tuple[Conversation, Grade]:
    texts = [
        ("customer", "你好，我的退款说三天到账，现在都八天了。"),
        ("agent", "系统显示已处理。"),
        ("customer", "可是我银行卡里没有收到啊，尾号是0862。"),
        ("agent", "说了已处理，你自己不会去问银行吗？"),
        ("customer", "你这是什么态度？我要投诉。"),
        ("agent", "随便你。实在着急就把验证码发我，我帮你看。"),
    ]
    return make(
        {
            "id": "在线-88213",
            "channel": "chat",
            "language": "zh",
            "started_at": "2026-11-20T11:20:00+08:00",
            "agent": {"id": "a-9", "team": "退款"},
            "turns": _chat(texts, datetime(2026, 11, 20, 11, 20, tzinfo=CHINA)),
        },
        {
            "courtesy": (
                "not_met",
                0.01,
                "有两句生硬、不耐烦。",
                [(3, "你自己不会去问银行吗"), (5, "随便你")],
            ),
            "empathy": ("not_met", 0.02, "第 2、4、6 句均无共情。", []),
            "script": ("not_met", 0.02, "缺少共情和跟进。", []),
            "solution": ("not_met", 0.12, "只说“已处理”，没有解决。", [(1, "系统显示已处理")]),
            "follow_up": ("not_met", 0.02, "没有任何后续承诺。", []),
            "timeliness": ("met", 0.99, "34 秒内首次回复。", []),
            "closing": ("not_met", 0.03, "没有道别。", []),
            "compliance": (
                "not_met",
                0.01,
                "态度恶劣；索要验证码。",
                [(3, "你自己不会去问银行吗"), (5, "把验证码发我")],
            ),
        },
        reasons=("fatal:rude", "fatal:privacy", "escalation"),
        timing={"first_response": 34.0, "mean_response": 34.0, "longest_response": 34.0, "duration": 170.0},
        labels={
            2: {"emotion": {"-2": 0.1, "-1": 0.8, "0": 0.1, "1": 0.0}, "escalation": 0.0, "resolved": 0.0},
            4: {"emotion": {"-2": 0.8, "-1": 0.2, "0": 0.0, "1": 0.0}, "escalation": 0.95, "resolved": 0.0},
        },
        outcome=-1.7,
    )


def _plain_question() -> tuple[Conversation, Grade]:
    texts = [
        ("customer", "Do you deliver to the islands?"),
        ("agent", "Hello, yes we do: it takes two days longer and costs 4 pounds more."),
        ("customer", "Great."),
        ("agent", "Is there anything else I can do for you? Have a nice day."),
    ]
    return make(
        {
            "id": "chat-4475",
            "channel": "chat",
            "language": "en",
            "started_at": "2026-11-20T10:15:00+00:00",
            "agent": {"id": "a-31", "team": "orders"},
            "turns": _chat(texts, datetime(2026, 11, 20, 10, 15, tzinfo=UTC)),
        },
        {
            "courtesy": ("met", 0.96, "Greets and closes politely.", [(1, "Hello"), (3, "Have a nice day")]),
            "empathy": ("not_applicable", None, "The customer brings no problem.", []),
            "script": ("met", 0.9, "Fully answered, so that no follow-up is needed.", [(1, "yes we do")]),
            "solution": (
                "met",
                0.99,
                "The question is answered.",
                [(1, "it takes two days longer and costs 4 pounds more")],
            ),
            "follow_up": ("not_applicable", None, "Nothing was left open.", []),
            "timeliness": ("met", 1.0, "First reply after 34 seconds; 60 are allowed.", []),
            "closing": (
                "met",
                0.97,
                "Asks for more wishes and takes leave.",
                [(3, "Is there anything else I can do for you? Have a nice day.")],
            ),
            "compliance": ("met", 0.99, "No violation was found.", []),
        },
        reasons=("random_sample",),
        timing={"first_response": 34.0, "mean_response": 34.0, "longest_response": 34.0, "duration": 102.0},
        outcome=1.4,
    )


def _mail_in_doubt() -> tuple[Conversation, Grade]:
    return make(
        {
            "id": "mail-00219",
            "channel": "email",
            "language": "en",
            "started_at": "2026-11-18T17:40:00+00:00",
            "agent": {"id": "a-31", "team": "billing"},
            "turns": [
                {
                    "speaker": "customer",
                    "text": "Dear team,\n\nI was charged twice in October. Please explain.\n\n[NAME]",
                    "sent_at": "2026-11-18T17:40:00+00:00",
                },
                {
                    "speaker": "agent",
                    "text": "Dear [NAME],\n\nthank you for your message. We regret the inconvenience. The second amount is a "
                    "reservation and falls away by itself. Our billing office will look at it.\n\nKind regards,\nRowan",
                    "sent_at": "2026-11-19T09:05:00+00:00",
                },
            ],
            "remarks": ["The subject line was read as part of the first message."],
        },
        {
            "courtesy": ("met", 0.95, "Polite form of a letter.", [(1, "thank you for your message")]),
            "empathy": (
                "abstained",
                0.52,
                "The regret would fit any customer; it is not clear that it suffices.",
                [(1, "We regret the inconvenience")],
            ),
            "script": ("abstained", 0.55, "Depends on the empathy.", []),
            "solution": (
                "met",
                0.81,
                "The cause is explained.",
                [(1, "The second amount is a reservation and falls away by itself")],
            ),
            "follow_up": (
                "not_met",
                0.24,
                "Neither a time limit nor a named step.",
                [(1, "Our billing office will look at it")],
            ),
            "timeliness": ("met", 1.0, "Answered within 24 hours.", []),
            "closing": ("met", 0.98, "Closes with regards.", [(1, "Kind regards")]),
            "compliance": ("met", 0.97, "No violation was found.", []),
        },
        reasons=("low_confidence:empathy", "low_confidence:script"),
        timing={"first_response": 55500.0},
        outcome=0.1,
    )


def _unintelligible_call() -> tuple[Conversation, Grade]:
    nothing = {name: ("not_evaluated", None, "录音大部分无法听清。", []) for name in _MAX}
    return make(
        {
            "id": "通话-20261120-1007",
            "channel": "call",
            "language": "zh",
            "agent": {"id": "a-1711", "team": "宽带报障"},
            "turns": [
                {"speaker": "unknown", "voice": "voice-1", "text": "喂……听得到吗", "start": 1.2, "end": 3.0}
            ],
            "transcription": {
                "model": "micro-whisper",
                "layout": "mono",
                "duration": 48.0,
                "language_probability": 0.61,
                "intelligibility": 0.12,
                "voice_confidence": 0.55,
                "dropped": [
                    {"start": 4.0, "end": 21.0, "text": "嗯嗯嗯嗯", "reason": "repetition"},
                    {"start": 25.0, "end": 46.0, "text": "的一了", "reason": "low_probability"},
                ],
            },
            "role_confidence": 0.5,
        },
        nothing,
        reasons=("not_evaluated", "unsure_recognition", "unsure_roles"),
        timing={"duration": 48.0},
        outcome=0.0,
    )


def graded() -> list[tuple[Conversation, Grade]]:
    """Give six conversations: every state, every reason of triage, both languages, all channels."""
    return [
        _call_about_an_outage(),
        _good_english_chat(),
        _rude_chat(),
        _plain_question(),
        _mail_in_doubt(),
        _unintelligible_call(),
    ]


def many(count: int) -> list[tuple[Conversation, Grade]]:
    """Give ``count`` conversations with ids of their own."""
    made = []
    for number, (conversation, grade) in enumerate(islice(cycle(graded()), count), start=1):
        name = f"{conversation.id}-{number:05}"
        made.append(
            (
                conversation.model_copy(update={"id": name}),
                grade.model_copy(update={"conversation_id": name}),
            )
        )
    return made
