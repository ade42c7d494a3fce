"""Regular expressions that cannot hang.

Python's ``re`` backtracks: ``(a+)+b`` takes time exponential in the text. No other engine is at hand without a new
dependency, so patterns are bounded before they run. Repeats without an end (``*``, ``+``, ``{2,}``) reach at most ``REACH``
characters further than their minimum, and the number of ways in which a pattern can be tried from one starting point, the
product of the choices of its repeats and alternatives, may not exceed ``MAX_WAYS``. A search then takes time linear in
the text's length, whatever the text.

Patterns are matched against folded text (``grader.text.fold``), so their own characters are folded too; upper and
lower case are the same.
"""

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from grader.text import fold

REACH: Final = 80
"""Characters that ``*``, ``+`` and ``{n,}`` reach at most beyond their minimum."""

MAX_WAYS: Final = 10_000
"""Ways to try a pattern from one starting point."""

MAX_LENGTH: Final = 2_000
"""Characters of a pattern."""

MAX_DEPTH: Final = 20
"""Groups within each other."""

MAX_WIDTH: Final = 1_000
"""Characters that a pattern may cover."""

_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[0-9]{1,2}|.)", re.DOTALL)
_LETTER = re.compile(r"\\.|[A-Z]", re.DOTALL)
_GROUP = re.compile(r"\((?:\?(?::|=|!|<=|<!|>|P<\w+>)|(?!\?))")
_REPEAT = re.compile(r"(?:\*|\+|\?|\{(?P<low>\d*)(?P<comma>,?)(?P<high>\d*)\})(?P<mode>[?+]?)")


class PatternError(ValueError):
    """A pattern that is not run; the message says why."""


@dataclass(frozen=True, slots=True)
class SafePattern:
    """A compiled pattern."""

    regex: re.Pattern[str]
    guard: re.Pattern[str] | None
    """Quick to search: what it does not find holds no match; None where nothing so simple is known."""


@lru_cache(maxsize=1024)
def compile_pattern(source: str) -> SafePattern:
    """Compile ``source`` for folded text, bounded.

    Raises:
        PatternError: it is no regular expression, uses what is not supported, or could take too long.
    """
    if len(source) > MAX_LENGTH:
        raise PatternError(f"it has {len(source)} characters, more than the {MAX_LENGTH} allowed")
    _compile(source)
    bounded = _Bounder(_fold_literals(source)).whole()
    if bounded.ways > MAX_WAYS:
        raise PatternError("it can be tried in too many ways, so that a long text would take very long")
    if bounded.width > MAX_WIDTH:
        raise PatternError(f"it reaches over more than {MAX_WIDTH} characters")
    # Single characters stand in nearly every text: looking for them first would only cost time.
    words = bounded.words if _telling(bounded.words) > 1 else ()
    guard = re.compile("|".join(map(re.escape, sorted(words)))) if words else None
    return SafePattern(_compile(bounded.text), guard)


def _compile(source: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return re.compile(source)
        except (re.error, OverflowError, RecursionError, Warning) as error:
            raise PatternError(str(error)) from None


def _fold_literals(source: str) -> str:
    """Fold what is no ASCII; a full-width bracket becomes an escaped one, as it stands for itself."""
    return "".join(
        c if c.isascii() else re.escape(folded) if folded.isascii() else folded
        for c, folded in zip(source, fold(source), strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a pattern, rewritten."""

    text: str
    ways: int
    """In how many ways it can be tried from one starting point."""
    width: int
    """Characters it covers at most."""
    plain: bool = False
    """Whether it stands for just its own characters."""
    single: bool = False
    """Whether it is one character of some kind."""
    words: frozenset[str] = frozenset()
    """One of these stands in whatever it matches; none where no such words are known."""


class _Bounder:
    """Recursive descent over a pattern that ``re`` has accepted."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0

    def whole(self) -> _Piece:
        """Rewrite all of it."""
        return self._alternatives(0)

    def _alternatives(self, depth: int) -> _Piece:
        if depth > MAX_DEPTH:
            raise PatternError(f"its groups nest deeper than {MAX_DEPTH} levels")
        pieces = [self._sequence(depth)]
        while self._source.startswith("|", self._at):
            self._at += 1
            pieces.append(self._sequence(depth))
        words = [piece.text for piece in pieces if piece.plain]
        ways = _overlapping(words) + sum(piece.ways for piece in pieces if not piece.plain)
        text = "|".join(piece.text for piece in pieces)
        known = all(piece.words for piece in pieces)
        needed = frozenset().union(*(piece.words for piece in pieces)) if known else frozenset()
        return _Piece(text, ways, max(piece.width for piece in pieces), words=needed)

    def _sequence(self, depth: int) -> _Piece:
        texts: list[str] = []
        ways, width, plain = 1, 0, True
        run, words = "", frozenset[str]()
        while self._at < len(self._source) and self._source[self._at] not in "|)":
            piece = self._repeated(self._atom(depth))
            texts.append(piece.text)
            ways = min(ways * piece.ways, MAX_WAYS + 1)
            width += piece.width
            plain = plain and piece.plain
            run = run + piece.text if piece.plain else ""
            words = max(words, frozenset({run} if run else ()), piece.words, key=_telling)
        return _Piece("".join(texts), ways, width, plain, words=words)

    def _atom(self, depth: int) -> _Piece:
        if self._source[self._at] != "(":
            rule = {"[": _CLASS, "\\": _ESCAPE}.get(self._source[self._at])
            found = rule.match(self._source, self._at) if rule else None
            text = found.group() if found else self._source[self._at]
            self._at += len(text)
            return _Piece(
                _LETTER.sub(_lower, text),
                1,
                1,
                plain=text not in ".^$" and rule is None,
                single=text not in "^$",
            )
        opening = _GROUP.match(self._source, self._at)
        if opening is None:
            raise PatternError(f"the group at character {self._at + 1} is of a kind that is not supported")
        self._at = opening.end()
        inner = self._alternatives(depth + 1)
        self._at += 1
        words = frozenset() if opening.group() in ("(?!", "(?<!") else inner.words
        return _Piece(f"{opening.group()}{inner.text})", inner.ways, inner.width, words=words)

    def _repeated(self, atom: _Piece) -> _Piece:
        found = _REPEAT.match(self._source, self._at)
        if found is None or found.group() == "{}":
            return atom
        self._at = found.end()
        low, high = _limits(found)
        ways = 1 if self._ends_a_run(atom) else _ways(atom.ways, low, high)
        text = f"{atom.text}{{{low},{high}}}{found['mode']}"
        return _Piece(text, ways, atom.width * high, words=atom.words if low else frozenset())

    def _ends_a_run(self, atom: _Piece) -> bool:
        """Tell whether the next character ends a run of ``atom``, as the ``b`` in ``a+b``, so that it has one end only."""
        following, after = self._source[self._at : self._at + 1], self._source[self._at + 1 : self._at + 2]
        plain = following.isalnum() or following == " "
        return (
            atom.single
            and plain
            and after not in ("*", "?", "{")
            and not re.match(atom.text, following.lower())
        )


def _telling(words: frozenset[str]) -> int:
    """Rank words by how rarely they stand in a text: the longer the shortest of them, the better."""
    return min(map(len, words), default=0)


def _overlapping(words: list[str]) -> int:
    """Count how many of ``words`` can stand in one place at most: those that one of them begins with."""
    return max((sum(word.startswith(other) for other in words) for word in words), default=0)


def _ways(once: int, low: int, high: int) -> int:
    """Count the ways of repeating what can be tried in ``once`` ways, as far as ``MAX_WAYS`` + 1."""
    if once == 1:
        return high - low + 1
    ways = 0
    for times in range(low, high + 1):
        ways += once ** min(times, MAX_WAYS.bit_length())
        if ways > MAX_WAYS:
            break
    return min(ways, MAX_WAYS + 1)


def _lower(found: re.Match[str]) -> str:
    return found.group() if found.group().startswith("\\") else found.group().lower()


def _limits(repeat: re.Match[str]) -> tuple[int, int]:
    match repeat.group()[0]:
        case "?":
            return 0, 1
        case "*":
            return 0, REACH
        case "+":
            return 1, 1 + REACH
        case _:
            low = int(repeat["low"] or 0)
            high = repeat["high"] if repeat["comma"] else repeat["low"]
            return low, int(high) if high else low + REACH
