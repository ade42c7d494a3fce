"""Sender processes for the crash test."""

import sys
import threading
from functools import partial

import forking_stage
import webhook_stage

from service.database import Database
from service.webhooks.sender import Pace, Sender

PACE = Pace(poll=0.01, timeout=0.3, margin=0.3, each=8, waits=(0.01,) * 1000)


def work(url: str) -> None:
    """Send what is due."""
    Sender(Database(url), webhook_stage.SEAL, webhook_stage.LOCAL, pace=PACE).run(threading.Event())


if __name__ == "__main__":
    forking_stage.serve(partial(work, *sys.argv[1:]))
