"""JSON of other systems: Contact Lens, Alibaba, WhisperX, STC-3."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from grader.conversation import Conversation
from grader.problems import Problem
from grader.reading import read


def read_json(tmp_path: Path, value: object, name: str = "export.json") -> list[Conversation | Problem]:
    """Read a file with a value as JSON."""
    path = tmp_path / name
    path.write_text(
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), encoding="utf-8"
    )
    return list(read([path]))


def only(items: list[Conversation | Problem]) -> Conversation:
    """Check that one conversation was read."""
    (item,) = items
    assert isinstance(item, Conversation), item
    return item


CONTACT_LENS_CALL: dict[str, Any] = {
    "Version": "1.1.0",
    "AccountId": "111122223333",
    "Channel": "VOICE",
    "ContentMetadata": {"Output": "Raw"},
    "JobStatus": "COMPLETED",
    "LanguageCode": "en-US",
    "Participants": [
        {"ParticipantId": "p-1", "ParticipantRole": "CUSTOMER"},
        {"ParticipantId": "p-2", "ParticipantRole": "AGENT"},
        {"ParticipantId": "p-3", "ParticipantRole": "SYSTEM"},
    ],
    "CustomerMetadata": {"ContactId": "contact-77", "InstanceId": "i-1"},
    "Transcript": [
        {"BeginOffsetMillis": 0, "EndOffsetMillis": 1200, "Content": "Thanks for calling.", "Id": "t-1", "ParticipantId": "p-2",
         "Sentiment": "NEUTRAL", "LoudnessScore": [70.1, 65.2]},
        {"BeginOffsetMillis": 1300, "EndOffsetMillis": 2500, "Content": "My parcel is lost.", "Id": "t-2", "ParticipantId": "p-1"},
        {"BeginOffsetMillis": 2600, "EndOffsetMillis": 2900, "Content": "Please hold.", "Id": "t-3", "ParticipantId": "p-3"},
    ],
}  # fmt: skip


def test_contact_lens_call(tmp_path: Path) -> None:
    """Participants give the roles, offsets in milliseconds become seconds, the contact's id is the conversation's."""
    conversation = only(read_json(tmp_path, CONTACT_LENS_CALL))
    assert (conversation.id, conversation.channel, conversation.language) == ("contact-77", "call", "en")
    assert [(t.speaker, t.text, t.start, t.end) for t in conversation.turns] == [
        ("agent", "Thanks for calling.", 0.0, 1.2),
        ("customer", "My parcel is lost.", 1.3, 2.5),
        ("system", "Please hold.", 2.6, 2.9),
    ]
    assert conversation.remarks == ()


def test_contact_lens_chat(tmp_path: Path) -> None:
    """Messages carry absolute times; events are no turns; an attachment is a turn without words."""
    value = {
        "Channel": "CHAT",
        "Participants": [{"ParticipantId": "a", "ParticipantRole": "AGENT"}, {"ParticipantId": "c", "ParticipantRole": "CUSTOMER"}],
        "CustomerMetadata": {"ContactId": "chat-5"},
        "Transcript": [
            {"ParticipantId": "a", "Type": "EVENT", "ContentType": "application/vnd.amazonaws.connect.event.participant.joined",
             "AbsoluteTime": "2026-11-20T09:29:59.000Z"},
            {"ParticipantId": "c", "Type": "MESSAGE", "Content": "hello", "AbsoluteTime": "2026-11-20T09:30:00.500Z"},
            {"ParticipantId": "c", "Type": "ATTACHMENT", "AbsoluteTime": "2026-11-20T09:30:05Z", "Attachments": []},
        ],
    }  # fmt: skip
    conversation = only(read_json(tmp_path, value))
    assert conversation.channel == "chat"
    assert [(t.speaker, t.text) for t in conversation.turns] == [("customer", "hello"), ("customer", "")]
    assert conversation.turns[0].sent_at == datetime(2026, 11, 20, 9, 30, 0, 500_000, tzinfo=UTC)


def test_contact_lens_segments_of_the_real_time_interface(tmp_path: Path) -> None:
    """Segments that are transcripts are turns; categories are not."""
    segment = {
        "Id": "s",
        "ParticipantId": "AGENT",
        "ParticipantRole": "AGENT",
        "Content": "Hi",
        "BeginOffsetMillis": 5,
    }
    value = {"ContactId": "rt-1", "Segments": [{"Categories": {}}, {"Transcript": segment}]}
    conversation = only(read_json(tmp_path, value))
    assert (conversation.id, conversation.turns[0].speaker, conversation.turns[0].start) == (
        "rt-1",
        "agent",
        0.005,
    )


SENTENCES = [
    {
        "role": "客服",
        "identity": "客服",
        "words": "您好，很高兴为您服务。",
        "begin": 340,
        "end": 3000,
        "beginTime": 1795138200000,
    },
    {"role": "客户", "identity": "13344", "words": "我的快递丢了。", "begin": 3100, "end": 5200},
]


def test_alibaba_tickets(tmp_path: Path) -> None:
    """Each ticket is a conversation; ``optional`` tells the channel; the role counts before the identity."""
    tickets = [
        {
            "tid": "t-1",
            "dialogue": SENTENCES,
            "customerServiceId": 17,
            "skillGroupName": "售后",
            "customerId": "k",
        },
        {"tid": "t-2", "dialogue": SENTENCES},
    ]
    first, second = read_json(tmp_path, {"optional": 1, "tickets": tickets})
    assert isinstance(first, Conversation)
    assert isinstance(second, Conversation)
    assert (first.id, first.channel, first.agent.id, first.queue, first.customer.id) == (
        "t-1",
        "call",
        "17",
        "售后",
        "k",
    )
    assert [(t.speaker, t.text, t.start, t.end) for t in first.turns] == [
        ("agent", "您好，很高兴为您服务。", 0.34, 3.0),
        ("customer", "我的快递丢了。", 3.1, 5.2),
    ]
    assert first.turns[0].sent_at == datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    assert second.id == "t-2"


@pytest.mark.parametrize("optional", [0, None])
def test_alibaba_tickets_are_chats_by_default(tmp_path: Path, optional: int | None) -> None:
    """The interface's default is the online service."""
    value: dict[str, Any] = {"tickets": [{"tid": "t-1", "dialogue": SENTENCES}]}
    if optional is not None:
        value["optional"] = optional
    assert only(read_json(tmp_path, value)).channel == "chat"


@pytest.mark.parametrize(
    "value",
    [SENTENCES, {"dialogue": SENTENCES}, {"asrResult": SENTENCES}, json.dumps(SENTENCES, indent=1)],
)
def test_alibaba_dialogues(tmp_path: Path, value: object) -> None:
    """A dialogue may come bare, under ``dialogue``, or as the result of a check; with begin and end it is a call."""
    conversation = only(read_json(tmp_path, value, "tape-9.json"))
    assert (conversation.id, conversation.channel) == ("tape-9", "call")
    assert [turn.speaker for turn in conversation.turns] == ["agent", "customer"]


def test_alibaba_dialogues_one_a_line(tmp_path: Path) -> None:
    """A line with a bare dialogue is one conversation."""
    line = json.dumps(SENTENCES, ensure_ascii=False)
    items = read_json(tmp_path, f'{line}\n{{"dialogue": {line}}}', "d.jsonl")
    assert [item.id for item in items if isinstance(item, Conversation)] == ["d-1", "d-2"]


def test_whisperx(tmp_path: Path) -> None:
    """Segments are turns, words keep times and scores; a diarized voice has no role yet."""
    value = {
        "language": "en",
        "segments": [
            {"start": 0.5, "end": 2.5, "text": " Unit 1. Page 58.", "speaker": "SPEAKER_00", "words": [
                {"word": "Unit", "start": 0.5, "end": 1.0, "score": 0.76, "speaker": "SPEAKER_00"},
                {"word": "1."},
                {"word": "Page", "start": 1.4, "end": 2.1, "score": 0.8},
                {"word": "58."},
            ]},
            {"start": 3.0, "end": 4.0, "text": "Yes", "speaker": "SPEAKER_01"},
            {"start": 5.0, "end": 6.0, "text": "No"},
        ],
        "word_segments": [],
    }  # fmt: skip
    conversation = only(read_json(tmp_path, value))
    assert (conversation.channel, conversation.language) == ("call", "en")
    assert [(t.speaker, t.voice, t.text) for t in conversation.turns] == [
        ("unknown", "SPEAKER_00", "Unit 1. Page 58."),
        ("unknown", "SPEAKER_01", "Yes"),
        ("unknown", None, "No"),
    ]
    assert [(w.text, w.start, w.end, w.probability) for w in conversation.turns[0].words] == [
        ("Unit", 0.5, 1.0, 0.76),
        ("1.", 1.0, 1.4, None),
        ("Page", 1.4, 2.1, 0.8),
        ("58.", 2.1, 2.5, None),
    ]


def test_whisperx_segments_without_times_take_those_of_their_words(tmp_path: Path) -> None:
    """Where alignment left a segment without times, its words have them."""
    words = [{"word": "a", "start": 1.0, "end": 2.0}, {"word": "b", "start": 2.5, "end": 3.0}]
    (turn,) = only(read_json(tmp_path, {"segments": [{"text": "a b", "words": words}]})).turns
    assert (turn.start, turn.end) == (1.0, 3.0)


@pytest.mark.parametrize("shape", ["list", "lines", "pretty"])
def test_stc3(tmp_path: Path, shape: str) -> None:
    """Utterances are joined; empty ones were pictures: a turn of nothing else stays, empty; helpdesk is the agent."""
    dialogue = {
        "id": "4012",
        "turns": [
            {"sender": "customer", "utterances": ["网断了", "", "怎么办"]},
            {"sender": "helpdesk", "utterances": ["您好，请私信手机号。"]},
            {"sender": "customer", "utterances": [""]},
        ],
        "annotations": [{"quality": {"A": 0}}],
    }
    other = dialogue | {"id": 4013}
    content = {
        "list": json.dumps([dialogue, other]),
        "lines": json.dumps(dialogue) + "\n" + json.dumps(other),
        "pretty": json.dumps([dialogue, other], indent=2),
    }[shape]
    first, second = read_json(tmp_path, content)
    assert isinstance(first, Conversation)
    assert [(t.speaker, t.text) for t in first.turns] == [
        ("customer", "网断了 怎么办"),
        ("agent", "您好，请私信手机号。"),
        ("customer", ""),
    ]
    assert (first.id, first.channel) == ("4012", "chat")
    assert isinstance(second, Conversation)
    assert second.id == "4013"


@pytest.mark.parametrize(
    "value",
    [
        {"Transcript": [5]},
        {"Transcript": [{"Content": 5}]},
        {"Transcript": [{"Content": "a", "BeginOffsetMillis": "soon"}], "Participants": 5},
        {"Channel": {}, "Transcript": [{"Content": "a"}]},
        {"tickets": [5]},
        {"tickets": [{"dialogue": [5]}]},
        {"tickets": [{"dialogue": [{"role": 5, "words": "a"}]}]},
        {"dialogue": [{"role": "客服", "words": None}]},
        {"dialogue": [{"role": "客服", "words": "a", "begin": []}]},
        {"segments": [5]},
        {"segments": [{"text": 5}]},
        {"segments": [{"text": "a", "start": {}}]},
        {"turns": [{"utterances": "abc", "sender": 5}]},
        {"turns": [{"utterances": [5]}]},
        {"turns": [{"utterances": []}, 5]},
        [{"role": "客服", "words": "a"}, 5],
    ],
)
def test_faults_in_other_systems_json_are_named(tmp_path: Path, value: object) -> None:
    """A value of an unexpected type is one problem that names the field."""
    (item,) = read_json(tmp_path, value)
    assert isinstance(item, Problem)
    assert item.problem.endswith(".")


@pytest.mark.parametrize(
    "value",
    [
        {"Transcript": [{"Content": "a", "BeginOffsetMillis": 10**400}]},
        {"dialogue": [{"role": "客服", "words": "a", "begin": -5, "beginTime": 1e300}]},
        {"segments": [{"text": "a", "words": [{"word": None, "start": "x", "score": 10**400}]}]},
        {"segments": [{"text": "a", "words": 5}]},
        {"Transcript": []},
        {"segments": []},
        {"tickets": [{}]},
    ],
)
def test_oddities_in_other_systems_json_are_passed_over(tmp_path: Path, value: object) -> None:
    """Impossible times, missing words and empty transcripts still make a conversation."""
    only(read_json(tmp_path, value))
