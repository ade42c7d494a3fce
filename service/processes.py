"""What every process has in common that is started by another one."""

import multiprocessing
import signal
import threading


def stop_of_child() -> threading.Event:
    """Give an event that is set when this process is to stop: on SIGTERM, or when its parent is gone."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and decides
    parent = multiprocessing.parent_process()

    def watch() -> None:
        # However the parent ended: nobody else would stop this process.
        if parent is not None:
            parent.join()
            stop.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()
    return stop
