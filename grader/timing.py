"""Timing of a conversation, measured from its turns.

Times may be missing, out of order, overlapping or wrong: turns without usable times are left out, the others sorted.
Silence, interruptions, speech rate and talk ratio are measured in calls only; response times everywhere.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from pydantic import NonNegativeFloat, NonNegativeInt

from grader.conversation import Conversation, Probability, Record, Turn
from grader.text import detect_language, fold

MIN_SILENCE: Final = 2.0
"""Seconds; shorter gaps are ordinary turn-taking."""

MIN_OVERLAP: Final = 0.5
"""Seconds two people must speak at once for an interruption; shorter overlaps are how people take turns."""

MIN_SPEECH: Final = 3.0
"""Seconds of the agent's speech without which a rate says nothing."""

_MAX_TIME: Final = 1e11
"""Seconds; what lies beyond is no time."""

_MAX_BACK_CHANNEL: Final = 12
"""Letters."""

_BACK_CHANNEL = re.compile(
    "(?:嗯|恩|哦|噢|喔|啊|诶|欸|哎|唉|呃|好的|好嘞|好|对的|对|是的|是|行|明白了|明白|了解|知道了|没错|这样"
    "|mhm|mm|hmm|hm|uhhuh|aha|oh|ah|yeah|yep|yes|okay|ok|alright|right|sure|isee|gotit)+"
)
_MANDARIN_UNIT = re.compile(r"[\u3400-\u9fff]|[A-Za-z]+|\d")
_WORD = re.compile(r"\w+(?:['’]\w+)*")


class Silence(Record):
    """A stretch in which nobody speaks."""

    start: float
    end: float
    after_turn: NonNegativeInt | None
    """Index of the turn before it; None before the first."""


class Interruption(Record):
    """The agent starts to speak while the customer still does."""

    turn: NonNegativeInt
    """Index of the agent's turn."""
    overlap: NonNegativeFloat
    """Seconds spoken at once."""


class Timing(Record):
    """Measures in seconds; None where the conversation has no times to measure them by."""

    answer_delay: float | None = None
    """From the customer's call to the agent's answer, from the metadata."""
    first_response: float | None = None
    """From the customer's first words to the agent's."""
    duration: float | None = None
    silences: tuple[Silence, ...] = ()
    """Those of at least ``MIN_SILENCE``."""
    longest_silence: float | None = None
    """0 where there is none; None where silence was not measured."""
    total_silence: float | None = None
    interruptions: tuple[Interruption, ...] = ()
    speech_rate: float | None = None
    """The agent's characters (Mandarin) or words (other languages) a minute of the agent's speech."""
    talk_ratio: Probability | None = None
    """The agent's share of all speech seconds."""
    mean_response: float | None = None
    """From a customer's message to the agent's next, on average."""
    longest_response: float | None = None


class _Stretch(NamedTuple):
    """Speech of one turn without a longer pause; seconds."""

    start: float
    end: float
    turn: int


def measure(conversation: Conversation) -> Timing:
    """Measure what the conversation's times allow.

    A response is timed from the end of the customer's last words to the start of the agent's in calls, and from the first
    message that waits for an answer to the agent's next one elsewhere; a bot's message hands the customer over. An
    interruption is an agent's turn that begins while the customer speaks and overlaps for ``MIN_OVERLAP`` seconds;
    back-channels such as 嗯 or "mhm" are neither responses nor interruptions.
    """
    spoken = conversation.channel == "call" or conversation.transcription is not None
    responses = _call_responses(conversation) if spoken else _message_responses(conversation)
    timing = Timing(
        answer_delay=_answer_delay(conversation),
        first_response=responses[0] if responses else None,
        mean_response=math.fsum(responses) / len(responses) if responses else None,
        longest_response=max(responses, default=None),
        duration=_duration(conversation, spoken=spoken),
    )
    return _with_speech(timing, conversation) if spoken else timing


def _with_speech(timing: Timing, conversation: Conversation) -> Timing:
    """Add what is measured in speech only."""
    stretches = sorted(s for index, turn in enumerate(conversation.turns) for s in _stretches(turn, index))
    if not stretches:
        return timing
    silences = _silences(stretches, conversation)
    seconds = [silence.end - silence.start for silence in silences]
    agent = [s for s in stretches if conversation.turns[s.turn].speaker == "agent"]
    agent_seconds = _covered(agent)
    all_seconds = sum(
        _covered([s for s in stretches if conversation.turns[s.turn].speaker == speaker])
        for speaker in {conversation.turns[s.turn].speaker for s in stretches}
    )
    return timing.model_copy(
        update={
            "silences": silences,
            "longest_silence": max(seconds, default=0.0),
            "total_silence": math.fsum(seconds),
            "interruptions": _interruptions(stretches, conversation),
            "speech_rate": _speech_rate(agent, agent_seconds, conversation),
            "talk_ratio": min(agent_seconds / all_seconds, 1.0) if all_seconds else None,
        }
    )


def _usable(seconds: float | None) -> float | None:
    return seconds if seconds is not None and abs(seconds) <= _MAX_TIME else None


def _stretches(turn: Turn, index: int) -> list[_Stretch]:
    """Give the turn's speech by its words' times, or else by its own."""
    words = [word for word in turn.words if _usable(word.start) is not None and _usable(word.end) is not None]
    spans = sorted((word.start, word.end) for word in words if word.start <= word.end)
    start, end = _usable(turn.start), _usable(turn.end)
    if not spans:
        timed = start is not None and end is not None and start <= end
        return [_Stretch(start, end, index)] if timed and start is not None and end is not None else []
    merged = [spans[0]]
    for begin, finish in spans[1:]:
        if begin - merged[-1][1] < MIN_SILENCE:
            merged[-1] = (merged[-1][0], max(merged[-1][1], finish))
        else:
            merged.append((begin, finish))
    return [_Stretch(begin, finish, index) for begin, finish in merged]


def _silences(stretches: Sequence[_Stretch], conversation: Conversation) -> tuple[Silence, ...]:
    """Find the gaps between sorted stretches; a recording's beginning and end count too."""
    heard = conversation.transcription
    reached, turn = (0.0, None) if heard else (stretches[0].start, None)
    silences = []
    for stretch in stretches:
        if stretch.start - reached >= MIN_SILENCE:
            silences.append(Silence(start=reached, end=stretch.start, after_turn=turn))
        if stretch.end >= reached:
            reached, turn = stretch.end, stretch.turn
    if heard and heard.duration - reached >= MIN_SILENCE:
        silences.append(Silence(start=reached, end=heard.duration, after_turn=turn))
    return tuple(silences)


def _covered(stretches: Sequence[_Stretch]) -> float:
    """Give the seconds that sorted stretches cover together."""
    covered, reached = 0.0, -math.inf
    for stretch in stretches:
        covered += max(stretch.end - max(stretch.start, reached), 0.0)
        reached = max(reached, stretch.end)
    return covered


def _interruptions(stretches: Sequence[_Stretch], conversation: Conversation) -> tuple[Interruption, ...]:
    turns = conversation.turns
    customer = [s for s in stretches if turns[s.turn].speaker == "customer"]
    starts = [s.start for s in customer]
    ends = list(accumulate((s.end for s in customer), max))
    found = []
    for turn, (start, end) in sorted(_extents(stretches).items(), key=lambda extent: extent[1]):
        if turns[turn].speaker != "agent" or not (before := bisect_left(starts, start)):
            continue
        overlap = min(ends[before - 1], end) - start
        if overlap >= MIN_OVERLAP and not is_back_channel(turns[turn].text):
            found.append(Interruption(turn=turn, overlap=overlap))
    return tuple(found)


def _extents(stretches: Sequence[_Stretch]) -> dict[int, tuple[float, float]]:
    """Give each turn's first start and last end."""
    extents: dict[int, tuple[float, float]] = {}
    for stretch in stretches:
        start, end = extents.get(stretch.turn, (stretch.start, stretch.end))
        extents[stretch.turn] = (min(start, stretch.start), max(end, stretch.end))
    return extents


def _speech_rate(agent: Sequence[_Stretch], seconds: float, conversation: Conversation) -> float | None:
    if seconds < MIN_SPEECH:
        return None
    texts = [conversation.turns[turn].text for turn in sorted({s.turn for s in agent})]
    language = conversation.language or detect_language("\n".join(texts))
    unit = _MANDARIN_UNIT if language == "zh" else _WORD
    return 60 * sum(len(unit.findall(text)) for text in texts) / seconds


def is_back_channel(text: str) -> bool:
    """Tell whether a turn only shows that its speaker listens."""
    letters = "".join(c for c in text if c.isalnum())
    return len(letters) <= _MAX_BACK_CHANNEL and _BACK_CHANNEL.fullmatch(fold(letters)) is not None


def _call_responses(conversation: Conversation) -> list[float]:
    """Give the seconds from the end of the customer's words to the agent's answer, one for each answer."""
    spoken = [(start, turn) for turn in conversation.turns if (start := _usable(turn.start)) is not None]
    responses = []
    finished: float | None = None
    for start, turn in sorted(spoken, key=lambda item: item[0]):
        end = _usable(turn.end)
        if turn.speaker == "customer":
            finished = max(start, start if end is None else end, start if finished is None else finished)
        elif turn.speaker == "agent" and finished is not None and not is_back_channel(turn.text):
            responses.append(max(start - finished, 0.0))
            finished = None
    return responses


def _message_responses(conversation: Conversation) -> list[float]:
    """Give the seconds from the first message that waits to the agent's next, one for each answer."""
    responses = []
    waiting: float | None = None
    for now, turn in _messages(conversation):
        if turn.speaker == "customer":
            waiting = now if waiting is None else waiting
        elif turn.speaker == "bot" and waiting is not None:
            waiting = now
        elif turn.speaker == "agent" and waiting is not None:
            responses.append(now - waiting)
            waiting = None
    return responses


def _messages(conversation: Conversation) -> list[tuple[float, Turn]]:
    """Give the turns that have a time in order of time; by ``sent_at`` where there is any, else by ``start``."""
    sent = [(turn.sent_at.timestamp(), turn) for turn in conversation.turns if turn.sent_at is not None]
    started = [(start, turn) for turn in conversation.turns if (start := _usable(turn.start)) is not None]
    return sorted(sent or started, key=lambda item: item[0])


def _duration(conversation: Conversation, *, spoken: bool) -> float | None:
    if conversation.transcription:
        return conversation.transcription.duration
    if spoken:
        times = [
            t
            for turn in conversation.turns
            for t in (_usable(turn.start), _usable(turn.end))
            if t is not None
        ]
    else:
        times = [now for now, _ in _messages(conversation)]
    return max(times) - min(times) if len(times) > 1 else None


def _answer_delay(conversation: Conversation) -> float | None:
    given = conversation.metadata.get("answer_delay")
    if isinstance(given, bool):
        return None
    try:
        seconds = float(given)  # type: ignore[arg-type]  # what is no number raises
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds <= _MAX_TIME else None
