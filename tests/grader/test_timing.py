"""Timing is measured from turns, whatever is missing, overlapping or out of order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.conversation import Conversation, Speaker, Transcription, Turn, Word
from grader.timing import MIN_OVERLAP, MIN_SILENCE, Interruption, Silence, Timing, is_back_channel, measure

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Spoken = tuple[Speaker, str, float | None, float | None]


def _call(*turns: Spoken, language: str | None = "zh", **frame: Any) -> Timing:
    said = (Turn(speaker=speaker, text=text, start=start, end=end) for speaker, text, start, end in turns)
    return measure(Conversation(id="c", channel="call", language=language, turns=tuple(said), **frame))


def _chat(*turns: tuple[Speaker, float | None], channel: Any = "chat") -> Timing:
    said = (
        Turn(speaker=speaker, text="好", sent_at=None if at is None else NOON + timedelta(seconds=at))
        for speaker, at in turns
    )
    return measure(Conversation(id="c", channel=channel, turns=tuple(said)))


def _heard(duration: float) -> Transcription:
    return Transcription(
        model="m",
        layout="stereo",
        duration=duration,
        language_probability=1,
        intelligibility=1,
        voice_confidence=1,
    )


def test_a_call_is_measured() -> None:
    """All measures of an ordinary call."""
    timing = _call(
        ("agent", "您好请问有什么可以帮您", 1.0, 4.0),
        ("customer", "我的宽带断了", 4.5, 8.0),
        ("agent", "请稍等", 9.5, 11.0),
        ("agent", "查到了线路故障", 16.0, 20.0),
        ("customer", "那什么时候能好", 20.5, 23.0),
        ("agent", "今天下午五点前", 22.0, 25.0),
        metadata={"answer_delay": 12},
    )
    assert timing == Timing(
        answer_delay=12,
        first_response=1.5,
        duration=24,
        silences=(Silence(start=11, end=16, after_turn=2),),
        longest_silence=5,
        total_silence=5,
        interruptions=(Interruption(turn=5, overlap=1),),
        speech_rate=60 * 28 / 11.5,
        talk_ratio=11.5 / 17.5,
        mean_response=0.75,
        longest_response=1.5,
    )


def test_turns_out_of_order_are_sorted() -> None:
    """The order in the file does not matter where there are times."""
    turns: list[Spoken] = [
        ("agent", "您好", 0, 2),
        ("customer", "我的宽带断了", 3, 6),
        ("agent", "正在查询", 10, 14),
    ]
    straight, shuffled = _call(*turns), _call(turns[2], turns[0], turns[1])
    assert shuffled.silences == (Silence(start=6, end=10, after_turn=2),)
    assert shuffled.model_copy(update={"silences": straight.silences}) == straight


@pytest.mark.parametrize(
    ("turns", "silences"),
    [
        ([("agent", "a", 0, 5), ("customer", "b", 6.9, 8)], []),
        ([("agent", "a", 0, 5), ("customer", "b", 7, 8)], [(5, 7, 0)]),
        ([("agent", "a", 0, 20), ("customer", "b", 5, 6), ("agent", "c", 25, 26)], [(20, 25, 0)]),
        ([("agent", "a", 300, 301), ("customer", "b", 310, 311)], [(301, 310, 0)]),
        ([("agent", "a", 5, 3), ("customer", "b", 10, 11), ("bot", "c", 20, 21)], [(11, 20, 1)]),
        ([("agent", "a", None, 3), ("customer", "b", 10, None)], None),
        ([("agent", "a", -5, -4), ("customer", "b", 4, 5)], [(-4, 4, 0)]),
        ([("agent", "a", 0, 1), ("customer", "b", 1e300, 1e301)], []),
        ([], None),
    ],
)
def test_silences(turns: list[Spoken], silences: list[tuple[float, float, int]] | None) -> None:
    """A silence is a gap of two seconds in what anybody says; without times there is no measure."""
    timing = _call(*turns)
    expected = silences or []
    assert [(s.start, s.end, s.after_turn) for s in timing.silences] == expected
    lengths = [end - start for start, end, _ in expected]
    assert timing.total_silence == (None if silences is None else sum(lengths))
    assert timing.longest_silence == (None if silences is None else max(lengths, default=0))


def test_silence_at_the_ends_of_a_recording_counts() -> None:
    """Where the length of the audio is known, so is the silence before and after all speech."""
    timing = _call(("agent", "您好", 4, 6), transcription=_heard(30))
    assert [(s.start, s.end, s.after_turn) for s in timing.silences] == [(0, 4, None), (6, 30, 0)]
    assert timing.duration == 30


def test_silence_within_a_turn_shows_in_its_words() -> None:
    """Word times tell a pause that the turn's own times hide; words out of order or without sense are mended or left out."""
    words = tuple(
        Word(text=text, start=start, end=end)
        for text, start, end in [("等", 0, 1), ("好", 9, 10), ("稍", 0.5, 1.5), ("x", 5, 4)]
    )
    turn = Turn(speaker="agent", text="稍等好", start=0, end=10, words=words)
    timing = measure(Conversation(id="c", channel="call", turns=(turn,)))
    assert [(s.start, s.end) for s in timing.silences] == [(1.5, 9)]


@pytest.mark.parametrize(
    ("text", "start", "end", "interrupts"),
    [
        ("您先听我说", 5, 9, True),
        ("您先听我说", 9.5, 12, True),
        ("您先听我说", 9.6, 12, False),
        ("您先听我说", 5, 5.4, False),
        ("您先听我说", 5, 5.5, True),
        ("您先听我说", 0, 5, False),
        ("您先听我说", 10, 12, False),
        ("嗯嗯", 5, 9, False),
        ("好的，明白", 5, 9, False),
        ("Mhm, okay.", 5, 9, False),
        ("Okay but listen to me", 5, 9, True),
    ],
)
def test_interruptions_by_the_agent(text: str, start: float, end: float, interrupts: bool) -> None:  # noqa: FBT001
    """The agent cuts in while the customer speaks, for half a second at least, with more than a sign of listening."""
    timing = _call(("customer", "我想说的是", 0, 10), ("agent", text, start, end))
    assert bool(timing.interruptions) == interrupts


def test_customers_do_not_interrupt() -> None:
    """Only what the agent does is measured, also where an earlier customer's turn lasts longest."""
    assert _call(("agent", "您好请问", 0, 10), ("customer", "我说", 5, 9)).interruptions == ()
    timing = _call(
        ("customer", "长", 0, 20),
        ("customer", "短", 5, 6),
        ("agent", "听我说", 10, 12),
        ("bot", "请稍候", 11, 13),
    )
    assert timing.interruptions == (Interruption(turn=2, overlap=2),)


@pytest.mark.parametrize(
    ("text", "back"),
    [("嗯", True), ("好的好的。", True), ("對", True), ("ＯＫ", True), ("uh-huh", True), ("Yeah, right.", True),
     ("", False), ("好的我帮您查", False), ("是的是的是的是的是的是的是的", False), ("no", False)],
)  # fmt: skip
def test_back_channels(text: str, back: bool) -> None:  # noqa: FBT001
    """Signs of listening, alone or together, in either script and width."""
    assert is_back_channel(text) == back


@pytest.mark.parametrize(
    ("language", "text", "rate"),
    [
        ("zh", "您好,我叫小李123", 9 * 6),
        ("zh", "请发到[EMAIL]。", 4 * 6),
        ("en", "I'm happy to help you, Mr. O'Neil", 7 * 6),
        (None, "Thank you for the call, how are you", 8 * 6),
        (None, "您好很高兴为您服务", 9 * 6),
    ],
)
def test_speech_rate(language: str | None, text: str, rate: float) -> None:
    """Characters, digits and Latin words a minute in Mandarin, words a minute otherwise, of the agent's own speech."""
    timing = _call(("agent", text, 0, 10), ("customer", "很长的一段话", 10, 12), language=language)
    assert timing.speech_rate == pytest.approx(rate)


def test_a_rate_of_too_little_speech_says_nothing() -> None:
    """Two seconds of speech give no rate; overlapping turns of the agent count once."""
    assert _call(("agent", "您好", 0, 2)).speech_rate is None
    assert _call(("agent", "您好", 0, 10), ("agent", "您好", 0, 10)).speech_rate == pytest.approx(24)
    assert _call(("customer", "您好", 0, 9)).talk_ratio == 0
    assert _call(("agent", "您好", 3, 3)).talk_ratio is None


@pytest.mark.parametrize(
    ("turns", "responses"),
    [
        ([("customer", 0), ("agent", 30), ("customer", 60), ("agent", 70)], (30, 20, 30)),
        ([("agent", 0), ("customer", 10), ("agent", 15)], (5, 5, 5)),
        ([("customer", 0), ("customer", 20), ("agent", 30), ("agent", 90)], (30, 30, 30)),
        ([("customer", 0), ("bot", 1), ("agent", 41)], (40, 40, 40)),
        ([("bot", 0), ("customer", 10), ("bot", 11), ("customer", 50), ("agent", 60)], (49, 49, 49)),
        ([("customer", 0), ("system", 20), ("agent", 45)], (45, 45, 45)),
        ([("agent", 30), ("customer", 0)], (30, 30, 30)),
        ([("customer", None), ("agent", 5), ("customer", 10), ("agent", 12)], (2, 2, 2)),
        ([("customer", 0)], (None, None, None)),
        ([("agent", 0), ("agent", 10)], (None, None, None)),
        ([("customer", None), ("agent", None)], (None, None, None)),
    ],
)
def test_response_times_of_messages(
    turns: list[tuple[Speaker, float | None]], responses: tuple[float | None, ...]
) -> None:
    """From the first message that waits to the agent's next; a bot hands over, the system says nothing."""
    for channel in ("chat", "email"):
        timing = _chat(*turns, channel=channel)
        assert (timing.first_response, timing.mean_response, timing.longest_response) == responses
        assert (timing.silences, timing.total_silence, timing.speech_rate) == ((), None, None)


def test_messages_fall_back_on_start_times() -> None:
    """Chats without clock times are measured by seconds from the start."""
    turns = (Turn(speaker="customer", text="在吗", start=5), Turn(speaker="agent", text="在", start=17))
    timing = measure(Conversation(id="c", channel="chat", turns=turns))
    assert (timing.first_response, timing.duration) == (12, 12)


@pytest.mark.parametrize(
    ("turns", "first"),
    [
        ([("customer", "断网了", 0, 5), ("agent", "我查一下", 8, 9)], 3),
        ([("customer", "断网了", 0, 5), ("customer", "三天了", 6, 7), ("agent", "我查一下", 8, 9)], 1),
        ([("customer", "断网了", 0, 5), ("agent", "嗯", 2, 2.5), ("agent", "我查一下", 8, 9)], 3),
        ([("customer", "断网了", 0, 5), ("agent", "我查一下", 4, 9)], 0),
        ([("customer", "断网了", 0, None), ("agent", "我查一下", 4, None)], 4),
        ([("customer", "断网了", 6, 5), ("agent", "我查一下", 8, 9)], 2),
    ],
)
def test_response_times_in_calls(turns: list[Spoken], first: float) -> None:
    """From the end of the customer's words to an answer that is more than a sign of listening; never negative."""
    assert _call(*turns).first_response == first


@pytest.mark.parametrize(
    ("given", "delay"),
    [(12, 12), ("12.5", 12.5), (0, 0), (-1, None), (True, None), ("soon", None), (None, None), ([3], None),
     (float("nan"), None), (float("inf"), None), (10**400, None)],
)  # fmt: skip
def test_the_answer_delay_comes_from_the_metadata(given: Any, delay: float | None) -> None:
    """Numbers of seconds are taken, also as text; what makes no sense is left out."""
    assert measure(Conversation(id="c", metadata={"answer_delay": given})).answer_delay == delay


def test_recordings_are_measured_as_calls() -> None:
    """A transcribed conversation was spoken, whatever channel it is filed under."""
    turns = (
        Turn(speaker="agent", text="您好", start=0, end=1),
        Turn(speaker="customer", text="喂", start=9, end=10),
    )
    conversation = Conversation(id="c", channel="chat", turns=turns, transcription=_heard(10))
    assert measure(conversation).total_silence == 8


TIMES = st.none() | st.floats(-1e12, 1e12) | st.floats(0, 100)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            Turn,
            speaker=st.sampled_from(["agent", "customer", "bot", "system", "unknown"]),
            text=st.sampled_from(["", "嗯", "好的，我帮您查", "okay", "let me see"]),
            start=TIMES,
            end=TIMES,
            sent_at=st.none() | st.datetimes(timezones=st.just(UTC)),
            words=st.lists(st.builds(Word, text=st.just("a"), start=st.floats(-5, 200), end=st.floats(-5, 200)), max_size=3),
        ),
        max_size=8,
    ),
    st.sampled_from(["call", "chat", "email"]),
    st.none() | st.floats(0, 500).map(_heard),
)  # fmt: skip
def test_measures_make_sense_for_any_times(
    turns: list[Turn], channel: Any, transcription: Transcription | None
) -> None:
    """No times make measuring fail, and no measure is negative or out of order."""
    conversation = Conversation(id="c", channel=channel, turns=tuple(turns), transcription=transcription)
    timing = measure(conversation)
    numbers = [timing.first_response, timing.duration, timing.longest_silence, timing.total_silence,
               timing.speech_rate, timing.mean_response, timing.longest_response]  # fmt: skip
    assert all(number is None or number >= 0 for number in numbers)
    for silence in timing.silences:
        assert silence.end - silence.start >= MIN_SILENCE
    for earlier, later in zip(timing.silences, timing.silences[1:], strict=False):
        assert earlier.end <= later.start
    for interruption in timing.interruptions:
        assert interruption.overlap >= MIN_OVERLAP
        assert turns[interruption.turn].speaker == "agent"
    if timing.mean_response is not None and timing.longest_response is not None:
        assert timing.mean_response <= timing.longest_response * (1 + 1e-9) + 1e-9
    assert Timing.model_validate_json(timing.model_dump_json()) == timing
