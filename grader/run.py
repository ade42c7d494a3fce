"""A run: whatever was read goes through a stage in batches, in input order, and nothing is lost on the way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, TypeVar

from grader.conversation import Conversation
from grader.problems import Problem
from grader.transcription import needs_transcribing

BATCH: Final = 64
"""Conversations that go through together."""

RECORDINGS: Final = 4
"""Recordings that go through together; a batch ends with them so that progress is seen."""

_Result = TypeVar("_Result")


def run(
    inputs: Iterable[Conversation | Problem],
    stage: Callable[[Sequence[Conversation]], Sequence[_Result | Problem]],
) -> Iterator[_Result | Problem]:
    """Put every conversation through ``stage`` (``Grader.grade``, ``Grader.prepare``).

    A problem stands in the place of what could not be read or graded.
    """
    return chain.from_iterable(run_in_batches(inputs, stage))


def run_in_batches(
    inputs: Iterable[Conversation | Problem],
    stage: Callable[[Sequence[Conversation]], Sequence[_Result | Problem]],
) -> Iterator[list[_Result | Problem]]:
    """Do as ``run``, and give together what went through together."""
    for batch in _batches(inputs):
        results = iter(stage([item for item in batch if isinstance(item, Conversation)]))
        yield [next(results) if isinstance(item, Conversation) else item for item in batch]


def _batches(inputs: Iterable[Conversation | Problem]) -> Iterator[list[Conversation | Problem]]:
    batch: list[Conversation | Problem] = []
    recordings = 0
    for item in inputs:
        batch.append(item)
        recordings += isinstance(item, Conversation) and needs_transcribing(item)
        if len(batch) == BATCH or recordings == RECORDINGS:
            yield batch
            batch, recordings = [], 0
    if batch:
        yield batch
