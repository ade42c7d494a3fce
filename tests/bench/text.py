"""Speed of the text path, as a ratio to the bare classifier on the same turns in the same run."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, islice
from statistics import median
from typing import Any

from grader.assembly import assemble
from grader.conversation import Conversation
from grader.pipeline import Grader, folded
from grader.problems import Problem
from grader.reading import read
from grader.settings import Settings
from tests.bench.report import SAMPLES, Figure

BATCH = 64
COPIES = 20
ROUNDS = 7
TURNS = 12


def measure() -> list[Figure]:
    """Grade copies of the sample chats, and label the same turns with the classifier alone, by turns."""
    chats = [c for c in read([SAMPLES / "chats"]) if isinstance(c, Conversation)]
    single = {language: _of_turns(chats, language, TURNS) for language in ("zh", "en")}
    grader = assemble(Settings())
    first = [
        Figure(f"first chat of {TURNS} turns after loading, {language}, ms", ms, most=15)
        for language, chat in single.items()
        for ms in [1000 * _seconds(partial(_grade, grader, [chat]))]
    ]
    conversations = [c.model_copy(update={"id": f"{c.id}-{n}"}) for n in range(COPIES) for c in chats]
    read_by_models = [folded(c) for c in grader.prepare(conversations) if isinstance(c, Conversation)]
    turns = sum(len(c.turns) for c in conversations)

    def whole() -> None:
        for batch in _batches(conversations):
            _grade(grader, batch)

    def bare() -> None:
        for batch in _batches(read_by_models):
            grader.turns.predict(batch)

    pairs = [(_seconds(bare), _seconds(whole)) for _ in range(ROUNDS)]
    seconds = median(w for _, w in pairs)
    return [
        Figure("text path, turns/s", turns / seconds),
        Figure("text path, conversations/s", len(conversations) / seconds),
        Figure("bare classifier, turns/s", turns / median(b for b, _ in pairs)),
        Figure("text path / bare classifier", median(w / b for b, w in pairs), most=1.5),
        *first,
        *(
            Figure(f"one chat of {TURNS} turns alone, {language}, ms", ms, most=15)
            for language, chat in single.items()
            for ms in [1000 * median(_seconds(partial(_grade, grader, [chat])) for _ in range(50))]
        ),
    ]


def _grade(grader: Grader, conversations: Sequence[Conversation]) -> None:
    for graded in grader.grade(conversations):
        if isinstance(graded, Problem):
            raise TypeError(str(graded))
        graded.grade.model_dump_json()


def _of_turns(chats: Sequence[Conversation], language: str, turns: int) -> Conversation:
    """Make a chat of so many turns from those in a language."""
    own = [chat for chat in chats if chat.language == language]
    said = tuple(islice(chain.from_iterable(chat.turns for chat in own), turns))
    return own[0].model_copy(update={"turns": said})


def _batches(items: list[Any]) -> list[list[Any]]:
    return [items[n : n + BATCH] for n in range(0, len(items), BATCH)]


def _seconds(work: Callable[[], None]) -> float:
    """Give the processor time: what else runs on the machine does not count."""
    began = time.process_time()
    work()
    return time.process_time() - began
