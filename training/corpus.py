"""The conversations to learn from, with what people and writers said of them.

Texts pass through the same steps as in the product: redaction, then folding. The sources are those of the shared
data folder (``stc3``, ``labelled``, ``written``) and the project's own texts and labels in ``training/corpora``.
"""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypeVar

from grader.codebook import AGENT_LEVELS, CUSTOMER_FLAGS, NUGGETS, OUTCOME_LEVELS, OUTCOMES
from grader.conversation import Conversation, Turn
from grader.problems import InputError, Problem
from grader.redaction import Redactor
from grader.text import fold
from models.interfaces import Distribution

OWN: Final = Path(__file__).parent / "corpora"
PROBLEMS: Final = OWN / "labels" / "stc3_zh_problem.json"
FIRST_LABELS: Final = "labelled"
"""The provenance of the codebook labels in the data folder; the project read part of them anew and added more
(``training/corpora/labels``)."""
WRITTEN_CONVERSATIONS: Final = ("dev_zh", "dev_zh2", "dev_en")
CORRECTIONS: Final = "corrections"
"""The source of conversations that reviewers corrected (``training.corrected_examples``)."""
Kind: TypeAlias = Literal["stc3", "written", "own", "corrections"]
_Made = TypeVar("_Made")
_SPEAKERS: Final = {"customer": "customer", "helpdesk": "agent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnGold:
    """What is known of one turn; a label that nobody gave is missing."""

    levels: dict[str, str]
    """Level by ordered label (``emotion`` too)."""
    flags: dict[str, bool]
    """``escalation``, ``resolved``."""
    violations: frozenset[str] | None
    """None where nobody looked for them."""
    nugget: Distribution | None
    """Shares of the votes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationGold:
    """What is known of one conversation."""

    turns: tuple[TurnGold, ...]
    outcome: dict[str, Distribution]
    """Shares of the votes for A, S, E; empty where nobody voted."""
    industry: str | None = None
    problem: bool | None = None
    """Whether the customer brings one."""
    script: dict[str, bool] | None = None
    """Empathy, solution, follow-up present at all; ``met``: with the codebook's exemptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A conversation as the classifiers see it, and what is known of it."""

    conversation: Conversation
    """Redacted and folded."""
    redacted: Conversation
    """Redacted only, as a person reads it."""
    gold: ConversationGold
    source: str
    """``stc3``, ``corrections``, or the name of the written file."""
    group: str
    """Examples of one group stay in one fold."""
    single: bool = False
    """One written turn with the other side's turn before it, and no conversation."""
    provenance: str = ""
    """Whose codebook labels these are: the folder or file that holds them; empty where nobody gave any."""


def kind(source: str) -> Kind:
    """Give where conversations are from: STC-3, written for the data folder, the project's own, or reviewers' corrections."""
    if source == "stc3":
        return "stc3"
    if source == CORRECTIONS:
        return "corrections"
    return "written" if source in WRITTEN_CONVERSATIONS else "own"


def read_corpus(data: Path, language: str) -> list[Example]:
    """Read everything in ``language`` (``zh`` or ``en``) from the shared data folder and the project's own texts.

    Raises:
        InputError: a file is missing, or a line of one is not of the form.
    """
    real, first_labels = data / "stc3" / f"train_{language}.jsonl.gz", data / "labelled" / "stc3_zh.jsonl"
    for path in (real, first_labels, data / "written"):
        if not path.exists():
            raise _unusable(path, "There is no such file or folder.")
    labels, problems = _codebook_labels(first_labels), json.loads(PROBLEMS.read_text(encoding="utf-8"))
    examples = list(_read(real, lambda row: _stc3(row, language, labels, problem=problems.get(row["id"]))))
    for path in sorted((data / "written").glob("*.jsonl")) + sorted(OWN.glob("*.jsonl")):
        found = _read(path, partial(_written, source=path.stem, own=path.parent == OWN))
        examples += [one for one in found if one.conversation.language == language]
    return _prepared(examples)


def _read(path: Path, make: Callable[[dict[str, Any]], _Made]) -> Iterator[_Made]:
    """Make something of each line of a file, which may be packed.

    Raises:
        InputError: the file cannot be read, or a line is not of the form.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    place = None
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                place = f"line {number}"
                yield make(json.loads(line))
    except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError) as error:
        raise _unusable(path, f"It cannot be read ({type(error).__name__}: {error}).", place) from error


def _unusable(path: Path, problem: str, place: str | None = None) -> InputError:
    remedy = "Give a folder of the form that docs/training.md describes."
    return InputError(Problem(source=str(path), place=place, problem=problem, remedy=remedy))


class _Given(NamedTuple):
    """The codebook labels of one conversation."""

    provenance: str
    turns: list[dict[str, Any]]


def _codebook_labels(first: Path) -> dict[str, _Given]:
    """Give the labels of STC-3 conversations by id: the ``first`` file's, unless the project has later ones."""
    files = {FIRST_LABELS: first}
    files |= {path.stem: path for path in sorted((OWN / "labels").glob("*.jsonl"))}
    found: dict[str, _Given] = {}
    for provenance, path in files.items():
        found |= _read(path, partial(_given_labels, provenance=provenance))
    return found


def _given_labels(row: dict[str, Any], provenance: str) -> tuple[str, _Given]:
    return row["id"], _Given(provenance, [turn["labels"] for turn in row["turns"]])


def _stc3(row: dict[str, Any], language: str, labels: dict[str, _Given], *, problem: bool | None) -> Example:
    turns = tuple(
        Turn(speaker=_SPEAKERS[turn["sender"]], text=" ".join(turn["utterances"])) for turn in row["turns"]
    )
    given = labels.get(row["id"], _Given("", [{}] * len(turns)))
    known = given.turns
    if language != "zh":
        # The labels were given to the Mandarin text; its polite forms do not survive translation.
        known = [{label: value for label, value in turn.items() if label != "courtesy"} for turn in known]
    gold = tuple(
        _turn_gold(given, nugget=_shares(vote["nugget"][at] for vote in row["annotations"]))
        for at, given in enumerate(known)
    )
    outcome = {
        quality: _shares((str(vote["quality"][quality]) for vote in row["annotations"]), OUTCOME_LEVELS)
        for quality in OUTCOMES
    }
    conversation = Conversation(id=f"{language}-{row['id']}", channel="chat", language=language, turns=turns)
    return Example(
        conversation=conversation,
        redacted=conversation,
        gold=ConversationGold(turns=gold, outcome=outcome, problem=problem),
        source="stc3",
        group=f"stc3-{row['id']}",
        provenance=given.provenance,
    )


def _written(row: dict[str, Any], source: str, *, own: bool) -> Example:
    """Read a written conversation, or a single turn with the other side's turn before it.

    The project's own texts about one industry share words and stories, and so a group.
    """
    given = row["turns"] if "turns" in row else _single_turn(row)
    conversation = Conversation(
        id=row["id"],
        channel=row["channel"],
        language=row.get("language") or source.rsplit("_", 1)[1],
        turns=tuple(Turn(speaker=turn["speaker"], text=turn["text"]) for turn in given),
    )
    gold = ConversationGold(
        turns=tuple(_turn_gold(turn["labels"]) for turn in given),
        outcome={},
        industry=row.get("industry"),
        problem=row.get("problem"),
        script=row.get("script"),
    )
    return Example(
        conversation=conversation,
        redacted=conversation,
        gold=gold,
        source=source,
        group=f"industry-{row['industry']}" if own and "industry" in row else row["id"],
        single="turns" not in row,
        provenance=source,
    )


def _single_turn(row: dict[str, Any]) -> list[dict[str, Any]]:
    speakers = ("agent", "customer") if "emotion" in row["labels"] else ("customer", "agent")
    before, said = speakers
    return [
        {"speaker": before, "text": row["prev"], "labels": {}},
        {"speaker": said, "text": row["text"], "labels": row["labels"]},
    ]


def _turn_gold(labels: dict[str, Any], nugget: Distribution | None = None) -> TurnGold:
    ordered = (*AGENT_LEVELS, "emotion")
    return TurnGold(
        levels={label: str(labels[label]) for label in ordered if label in labels},
        flags={label: bool(labels[label]) for label in CUSTOMER_FLAGS if label in labels},
        violations=frozenset(labels["violation"]) if "violation" in labels else None,
        nugget=nugget,
    )


def _shares(votes: Iterable[str], values: Iterable[str] = ()) -> Distribution:
    counts = Counter(votes)
    if not values:
        (values,) = (kinds for kinds in NUGGETS.values() if set(counts) <= set(kinds))
    return {value: counts[value] / counts.total() for value in values}


def _prepared(examples: list[Example]) -> list[Example]:
    """Redact and fold, as the pipeline does before it labels."""
    redacted = Redactor().redact([example.redacted for example in examples])
    return [
        replace(example, redacted=one.conversation, conversation=_folded(one.conversation))
        for example, one in zip(examples, redacted, strict=True)
    ]


def _folded(conversation: Conversation) -> Conversation:
    turns = tuple(turn.model_copy(update={"text": fold(turn.text)}) for turn in conversation.turns)
    return conversation.model_copy(update={"turns": turns})
