"""Start-up time and peak memory of the command, measured from outside."""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.report import SAMPLES, Figure

GRADER = Path(sys.executable).with_name("grader")


def measure() -> list[Figure]:
    """Start the command for its help and for one chat; grade all sample chats and see how much memory that took."""
    with TemporaryDirectory() as folder:
        grades = Path(folder) / "grades.jsonl"
        chat = next(path for path in sorted((SAMPLES / "chats").iterdir()) if path.suffix == ".json")
        return [
            Figure("grader --help, s", _seconds("--help"), most=0.5),
            Figure("grader grade, one chat, s", _seconds("grade", str(chat), "--out", str(grades))),
            Figure(
                "peak memory, text path, MB",
                _peak_mb("grade", str(SAMPLES / "chats"), "--out", str(grades)),
                most=400,
            ),
        ]


def _seconds(*arguments: str) -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([GRADER, *arguments], check=False, capture_output=True)
        times.append(time.perf_counter() - began)
    return median(times)


def _peak_mb(*arguments: str) -> float:
    """Give the peak resident memory of one run; ``ru_maxrss`` is in KiB on Linux."""
    with subprocess.Popen(
        [GRADER, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return usage.ru_maxrss / 1024
