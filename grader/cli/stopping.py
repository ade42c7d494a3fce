"""SIGTERM and Ctrl-C as a wish: what is in hand is finished first."""

import signal
from types import FrameType
from typing import Final, Self

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Notes, in its block, that the process is to stop; a second signal stops it at once."""

    def __init__(self) -> None:
        self.signal: int | None = None
        """The signal that came; None while none has."""

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.signal = number
        self.__exit__()
