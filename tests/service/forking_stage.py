"""Processes for the crash tests: a started one is forked from one that has imported everything, so it is there at once."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


@contextmanager
def starter(worker: ModuleType, *arguments: str) -> Iterator[Callable[[], int]]:
    """Give a function that starts a process and gives its pid; ``worker`` is run with ``arguments`` and calls ``serve``."""
    file = str(worker.__file__)
    path = os.pathsep.join([str(Path(file).parent), *sys.path])
    process = subprocess.Popen(
        [sys.executable, file, *arguments],
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        asking, answers = process.stdin, process.stdout
        assert asking
        assert answers

        def start() -> int:
            asking.write("start\n")
            asking.flush()
            return int(answers.readline())

        yield start


def serve(work: Callable[[], None]) -> None:
    """Fork a process that works for each line on the standard input; its pid goes to the standard output."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            work()
            os._exit(0)
        print(pid, flush=True)  # noqa: T201
