"""Reasons for a verdict, in the scorecard's language: Chinese for ``zh``, else English.

Turns are numbered from 1, as people count.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from grader.conversation import Conversation
from grader.scorecard.batch import Scope
from grader.scorecard.causes import Cause

LISTED: Final = 8
"""Turns named one by one; of more, the first ones and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The phrases of one language."""

    found: str
    absent: str
    true: str
    false: str
    searched: str
    unmeasured: str
    not_applicable: str
    close: str
    deducted: str
    fatal: str
    between: str
    """Between the things of a list."""
    stop: str
    """After a sentence."""
    number: str
    """A measured number."""
    turn: str
    turns: str
    many_turns: str
    speakers: dict[str, str]
    unfit: dict[str, str]
    """Why a whole conversation is not judged, by the codes the pipeline gives."""


CHINESE: Final = Language(
    found="发现:{}",
    absent="未发现:{}",
    true="符合:{}",
    false="不符合:{}",
    searched="(已检查{})",
    unmeasured="缺少判断所需的数据:{}",
    not_applicable="不适用",
    close="概率{probability:.2f}与判定线{line:.2f}相差不到{band:.2f},难以判定,请人工复核",
    deducted="扣{points:g}分:{reason}",
    fatal="一票否决",
    between="、",
    stop="。",
    number="({})",
    turn="{speaker}第{numbers}轮",
    turns="{speaker}第{numbers}轮",
    many_turns="{speaker}第{numbers}…轮,共{total}轮",
    speakers={"agent": "客服", "customer": "客户", "bot": "机器人", "system": "系统", "unknown": "说话人"},
    unfit={
        "nothing_said": "对话没有内容",
        "unintelligible": "录音大部分无法听清",
        "language": "没有适用于这种语言的评分表",
        "no_agent": "对话中没有客服发言",
    },
)
ENGLISH: Final = Language(
    found="Found: {}",
    absent="Not found: {}",
    true="Holds: {}",
    false="Does not hold: {}",
    searched=" (searched {})",
    unmeasured="What is needed to judge is missing: {}",
    not_applicable="Does not apply",
    close="The probability of {probability:.2f} is within {band:.2f} of the line of {line:.2f}, too close to call: "
    "a person should look",
    deducted="{points:g} points deducted: {reason}",
    fatal="Fatal",
    between=", ",
    stop=". ",
    number=" ({})",
    turn=" {speaker} turn {numbers}",
    turns=" {speaker} turns {numbers}",
    many_turns=" {speaker} turns {numbers}, … ({total} in all)",
    speakers={
        "agent": "agent",
        "customer": "customer",
        "bot": "bot",
        "system": "system",
        "unknown": "speaker",
    },
    unfit={
        "nothing_said": "Nothing is said",
        "unintelligible": "Most of the recording cannot be understood",
        "language": "There is no scorecard for this language",
        "no_agent": "No agent speaks",
    },
)


def language_of(code: str | None) -> Language:
    """Choose the phrases for an ISO 639-1 code."""
    return CHINESE if code == "zh" else ENGLISH


def join(sentences: Iterable[str], language: Language) -> str:
    """Write sentences one after the other."""
    return "".join(f"{sentence}{language.stop}" for sentence in sentences).strip()


class Teller:
    """Tells what decided verdicts on one conversation."""

    def __init__(self, conversation: Conversation, at: int, language: Language) -> None:
        """Prepare for the conversation that stands ``at`` this index of its batch."""
        self._speakers = [turn.speaker for turn in conversation.turns]
        self._at = at
        self._language = language
        self._phrases: dict[tuple[int, ...], str] = {}

    def tell(self, causes: Sequence[Cause]) -> list[str]:
        """Say what was found and where, what was not found and where it was looked for."""
        language = self._language
        found = [self._found(cause) for cause in causes if cause.holds and cause.hits]
        absent = self._absent([cause for cause in causes if cause.placed and not cause.holds])
        true = [self._measured(cause) for cause in causes if cause.holds and not cause.hits]
        false = [self._measured(cause) for cause in causes if not cause.placed and not cause.holds]
        told = (
            (language.found, found),
            (language.absent, absent),
            (language.true, true),
            (language.false, false),
        )
        return [phrase.format(language.between.join(dict.fromkeys(parts))) for phrase, parts in told if parts]

    def _found(self, cause: Cause) -> str:
        turns = tuple(sorted({hit.turn for hit in cause.hits}))
        return f"{cause.shown}{self._language.number.format(self._turns(turns))}"

    def _absent(self, causes: Sequence[Cause]) -> list[str]:
        """Name what was looked for in the same turns together."""
        by_turns: dict[tuple[int, ...], list[str]] = {}
        for scopes, alike in _by_scopes(causes).items():
            turns = sorted({turn for scope in scopes for turn in scope.turns[self._at]})
            by_turns.setdefault(tuple(turns), []).extend(alike)
        return [
            self._language.between.join(dict.fromkeys(names))
            + (self._language.searched.format(self._turns(turns)) if turns else "")
            for turns, names in by_turns.items()
        ]

    def _measured(self, cause: Cause) -> str:
        value = cause.value
        return cause.shown + ("" if value is None else self._language.number.format(f"{round(value, 1):g}"))

    def _turns(self, turns: tuple[int, ...]) -> str:
        """Name turns by speaker and number."""
        if turns not in self._phrases:
            by_speaker: dict[str, list[int]] = {}
            for turn in turns:
                by_speaker.setdefault(self._speakers[turn], []).append(turn + 1)
            parts = [self._of_speaker(speaker, numbers) for speaker, numbers in by_speaker.items()]
            self._phrases[turns] = self._language.between.join(parts)
        return self._phrases[turns]

    def _of_speaker(self, speaker: str, numbers: Sequence[int]) -> str:
        language = self._language
        many = language.turns if len(numbers) <= LISTED else language.many_turns
        phrase = language.turn if len(numbers) == 1 else many
        return phrase.format(
            speaker=language.speakers[speaker],
            numbers=language.between.join(map(str, numbers[:LISTED])),
            total=len(numbers),
        ).strip()


def _by_scopes(causes: Sequence[Cause]) -> dict[frozenset[Scope], list[str]]:
    """Give what people call the causes, by where was looked for them."""
    by_scopes: dict[frozenset[Scope], list[str]] = {}
    for cause in causes:
        by_scopes.setdefault(cause.scopes, []).append(cause.shown)
    return by_scopes
