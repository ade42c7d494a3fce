"""Grading within a request: those that arrive together are graded and stored together.

One thread takes whatever waits, grades it as one batch and keeps it in one transaction: under load the cost of a
commit and of the classifiers' fixed work is shared, and a lone request waits for nobody.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from grader.conversation import Conversation
from grader.pipeline import Graded, Grader
from grader.problems import Problem
from service.database import Database
from service.jobs.graders import Graders

_log = logging.getLogger(__name__)

MOST: Final = 32
"""Conversations of one batch: more would make the first of them wait."""

_FRESH: Final = 1.0
"""Seconds after which a scorecard that became active is applied."""

PutDown = Callable[[Session, Graded | Problem], Any]
"""Keeps what was graded, in the session it is given, and gives the request's answer; it may raise to keep nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    conversation: Conversation
    put_down: PutDown
    answer: Future[Any] = field(default_factory=Future)


class InlineGrader:
    """Grades the conversations of requests, in a thread of its own."""

    def __init__(self, database: Database, graders: Graders) -> None:
        self._database = database
        self._graders = graders
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._grader: Grader | None = None
        self._looked_at = 0.0
        self._thread = threading.Thread(target=self._run, name="inline", daemon=True)
        self._thread.start()

    async def grade(self, conversation: Conversation, put_down: PutDown) -> Any:
        """Grade a conversation, put it down, and give what ``put_down`` gave once that is committed."""
        waiting = _Waiting(conversation=conversation, put_down=put_down)
        self._waiting.put(waiting)
        return await asyncio.wrap_future(waiting.answer)

    def close(self) -> None:
        """Finish what waits, and end."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            while len(batch) < MOST and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    self._waiting.put(None)
                    break
                batch.append(following)
            try:
                self._settle(batch)
            except Exception as error:  # noqa: BLE001  the thread must live, and every request get its answer
                for waiting in batch:
                    if not waiting.answer.done():
                        waiting.answer.set_exception(error)

    def _settle(self, batch: Sequence[_Waiting]) -> None:
        outcomes = self._now().grade([waiting.conversation for waiting in batch])
        settled: list[tuple[_Waiting, Any, Exception | None]] = []
        with self._database.write() as session:
            for waiting, outcome in zip(batch, outcomes, strict=True):
                try:
                    with session.begin_nested():
                        settled.append((waiting, waiting.put_down(session, outcome), None))
                except Exception as error:  # noqa: BLE001  it is this request's own
                    settled.append((waiting, None, error))
        for waiting, answer, refusal in settled:  # committed: now it may be told
            if waiting.answer.cancelled():
                continue
            if refusal is None:
                waiting.answer.set_result(answer)
            else:
                waiting.answer.set_exception(refusal)

    def _now(self) -> Grader:
        if self._grader is None or time.monotonic() - self._looked_at > _FRESH:
            with self._database.read() as session:
                self._grader = self._graders.now(session)
            self._looked_at = time.monotonic()
        return self._grader
