"""A YAML document with the line of everything in it.

Read by PyYAML's safe loader. Refused: aliases (a small file could stand for a huge document), keys that stand twice,
keys that are no text, more than one document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from grader.problems import Problem
from grader.scorecard.consistency import Path

MAX_DEPTH: Final = 30
"""Mappings and lists within each other."""

_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """What was read."""

    source: str
    data: Any
    """Mappings, lists and plain values."""
    lines: Mapping[Path, int]
    """Line, from 1, of every key and item."""
    problems: tuple[Problem, ...]
    """What is wrong with the document, whatever it is about."""

    def problem(self, path: Path, problem: str, remedy: str) -> Problem:
        """Give a problem its place; where the path leads beyond what is written, the nearest line before."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        place = f"line {self.lines.get(known, 1)}"
        return Problem(
            source=self.source,
            place=f"{place}, {as_text(path)}" if path else place,
            problem=problem,
            remedy=remedy,
        )


def as_text(path: Path) -> str:
    """Write a path as people read it: ``criteria[2].met``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_document(source: str, text: str) -> Document:
    """Read YAML; what cannot be read at all leaves ``data`` None and says why among the problems."""
    try:
        refused = _refused(source, text)
        node = None if refused else yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        refused, node = [_syntax_problem(source, error)], None
    if node is None:
        empty = Problem(
            source=source, place=None, problem="The file is empty.", remedy="Write a scorecard into it."
        )
        return Document(source, None, {}, tuple(refused or [empty]))
    reader = _Reader(source)
    data = reader.value(node, ())
    return Document(source, data, reader.lines, tuple(reader.problems))


def _refused(source: str, text: str) -> list[Problem]:
    """Find what must not be composed: aliases, which may stand for endless repetition, and endless nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = f"line {event.start_mark.line + 1}" if event.start_mark else None
        if isinstance(event, yaml.AliasEvent):
            return [
                Problem(
                    source=source,
                    place=line,
                    problem=f"The alias `*{event.anchor}` is not allowed.",
                    remedy="Write it out, or name a condition and use its name.",
                )
            ]
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return [
                Problem(
                    source=source,
                    place=line,
                    problem=f"The document nests deeper than {MAX_DEPTH} levels.",
                    remedy="Check the indentation.",
                )
            ]
    return []


def _syntax_problem(source: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return Problem(
        source=source,
        place=f"line {mark.line + 1}, column {mark.column + 1}" if mark else None,
        problem=f"This is not YAML: {said}.",
        remedy="Check indentation, colons, quotes and brackets there and in the line before.",
    )


class _Reader:
    """Turns nodes into values and notes where each stands."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._scalars = yaml.SafeLoader("")
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, path: Path) -> Any:
        """Give the value of a node."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path)
            case yaml.SequenceNode():
                return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
            case _:
                return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._scalar(key_node, path) if isinstance(key_node, yaml.ScalarNode) else None
            line = key_node.start_mark.line + 1
            if not isinstance(key, str):
                self._add(line, path, f"The key `{key_node.value}` is no text.", "Put it in quotes.")
                continue
            if key in mapping:
                self._add(line, path, f"The key `{key}` stands twice.", "Keep one, or join the two.")
                continue
            self.lines[*path, key] = line
            mapping[key] = self.value(value_node, (*path, key))
        return mapping

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            line = node.start_mark.line + 1
            self._add(line, path, f"The value cannot be read: {_first_line(error)}.", "Put it in quotes.")
            return None

    def _add(self, line: int, path: Path, problem: str, remedy: str) -> None:
        where = f"line {line}, {as_text(path)}" if path else f"line {line}"
        self.problems.append(Problem(source=self._source, place=where, problem=problem, remedy=remedy))


def _first_line(error: Exception) -> str:
    return (getattr(error, "problem", None) or str(error)).splitlines()[0]
