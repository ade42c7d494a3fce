"""Worker processes for the crash test."""

import sys
import threading
from functools import partial
from pathlib import Path

import forking_stage
import store_stage

from grader.scorecard import shipped
from grader.scorecard.loading import SHIPPED
from service.database import Database
from service.database.types import new_id
from service.jobs.backoff import Backoff
from service.jobs.bench import Bench
from service.jobs.graders import Graders
from service.jobs.runner import Pace, Runner
from service.scorecards import read
from service.vault import Vault

GRADER = store_stage.grader(speech_seconds=0.01)


def serve(url: str, data: str) -> None:
    """Start a worker whenever asked."""
    for name in shipped():  # read once, for all that are forked
        read((SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"))
    forking_stage.serve(partial(work, url, data))


def work(url: str, data: str) -> None:
    """Do the jobs of both lanes."""
    bench = Bench(
        database=Database(url),
        vault=Vault(Path(data)),
        graders=Graders(lambda: GRADER),
        backoff=Backoff(first=0.01),
    )
    pace = Pace(lease=0.6, poll=0.01, batch=8)
    speech = Runner(bench, "speech", worker_id=new_id(), pace=pace)
    text = Runner(bench, "text", worker_id=new_id(), pace=pace)
    threading.Thread(target=speech.run, args=(threading.Event(),), daemon=True).start()
    text.run(threading.Event())


if __name__ == "__main__":
    serve(*sys.argv[1:])
