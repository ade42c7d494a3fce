"""Reading streams: a file's size is not the memory's, and reading costs little beside grading."""

import gzip
import itertools
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.conversation import Conversation
from grader.reading import read

TEXT = "非常抱歉给您带来不便，我马上为您查询订单的物流信息。"
TURNS = [
    {
        "speaker": "agent" if index % 2 else "customer",
        "text": TEXT,
        "start": index * 4.0,
        "end": index * 4.0 + 3,
    }
    for index in range(12)
]


def objects() -> Iterator[str]:
    """Give conversations as JSON, without end."""
    return (json.dumps({"id": f"c-{n}", "turns": TURNS}, ensure_ascii=False) for n in itertools.count())


def as_lines(path: Path, count: int) -> Path:
    """Write JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in itertools.islice(objects(), count))
    return path


def as_packed_lines(path: Path, count: int) -> Path:
    """Write JSON Lines, packed."""
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in itertools.islice(objects(), count))
    return path


def as_array(path: Path, count: int) -> Path:
    """Write one array on one line."""
    with path.open("w", encoding="utf-8") as file:
        file.write("[" + next(objects()).replace("c-0", "first"))
        file.writelines(f", {line}" for line in itertools.islice(objects(), count))
        file.write("]")
    return path


def as_table(path: Path, count: int) -> Path:
    """Write a table of messages."""
    with path.open("w", encoding="utf-8") as file:
        file.write("会话ID,角色,内容\n")
        file.writelines(f"c-{n},{turn['speaker']},{turn['text']}\n" for n in range(count) for turn in TURNS)
    return path


@pytest.mark.parametrize("write", [as_lines, as_packed_lines, as_array, as_table])
def test_a_file_is_not_held_in_memory(tmp_path: Path, write: Callable[[Path, int], Path]) -> None:
    """Peak memory stays far below the file's size, and does not grow with it but for the ids."""
    path = write(tmp_path / "chats", 4000)
    tracemalloc.start()
    try:
        count = sum(isinstance(item, Conversation) for item in read([path]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count >= 4000
    assert peak < 4_500_000


def test_reading_is_fast(tmp_path: Path) -> None:
    """At least 20,000 turns a second are meant on one idle core; a quarter must come on a busy machine."""
    path = as_lines(tmp_path / "chats.jsonl", 2000)
    began = time.process_time()
    turns = sum(len(item.turns) for item in read([path]) if isinstance(item, Conversation))
    assert turns == 24_000
    assert turns / (time.process_time() - began) > 5_000
