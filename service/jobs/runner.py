"""A worker: claims jobs, does them in one thread, and in the other keeps its hold on them."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from service.database import claims, workers
from service.database.claims import Claim
from service.database.errors import LostLeaseError
from service.database.tables import JobKind, Lane
from service.jobs.bench import Bench
from service.jobs.grading import grade, recording, regrade
from service.jobs.purging import purge

_log = logging.getLogger(__name__)

HANDLERS: Final[Mapping[JobKind, Callable[[Bench, Sequence[Claim]], None]]] = {
    "grade": grade,
    "recording": recording,
    "regrade": regrade,
    "purge": purge,
}

_BEATS: Final = 4
"""Heartbeats in the time of a lease: three may be missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a worker takes its jobs; seconds each."""

    lease: float = 60.0
    """After this time without renewal others may take the job."""
    longest_job: float = 6 * 3600.0
    """The lease is not renewed beyond it."""
    grace: float = 30.0
    """To finish what is held, once the worker is stopped."""
    poll: float = 0.2
    """Between looks for jobs."""
    batch: int = 32
    """Transcripts graded together."""


class Runner:
    """Does the jobs of one lane until it is stopped."""

    def __init__(self, bench: Bench, lane: Lane, *, worker_id: str, pace: Pace | None = None) -> None:
        self._bench = bench
        self._lane: Lane = lane
        self._id = worker_id
        self._pace = pace or Pace()
        self._lock = threading.Lock()
        self._held: list[Claim] = []
        self._since = 0.0

    def run(self, stop: threading.Event) -> bool:
        """Work until ``stop`` is set; tell whether all that was begun was finished.

        What was not is given back; the thread that still works on it must not outlive the process.
        """
        with self._bench.database.write() as session:
            workers.register(session, self._id, lane=self._lane, host=socket.gethostname(), pid=os.getpid())
        thread = threading.Thread(target=self._work, args=(stop,), name=f"work-{self._id}", daemon=True)
        thread.start()
        finished = self._watch(thread, stop)
        with self._bench.database.write() as session:
            if not finished:
                claims.give_back(session, self._holding())
            workers.leave(session, self._id)
        return finished

    def _watch(self, thread: threading.Thread, stop: threading.Event) -> bool:
        """Beat and renew the leases while the other thread works."""
        interval = self._pace.lease / _BEATS
        ends: float | None = None
        beats_at = 0.0
        while thread.is_alive():
            if stop.is_set():
                ends = ends or time.monotonic() + self._pace.grace
                if time.monotonic() >= ends:
                    return False
            if time.monotonic() >= beats_at:
                self._beat()
                beats_at = time.monotonic() + interval
            thread.join(min(interval, self._pace.poll))
        return True

    def _beat(self) -> None:
        held = self._holding()
        try:
            with self._bench.database.write() as session:
                workers.beat(session, self._id, held=len(held))
                if time.monotonic() - self._since < self._pace.longest_job:
                    claims.renew(session, held, lease=self._lease)
        except SQLAlchemyError as error:
            _log.warning("no heartbeat: %s", type(error).__name__)

    def _work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            held = self._claim()
            if held:
                self._do(held)
                self._hold([])
            else:
                stop.wait(self._pace.poll)

    def _claim(self) -> list[Claim]:
        database = self._bench.database
        try:
            with database.read() as session:
                if not claims.due(session, self._lane):
                    return []
            with database.write() as session:
                limit = self._pace.batch if self._lane == "text" else 1
                held = claims.claim(session, self._lane, worker_id=self._id, limit=limit, lease=self._lease)
        except SQLAlchemyError as error:
            _log.warning("no jobs could be claimed: %s", type(error).__name__)
            return []
        self._hold(held)
        return held

    def _do(self, held: Sequence[Claim]) -> None:
        try:
            HANDLERS[held[0].kind](self._bench, held)
        except LostLeaseError as error:
            _log.warning("%s", error)
        except Exception as error:  # noqa: BLE001  whatever it is, the job must not be lost with it
            self._put_back(held, error)

    def _put_back(self, held: Sequence[Claim], error: Exception) -> None:
        try:
            self._bench.put_back(held, error)
        except SQLAlchemyError as failure:
            _log.warning("jobs stay until their lease ends: %s", type(failure).__name__)

    def _hold(self, held: list[Claim]) -> None:
        with self._lock:
            self._held, self._since = held, time.monotonic()

    def _holding(self) -> list[Claim]:
        with self._lock:
            return list(self._held)

    @property
    def _lease(self) -> timedelta:
        return timedelta(seconds=self._pace.lease)
