"""Many expressions that are looked for in one pass over a text.

Hyperscan (Wang et al., "Hyperscan: A Fast Multi-pattern Regex Matcher for Modern CPUs", NSDI 2019) compiles them into one
automaton, so that hundreds cost hardly more than one. Compiling takes seconds; what was compiled is kept in the user's
cache and read from there by the processes that follow.
"""

import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Automaton:
    """Expressions as one automaton; threads may share it."""

    def __init__(self, expressions: Sequence[str], *, literal: bool) -> None:
        """Read or compile ``expressions``: plain words where ``literal``, else regular expressions over characters."""
        import hyperscan

        self._database: Any = _kept(expressions, literal=literal)
        self._scratch: Any = hyperscan.Scratch(self._database)
        self._own = threading.local()

    def matching(self, text: str) -> list[int]:
        """Give the number of every expression that the text matches, each once."""
        # Threads must not share the space an automaton works in.
        if not hasattr(self._own, "scratch"):
            self._own.scratch = self._scratch.clone()
        numbers: list[int] = []
        self._database.scan(
            text.encode("utf-8", "replace"),
            match_event_handler=_note,
            context=numbers,
            scratch=self._own.scratch,
        )
        return numbers


def _note(number: int, _start: int, _end: int, _flags: int, numbers: list[int]) -> None:
    numbers.append(number)


def _kept(expressions: Sequence[str], *, literal: bool) -> Any:
    """Take the automaton from the cache; compile and keep it where it is not there.

    What was damaged, or made by another version or for another processor, hyperscan refuses.
    """
    import hyperscan

    digest = hashlib.sha256("\n".join([str(literal), *expressions]).encode()).hexdigest()
    with contextlib.suppress(OSError, RuntimeError, hyperscan.error):
        return hyperscan.loadb(_path(digest).read_bytes(), hyperscan.HS_MODE_BLOCK)
    database = _compiled(expressions, literal=literal)
    # A cache that cannot be written costs time only.
    with contextlib.suppress(OSError, RuntimeError):
        _write(_path(digest), hyperscan.dumpb(database))
    return database


def _compiled(expressions: Sequence[str], *, literal: bool) -> Any:
    import hyperscan

    database = hyperscan.Database()
    database.compile(
        expressions=[expression.encode() for expression in expressions],
        ids=list(range(len(expressions))),
        flags=hyperscan.HS_FLAG_SINGLEMATCH | (0 if literal else hyperscan.HS_FLAG_UTF8),
        literal=literal,
    )
    return database


def _path(digest: str) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "callgrader" / "automata" / f"{digest[:32]}.hs"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
        partial.write(content)
    Path(partial.name).replace(path)
