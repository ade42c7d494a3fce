"""Expressions over condition names: ``and``, ``or``, ``not`` and parentheses, or ``&&``, ``||`` and ``!``."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Annotated, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, InstanceOf, PlainSerializer

from grader.scorecard.schema import refusal

MAX_LENGTH: Final = 2_000
"""Characters of one expression."""

MAX_DEPTH: Final = 40
"""Parentheses and ``not`` within each other."""


Values: TypeAlias = npt.NDArray[np.float64]
"""A probability in each of many cases; NaN where it is not known."""


@dataclass(frozen=True, slots=True)
class Name:
    """A condition."""

    name: str

    def value(self, values: Mapping[str, Values]) -> Values:
        """Look up its probability."""
        return values[self.name]


@dataclass(frozen=True, slots=True)
class Not:
    """True where ``of`` is false."""

    of: "Node"

    def value(self, values: Mapping[str, Values]) -> Values:
        """Give the probability of the contrary."""
        return 1 - self.of.value(values)


@dataclass(frozen=True, slots=True)
class And:
    """True where every one of ``of`` is; without any, true."""

    of: tuple["Node", ...]

    def value(self, values: Mapping[str, Values]) -> Values:
        """Multiply the probabilities of its parts, taken as independent."""
        return _all([part.value(values) for part in self.of])


@dataclass(frozen=True, slots=True)
class Or:
    """True where one of ``of`` is; without any, false."""

    of: tuple["Node", ...]

    def value(self, values: Mapping[str, Values]) -> Values:
        """Give the probability that not all of its parts are false, taken as independent."""
        return 1 - _all([1 - part.value(values) for part in self.of])


def _all(parts: Sequence[Values]) -> Values:
    """Multiply probabilities; where one is 0, the others need not be known."""
    product = np.asarray(math.prod(parts))
    unknown = np.isnan(product)
    if unknown.any():
        impossible = reduce(np.logical_or, [part == 0 for part in parts])
        product = np.where(unknown & impossible, 0.0, product)
    return product


Node: TypeAlias = Name | Not | And | Or

TRUE: Final = And(())
FALSE: Final = Or(())


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression as written and as understood."""

    source: str
    root: Node


class ExpressionError(ValueError):
    """An expression that cannot be read; the message says where and why."""


def names(node: Node) -> Iterator[str]:
    """Give the names in an expression from left to right, repeated ones repeatedly."""
    match node:
        case Name(name):
            yield name
        case Not(of):
            yield from names(of)
        case And(parts) | Or(parts):
            for part in parts:
                yield from names(part)


def substitute(node: Node, value: Callable[[str], Node]) -> Node:
    """Replace every name by ``value(name)`` and simplify what became ``TRUE`` or ``FALSE``."""
    match node:
        case Name(name):
            return value(name)
        case Not(of):
            inner = substitute(of, value)
            return FALSE if inner is TRUE else TRUE if inner is FALSE else Not(inner)
        case And(parts):
            return _join(And, [substitute(part, value) for part in parts], neutral=TRUE, absorbing=FALSE)
        case Or(parts):
            return _join(Or, [substitute(part, value) for part in parts], neutral=FALSE, absorbing=TRUE)


def _join(kind: type[And | Or], parts: list[Node], *, neutral: Node, absorbing: Node) -> Node:
    kept = []
    for part in parts:
        if part is absorbing:
            return absorbing
        if part is not neutral:
            kept.append(part)
    return neutral if not kept else kept[0] if len(kept) == 1 else kind(tuple(kept))


def flat(node: Node, *, negated: bool = False) -> Node:
    """Write an expression with ``not`` before names only, without needless levels and repetitions."""
    match node:
        case Name():
            return Not(node) if negated else node
        case Not(of):
            return flat(of, negated=not negated)
        case And(parts) | Or(parts):
            kind = And if isinstance(node, And) != negated else Or
            flattened = [flat(part, negated=negated) for part in parts]
            spread = [
                inner for part in flattened for inner in (part.of if isinstance(part, kind) else (part,))
            ]
            kept = tuple(dict.fromkeys(spread))
            return kept[0] if len(kept) == 1 else kind(kept)


_TOKEN = re.compile(r"\s*(?:(?P<name>[^\W\d]\w*)|(?P<symbol>&&|\|\||[!()]))")
_WORDS: Final = {"and": "and", "&&": "and", "or": "or", "||": "or", "not": "not", "!": "not"}
RESERVED: Final = frozenset({"and", "or", "not"})
"""Words that cannot name a condition."""


def parse(source: str) -> Parsed:
    """Read an expression.

    Raises:
        ExpressionError: it does not follow the grammar.
    """
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"it has {len(source)} characters, more than the {MAX_LENGTH} allowed")
    parser = _Parser(source)
    root = parser.either(0)
    parser.finish()
    return Parsed(source, root)


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._end = 0
        self._advance()

    def either(self, depth: int) -> Node:
        """``both (or both)*``."""
        parts = [self.both(depth)]
        while self._kind == "or":
            self._advance()
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self, depth: int) -> Node:
        """``single (and single)*``."""
        parts = [self.single(depth)]
        while self._kind == "and":
            self._advance()
            parts.append(self.single(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def single(self, depth: int) -> Node:
        """``not single``, a name, or an expression in parentheses."""
        if depth > MAX_DEPTH:
            raise ExpressionError(f"it nests deeper than {MAX_DEPTH} levels")
        if self._kind == "not":
            self._advance()
            return Not(self.single(depth + 1))
        if self._kind == "name":
            name = self._text
            self._advance()
            return Name(name)
        if self._kind == "(":
            self._advance()
            inner = self.either(depth + 1)
            if self._kind != ")":
                raise self._error("expected ')'")
            self._advance()
            return inner
        raise self._error("expected a condition's name, 'not' or '('")

    def finish(self) -> None:
        """Check that nothing follows."""
        if self._kind:
            raise self._error("expected 'and', 'or' or the end")

    def _advance(self) -> None:
        found = _TOKEN.match(self._source, self._end)
        rest = self._source[self._end :].lstrip()
        self._start = len(self._source) - len(rest)
        self._kind, self._text = "", rest[:1]
        if found is None:
            if rest:
                raise self._error("expected a name, 'and', 'or', 'not' or parentheses")
            return
        self._text = found["name"] or found["symbol"]
        self._end = found.end()
        self._kind = _WORDS.get(self._text.lower(), "name" if found["name"] else self._text)

    def _error(self, expected: str) -> ExpressionError:
        where = f"at character {self._start + 1}, {self._text!r}" if self._text else "at the end"
        return ExpressionError(f"{where}: {expected}")


def read(given: Any) -> Any:
    """Parse what stands in a field; the error is one of validation."""
    if isinstance(given, Parsed):
        return given
    if not isinstance(given, str):
        raise refusal(
            f"It must be an expression over names of conditions, not {given!r}.",
            "Write for example `apologises and not blames`.",
        )
    try:
        return parse(given)
    except ExpressionError as error:
        raise refusal(
            f"The expression cannot be read: {error}.",
            "Join names of conditions with `and`, `or`, `not` and parentheses.",
        ) from None


Expression: TypeAlias = Annotated[
    InstanceOf[Parsed],
    BeforeValidator(read),
    PlainSerializer(lambda parsed: parsed.source, return_type=str),
]
"""A field that holds an expression; read from text, written as text."""
