"""Everything else of a conversation that can hold personal data: words, metadata, ids, remarks, dropped speech."""

from datetime import UTC, datetime
from typing import Any

import pytest

from grader.conversation import Conversation, Dropped, Party, Transcription, Turn, Word
from grader.redaction import Redactor, displayed


def heard(*texts: str) -> tuple[Word, ...]:
    """Give words of a third of a second each."""
    return tuple(
        Word(text=text, start=at / 2, end=at / 2 + 0.3, probability=0.9) for at, text in enumerate(texts)
    )


def redact(conversation: Conversation) -> Conversation:
    """Redact one conversation."""
    return Redactor().redact([conversation])[0].conversation


def words_of(turn: Turn) -> list[tuple[str, float, float]]:
    """Redact one turn and give its words with their times."""
    (left,) = redact(Conversation(id="c", turns=(turn,))).turns
    return [(word.text, word.start, word.end) for word in left.words]


def test_words_go_with_the_text() -> None:
    """The first word of a span carries the placeholder over the span's whole time; the others go."""
    said = heard(*"号是幺三八二六零三七七四幺对")
    left = words_of(Turn(speaker="customer", text="号是幺三八二六零三七七四幺,对", words=said))
    assert left == [("号", 0.0, 0.3), ("是", 0.5, 0.8), ("[PHONE]", 1.0, 6.3), ("对", 6.5, 6.8)]


def test_what_a_word_holds_beside_the_span_stays() -> None:
    """A word that begins before a span or ends after it keeps that part, and its leading space."""
    said = heard(" call", " (415)", " 555-0132,", " thanks")
    left = words_of(Turn(speaker="customer", text="call (415) 555-0132, thanks", words=said))
    assert left == [(" call", 0.0, 0.3), (" [PHONE]", 0.5, 1.3), (" thanks", 1.5, 1.8)]
    left = words_of(Turn(speaker="customer", text="是13905718866对", words=heard("是13905718866对")))
    assert left == [("是[PHONE]对", 0.0, 0.3)]


def test_words_that_say_more_than_the_text_are_redacted_by_themselves() -> None:
    """Where words and text differ, no digit of a number is left in either."""
    said = heard(*"我号码是一三九零五七一八八六六")
    left = words_of(Turn(speaker="customer", text="我号码是", words=said))
    assert left == [
        ("我", 0.0, 0.3),
        ("号", 0.5, 0.8),
        ("码", 1.0, 1.3),
        ("是", 1.5, 1.8),
        ("[PHONE]", 2.0, 7.3),
    ]


def test_pieces_in_words_alone_are_found_over_turns() -> None:
    """A number in pieces is found in the words of turns whose texts do not hold it."""
    turns = (
        Turn(speaker="customer", text="…", words=heard(*"幺三八")),
        Turn(speaker="agent", text="嗯"),
        Turn(speaker="customer", text="…", words=heard(*"二六零三七七四幺")),
    )
    left = redact(Conversation(id="c", turns=turns)).turns
    assert [[word.text for word in turn.words] for turn in left] == [["[PHONE]"], [], ["[PHONE]"]]


def test_untouched_turns_are_the_same_objects() -> None:
    """A turn without personal data is passed on as it is."""
    turn = Turn(speaker="agent", text="您好", words=heard("您", "好"))
    conversation = Conversation(id="c", turns=(turn,))
    assert redact(conversation) is conversation


@pytest.mark.parametrize(
    ("metadata", "left"),
    [
        ({"note": "回电13905718866"}, {"note": "回电[PHONE]"}),
        ({"phone": "8822 0066"}, {"phone": "[PHONE]"}),
        ({"callerNumber": 13905718866}, {"callerNumber": "[PHONE]"}),
        ({"mobile": 13905718866.0}, {"mobile": "[PHONE]"}),
        ({"customer_name": "Dana Whitlock", "客户姓名": "李思琪"}, {"customer_name": "[NAME]", "客户姓名": "[NAME]"}),
        ({"address": "somewhere", "收货地址": "某处"}, {"address": "[ADDRESS]", "收货地址": "[ADDRESS]"}),
        ({"deep": [{"mail": "a.b@c.com"}, ["139-0571-8866"]]}, {"deep": [{"mail": "[EMAIL]"}, ["[PHONE]"]]}),
        (
            {"queue_name": "returns", "answer_delay": 12.5, "vip": True, "none": None, "tries": 3, "order": "A-77"},
            {"queue_name": "returns", "answer_delay": 12.5, "vip": True, "none": None, "tries": 3, "order": "A-77"},
        ),
        ({"order_id": 20240618123456789, "id_card": "330106199003072415"}, {"order_id": 20240618123456789, "id_card": "[ID_CARD]"}),
    ],
)  # fmt: skip
def test_metadata(metadata: dict[str, Any], left: dict[str, Any]) -> None:
    """Values are redacted at any depth; a field's name counts as the question they answer."""
    assert redact(Conversation(id="c", metadata=metadata)).metadata == left


def test_metadata_too_deep_is_left_out() -> None:
    """What lies deeper than 64 levels is left out instead of being trusted."""
    value: Any = "13905718866"
    for _ in range(900):
        value = [value]
    assert "139" not in str(redact(Conversation(id="c", metadata={"deep": value})).metadata)


@pytest.mark.parametrize(
    ("customer", "left"),
    [
        ("13905718866", "[PHONE]"),
        ("a.b@c.com", "[EMAIL]"),
        ("k-9", "k-9"),
        ("883012", "883012"),
        (None, None),
    ],
)
def test_the_customers_id(customer: str | None, left: str | None) -> None:
    """A customer's id that is a phone number or an address of e-mail goes; any other stays."""
    assert redact(Conversation(id="c", customer=Party(id=customer))).customer.id == left


def test_keys_stay_and_are_redacted_for_display() -> None:
    """Id and recording find the call in the caller's systems: they stay, and have a form for people."""
    conversation = Conversation(id="20240618_13905718866_a17", recording="/calls/in-13905718866-20240618.wav")
    assert redact(conversation) == conversation
    assert displayed(conversation.id) == "20240618_[PHONE]_a17"
    assert displayed(str(conversation.recording)) == "/calls/in-[PHONE]-20240618.wav"


def test_remarks_and_dropped_speech() -> None:
    """What reading remarked and what the recogniser heard without being believed are redacted too."""
    transcription = Transcription(
        model="m",
        layout="mono",
        duration=3,
        language_probability=1,
        intelligibility=1,
        voice_confidence=1,
        dropped=(Dropped(start=0, end=1, text="幺三九零五七一八八六六", reason="low_probability"),),
    )
    conversation = Conversation(id="c", remarks=("Left out 13905718866.",), transcription=transcription)
    left = redact(conversation)
    assert left.remarks == ("Left out [PHONE].",)
    assert left.transcription is not None
    assert left.transcription.dropped[0].text == "[PHONE]"


def test_everything_else_stays() -> None:
    """Times, channel, queue, agent and the order of turns are untouched."""
    conversation = Conversation(
        id="c",
        channel="call",
        language="zh",
        started_at=datetime(2026, 11, 20, tzinfo=UTC),
        agent=Party(id="a-17", team="returns"),
        queue="vip",
        turns=(Turn(speaker="customer", text="我叫李思琪", start=1, end=2),),
    )
    left = redact(conversation)
    assert left.turns == (Turn(speaker="customer", text="我叫[NAME]", start=1, end=2),)
    assert left.model_copy(update={"turns": conversation.turns}) == conversation
