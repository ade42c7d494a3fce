"""The grader: conversations go in, grades come out. The same object serves the command, the batch and the service.

transcribe → redact → tell roles → label turns → measure timing → apply scorecard → triage
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from grader import roles, timing, transcription
from grader.calibration import Calibration
from grader.conversation import AgentChannel, Conversation
from grader.grade import Grade, ModelNames, Question, ScorecardName
from grader.problems import Problem
from grader.redaction import Redactor, displayed
from grader.scorecard import (
    Criterion,
    Judge,
    Observation,
    Scorecard,
    Trace,
    Verdicts,
    fingerprint,
    not_evaluated,
    trace,
)
from grader.text import fold, told_language
from grader.triage import TriagePolicy, decide
from models.interfaces import (
    ConversationLabels,
    RoleClassifier,
    SpeechRecognizer,
    TurnClassifier,
)
from models.store import ModelError

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

MIN_INTELLIGIBILITY: Final = 0.5
"""A call of which less than this share of the speech was understood is not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A conversation as it may be stored, and its grade."""

    conversation: Conversation
    """Redacted, with roles; the evidence points into its turns."""
    grade: Grade


@dataclass(frozen=True, slots=True)
class FoldedTurn:
    """A turn in simplified script, half width and lower case, as long as the original."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Folded:
    """A conversation as classifiers and rules read it (``models.interfaces.ConversationLike``)."""

    channel: str
    language: str | None
    turns: tuple[FoldedTurn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grader:
    """Grades batches of conversations. Holds weights and scorecards, nothing that changes."""

    turns: TurnClassifier
    roles: RoleClassifier
    scorecards: Sequence[Scorecard]
    """The first one for the conversation's language is applied; one without language serves all."""
    calibration: Calibration
    policy: TriagePolicy
    redactor: Redactor
    speech_language: str | None = None
    """Language of recordings that do not state theirs; None detects it."""
    agent_channel: AgentChannel = "auto"
    """Where the agent speaks in stereo recordings that do not state it."""
    speech: Callable[[], SpeechRecognizer]
    """Gives the recogniser when the first recording comes; raises ``models.store.ModelError`` where there is none."""

    def grade(self, conversations: Sequence[Conversation]) -> list[Graded | Problem]:
        """Grade a batch, in order; a problem stands in the place of a conversation that cannot be graded."""
        return self._each(self._grade, conversations)

    def prepare(self, conversations: Sequence[Conversation]) -> list[Conversation | Problem]:
        """Give the conversations in words, redacted and with roles, in order: all that may be stored of them."""
        return self._each(self._prepare, conversations)

    def trace(self, conversations: Sequence[Conversation]) -> list[tuple[Conversation, Trace] | Problem]:
        """Give with each prepared conversation how every condition of the first scorecard came out, uncalibrated."""
        return self._each(self._trace, conversations)

    def criterion_names(self) -> dict[ScorecardName, dict[str, str]]:
        """Give by scorecard the name to display for each criterion's id."""
        return {_name(card): {c.id: c.name for c in card.criteria} for card in self.scorecards}

    def _each(
        self,
        stage: Callable[[Sequence[Conversation]], Sequence[_Result]],
        conversations: Sequence[Conversation],
    ) -> list[_Result | Problem]:
        """Put what can be heard through a stage, and the problems where they belong."""
        heard = self._hear(conversations)
        results = iter(_isolated(stage, [item for item in heard if isinstance(item, Conversation)]))
        return [next(results) if isinstance(item, Conversation) else item for item in heard]

    def _hear(self, conversations: Sequence[Conversation]) -> list[Conversation | Problem]:
        """Transcribe the recordings among the conversations."""
        silent = [c for c in conversations if transcription.needs_transcribing(c)]
        if not silent:
            return list(conversations)
        try:
            heard = iter(transcription.transcribe(silent, self.speech(), language=self.speech_language))
        except ModelError as error:
            heard = iter([_unheard(c, error) for c in silent])
        return [next(heard) if transcription.needs_transcribing(c) else c for c in conversations]

    def _prepare(self, conversations: Sequence[Conversation]) -> list[Conversation]:
        redacted = [item.conversation for item in self.redactor.redact(conversations)]
        attributed = roles.attribute(redacted, self.roles, agent_channel=self.agent_channel)
        return [_with_language(c) for c in attributed]

    def _grade(self, conversations: Sequence[Conversation]) -> list[Graded]:
        prepared = self._prepare(conversations)
        read = [folded(conversation) for conversation in prepared]
        unfit = {at: reason for at, c in enumerate(prepared) if (reason := self._unfit(c))}
        fit = [at for at in range(len(prepared)) if at not in unfit]
        explained = dict(zip(fit, self.turns.explain([read[at] for at in fit]), strict=True))
        graded = {at: self._pass_over(prepared[at], reason) for at, reason in unfit.items()}
        for scorecard in self.scorecards:
            chosen = [at for at in fit if self._scorecard(prepared[at]) is scorecard]
            observations = [_observe(prepared[at], read[at], explained[at].labels) for at in chosen]
            words = [explained[at].words for at in chosen]
            graded |= zip(chosen, self._judge(scorecard, observations, words), strict=True)
        return [graded[at] for at in range(len(prepared))]

    def _trace(self, conversations: Sequence[Conversation]) -> list[tuple[Conversation, Trace]]:
        prepared = self._prepare(conversations)
        read = [folded(conversation) for conversation in prepared]
        labelled = zip(prepared, read, self.turns.predict(read), strict=True)
        return [(c, trace(self.scorecards[0], _observe(c, item, labels))) for c, item, labels in labelled]

    def _unfit(self, conversation: Conversation) -> str | None:
        """Say why there is nothing to judge (a code of the scorecards' reasons), or None where there is."""
        if not any(turn.text.strip() for turn in conversation.turns):
            return "nothing_said"
        heard = conversation.transcription
        if heard and heard.intelligibility < MIN_INTELLIGIBILITY:
            return "unintelligible"
        if not any(_fits(card, conversation) for card in self.scorecards):
            return "language"
        if not any(turn.speaker == "agent" and turn.text.strip() for turn in conversation.turns):
            return "no_agent"
        return None

    def _judge(
        self,
        scorecard: Scorecard,
        observations: Sequence[Observation],
        words: Sequence[Callable[[int, str], tuple[int, int]]],
    ) -> Iterator[Graded]:
        """Grade conversations by one scorecard; ``words`` tells of each which words speak for a label."""
        judge = Judge(scorecard, observations)
        for at, (observation, words_for) in enumerate(zip(observations, words, strict=True)):
            certainty = transcription.certainty(observation.conversation)
            verdicts = judge.verdicts(
                at,
                calibrate=partial(self._calibrate, scorecard, certainty),
                highlight=partial(_highlight, words_for),
            )
            yield self._graded(observation, scorecard, verdicts)

    def _calibrate(
        self, scorecard: Scorecard, certainty: float, criterion: Criterion, question: Question, raw: float
    ) -> float:
        key = fingerprint(scorecard, criterion)
        return self.calibration.probability(key, raw, question=question, certainty=certainty)

    def _pass_over(self, conversation: Conversation, reason: str) -> Graded:
        """Grade a conversation in which there is nothing to judge."""
        scorecard = self._scorecard(conversation)
        nothing = ConversationLabels(turns=tuple({} for _ in conversation.turns), outcome={})
        observation = _observe(conversation, folded(conversation), nothing)
        return self._graded(observation, scorecard, not_evaluated(scorecard, reason))

    def _graded(self, observation: Observation, scorecard: Scorecard, verdicts: Verdicts) -> Graded:
        conversation, labels = observation.conversation, observation.labels
        heard = conversation.transcription
        risks = {
            criterion.id: self.calibration.max_risk(fingerprint(scorecard, criterion))
            for criterion in scorecard.criteria
        }
        grade = Grade(
            conversation_id=conversation.id,
            scorecard=_name(scorecard),
            models=ModelNames(turns=self.turns.name, speech=heard.model if heard else None),
            score=verdicts.score,
            passed=verdicts.passed,
            criteria=verdicts.criteria,
            turns=labels.turns,
            outcome=labels.outcome,
            timing=observation.timing,
            triage=decide(
                conversation,
                verdicts.criteria,
                labels,
                max_risks=risks,
                fatal=verdicts.fatal,
                policy=self.policy,
            ),
        )
        return Graded(conversation=conversation, grade=grade)

    def _scorecard(self, conversation: Conversation) -> Scorecard:
        """Give the scorecard for the conversation's language; where there is none, the first, to be passed over."""
        return next((card for card in self.scorecards if _fits(card, conversation)), self.scorecards[0])


def _name(scorecard: Scorecard) -> ScorecardName:
    return ScorecardName(name=scorecard.name, version=scorecard.version)


def _fits(scorecard: Scorecard, conversation: Conversation) -> bool:
    return scorecard.language in {None, conversation.language}


def folded(conversation: Conversation) -> Folded:
    """Give a redacted conversation as classifiers and rules read it."""
    turns = tuple(FoldedTurn(turn.speaker, fold(turn.text)) for turn in conversation.turns)
    return Folded(conversation.channel, conversation.language, turns)


def _highlight(words: Callable[[int, str], tuple[int, int]], turn: int, label: str) -> tuple[int, int]:
    return words(turn, label.removeprefix("violation:"))


def _observe(conversation: Conversation, read: Folded, labels: ConversationLabels) -> Observation:
    return Observation(
        conversation=conversation,
        folded=tuple(turn.text for turn in read.turns),
        labels=labels,
        timing=timing.measure(conversation),
    )


def _with_language(conversation: Conversation) -> Conversation:
    language = told_language(conversation.language, "\n".join(turn.text for turn in conversation.turns))
    if language == conversation.language:
        return conversation
    return conversation.model_copy(update={"language": language})


def _unheard(conversation: Conversation, error: ModelError) -> Problem:
    return Problem(
        source=displayed(conversation.recording or conversation.id),
        place=None,
        problem="The recording cannot be transcribed: there is no speech model.",
        remedy=str(error),
    )


def _isolated(
    stage: Callable[[Sequence[Conversation]], Sequence[_Result]], conversations: Sequence[Conversation]
) -> list[_Result | Problem]:
    """Put a batch through a stage; where it fails, each alone, so that one conversation cannot take others with it."""
    try:
        return list(stage(conversations))
    except Exception as error:  # noqa: BLE001  whatever it is, it must not end the run
        if len(conversations) > 1:
            return [result for c in conversations for result in _isolated(stage, [c])]
        # The message and the arguments may hold what was said; the kind and the place do not.
        _log.error("grading failed: %s", _place(error))
        return [
            Problem(
                source=displayed(conversations[0].id),
                place=None,
                problem=f"Grading failed with an internal error ({_place(error)}).",
                remedy="Report it with the conversation's format and size; the others are not affected.",
            )
        ]


def _place(error: Exception) -> str:
    """Name an error by its kind and the line it came from."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}"
