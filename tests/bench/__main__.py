"""``make bench``: speed and memory, in one run on one core, beside the targets."""

import os

# Before numpy loads: its threads would turn "one core" into another thing on every machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tests.bench import process, service, speech, text


def main() -> None:
    """Print every figure."""
    for module in (process, text, speech, service):
        for figure in module.measure():
            print(figure, flush=True)


main()
