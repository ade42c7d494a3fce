"""The processes of a machine that do jobs and send webhooks: started, watched, replaced when they die, stopped."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Final

from grader.assembly import assemble
from grader.pipeline import Grader
from service.database import Database, claims, workers
from service.database.tables import Lane
from service.database.types import new_id
from service.jobs.bench import Bench
from service.jobs.graders import Graders
from service.jobs.purging import schedule
from service.jobs.runner import Pace, Runner
from service.logs import configure
from service.processes import stop_of_child
from service.settings import ServiceSettings
from service.store import open_database, open_vault
from service.webhooks.process import send

_log = logging.getLogger(__name__)

_TEND: Final = 0.2
"""Seconds between looks at the processes."""

_REPLACE: Final = 1.0
"""Seconds before a process that died is replaced, so that one which cannot start does not take all the time."""

_SCHEDULE: Final = 3600.0
"""Seconds between looks whether the purge of the day was queued."""

Assemble = Callable[[ServiceSettings], Grader]
"""Puts the grader together in a worker process; must be importable there."""


def shipped_grader(settings: ServiceSettings) -> Grader:
    """Put the grader together from the settings."""
    return assemble(settings.grading)


@dataclass(slots=True)
class _Worker:
    lane: Lane | None
    """None for one that sends webhooks."""
    id: str
    process: BaseProcess
    died_at: float | None = None


class Workers:
    """The worker processes of this machine."""

    def __init__(self, settings: ServiceSettings, *, assemble: Assemble = shipped_grader) -> None:
        self._settings = settings
        self._assemble = assemble
        # A fresh interpreter: threads and connections of this process must not be copied.
        self._context = multiprocessing.get_context("spawn")
        self._database = open_database(settings)
        self._scheduled_at: float | None = None
        sizes: tuple[tuple[Lane | None, int], ...] = (
            ("speech", settings.speech_workers),
            ("text", settings.text_workers),
            (None, settings.webhook_senders),
        )
        self._workers = [self._started(lane) for lane, count in sizes for _ in range(count)]

    def tend(self) -> None:
        """Replace processes that died, free at once what they held, and queue the purge of the day."""
        self._workers = [self._tended(worker) for worker in self._workers]
        if not self._settings.text_workers:
            return  # whoever has the workers for it queues the purge
        if self._scheduled_at is None or time.monotonic() - self._scheduled_at > _SCHEDULE:
            self._scheduled_at = time.monotonic()
            with self._database.write() as session:
                schedule(session)

    def pids(self) -> list[int]:
        """Give the ids of the processes."""
        return [worker.process.pid for worker in self._workers if worker.process.pid is not None]

    def stop(self) -> None:
        """Let every process finish or give back what it holds, and wait for it."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(self._settings.grace + 10)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            self._freed(worker)
        self._database.close()

    def _started(self, lane: Lane | None) -> _Worker:
        worker_id = new_id()
        if lane is None:
            process = self._context.Process(target=send, args=(self._settings,), name=worker_id)
        else:
            process = self._context.Process(
                target=work, args=(self._settings, lane, worker_id, self._assemble), name=worker_id
            )
        process.start()
        return _Worker(lane, worker_id, process)

    def _tended(self, worker: _Worker) -> _Worker:
        if worker.process.is_alive():
            return worker
        if worker.died_at is None:
            _log.error("worker %s ended with %s", worker.id, worker.process.exitcode)
            self._freed(worker)
            worker.died_at = time.monotonic()
        return self._started(worker.lane) if time.monotonic() - worker.died_at > _REPLACE else worker

    def _freed(self, worker: _Worker) -> None:
        with self._database.write() as session:
            claims.release_worker(session, worker.id)
            workers.leave(session, worker.id)


def run(settings: ServiceSettings, *, stop: threading.Event | None = None) -> None:
    """Run this machine's workers until SIGTERM or SIGINT, or until ``stop`` is set."""
    stop = stop or threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    running = Workers(settings)
    try:
        while not stop.wait(_TEND):
            running.tend()
    finally:
        running.stop()


def work(settings: ServiceSettings, lane: Lane, worker_id: str, assemble: Assemble) -> None:
    """Be one worker process."""
    configure(settings.log_level)
    stop = stop_of_child()
    bench = Bench(
        database=Database(settings.database_url),
        vault=open_vault(settings),
        graders=Graders(partial(assemble, settings)),
    )
    _log.info("%s loaded", bench.graders.weights.turns.name)  # before any job is claimed
    pace = Pace(
        lease=settings.lease,
        longest_job=settings.longest_job,
        grace=settings.grace,
        poll=settings.poll,
        batch=settings.text_batch,
    )
    finished = Runner(bench, lane, worker_id=worker_id, pace=pace).run(stop)
    logging.shutdown()
    if not finished:
        os._exit(0)  # a recogniser that cannot be interrupted is at work in another thread
