"""Speed of the text path, as a ratio to the bare classifier on the same turns in the same run."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from grader.assembly import assemble
from grader.conversation import Conversation
from grader.pipeline import folded
from grader.reading import read
from grader.settings import Settings
from tests.bench.report import SAMPLES, Figure

BATCH = 64
COPIES = 20
ROUNDS = 7


def measure() -> list[Figure]:
    """Grade copies of the sample chats, and label the same turns with the classifier alone, by turns."""
    grader = assemble(Settings())
    chats = [c for c in read([SAMPLES / "chats"]) if isinstance(c, Conversation)]
    conversations = [c.model_copy(update={"id": f"{c.id}-{n}"}) for n in range(COPIES) for c in chats]
    read_by_models = [folded(c) for c in grader.prepare(conversations) if isinstance(c, Conversation)]
    turns = sum(len(c.turns) for c in conversations)

    def whole() -> None:
        for batch in _batches(conversations):
            for graded in grader.grade(batch):
                graded.grade.model_dump_json()

    def bare() -> None:
        for batch in _batches(read_by_models):
            grader.turns.predict(batch)

    def one() -> None:
        grader.grade(conversations[:1])

    pairs = [(_seconds(bare), _seconds(whole)) for _ in range(ROUNDS)]
    seconds = median(w for _, w in pairs)
    return [
        Figure("text path, turns/s", turns / seconds),
        Figure("text path, conversations/s", len(conversations) / seconds),
        Figure("bare classifier, turns/s", turns / median(b for b, _ in pairs)),
        Figure("text path / bare classifier", median(w / b for b, w in pairs), most=1.5),
        Figure("one chat alone, ms", 1000 * median(_seconds(one) for _ in range(50))),
    ]


def _batches(items: list[Any]) -> list[list[Any]]:
    return [items[n : n + BATCH] for n in range(0, len(items), BATCH)]


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
