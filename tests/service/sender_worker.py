"""Senders for the crash test: one for each line on the standard input, its pid on the standard output.

They are forked from a process that has imported everything, so that a killed one is replaced at once.
"""

import os
import signal
import sys
import threading

import webhook_stage

from service.database import Database
from service.webhooks.sender import Pace, Sender

PACE = Pace(poll=0.01, timeout=0.3, margin=0.3, each=8, waits=(0.01,) * 1000)


def serve(url: str) -> None:
    """Start a sender whenever asked."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            Sender(Database(url), webhook_stage.SEAL, webhook_stage.LOCAL, pace=PACE).run(threading.Event())
            os._exit(0)
        print(pid, flush=True)  # noqa: T201


if __name__ == "__main__":
    serve(*sys.argv[1:])
