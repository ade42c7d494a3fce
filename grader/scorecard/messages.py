"""What is wrong with a scorecard's fields, in words for a person."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from grader.problems import Problem
from grader.scorecard.consistency import Path
from grader.scorecard.schema import Part, did_you_mean, enumeration
from grader.scorecard.yaml_document import Document

_KINDS: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "`true` or `false`",
    "tuple_type": "a list",
    "dict_type": "a group of named fields",
    "model_type": "a group of fields",
}
_BOUNDS: Final = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_FORMS: Final = {
    r"^[a-z][a-z0-9_]*$": "Use lower-case Latin letters, digits and underscores, a letter first.",
    r"^[a-z]{2}$": "Use an ISO 639-1 code such as `zh` or `en`.",
}


def explain(error: ValidationError, document: Document, model: type[Part]) -> Iterator[Problem]:
    """Give a problem for each field that is wrong; what concerns the document as a whole is left out."""
    told: set[Path] = set()
    for details in error.errors(include_url=False):
        path = _written(details, document.data)
        # A list whose items are all wrong counts as empty: the items are told of.
        only_its_items = details["type"] == "too_short" and bool(details["input"])
        if path and path not in told and not only_its_items:
            told.add(path)
            yield document.problem(path, *_sentences(details, path, model))


def _written(details: ErrorDetails, data: Any) -> Path:
    """Follow the location as far as the document goes; a missing or unknown field is the last step."""
    path: Path = ()
    for step in details["loc"]:
        here = (isinstance(data, dict) and step in data) or (isinstance(data, list) and isinstance(step, int))
        if not here and details["type"] != "missing":
            break
        path = (*path, step)
        data = data[step] if here else None
    return path


def _sentences(details: ErrorDetails, path: Path, model: type[Part]) -> tuple[str, str]:
    """Give the problem and the remedy."""
    kind, given, context = details["type"], details["input"], details.get("ctx", {})
    match kind:
        case "scorecard":
            told = context["problem"], context["remedy"]
        case "missing":
            told = f"The field `{path[-1]}` is missing.", "Add it."
        case "extra_forbidden":
            known = _fields(model, path[:-1])
            otherwise = f"Remove it, or use one of {enumeration(known)}."
            told = f"There is no field `{path[-1]}` here.", did_you_mean(str(path[-1]), known, otherwise)
        case "literal_error":
            known = [name.strip("' ") for name in context["expected"].replace(" or ", ",").split(",")]
            otherwise = f"Use one of {enumeration(known)}."
            told = f"{_shown(given)} is not allowed.", did_you_mean(str(given), known, otherwise)
        case "too_short" | "string_too_short":
            told = "It is empty.", "Add something, or remove the line."
        case "string_pattern_mismatch":
            told = f"{_shown(given)} has the wrong form.", _FORMS[context["pattern"]]
        case _ if kind in _KINDS:
            quotes = kind == "string_type" and not isinstance(given, dict | list | None)
            remedy = "Put it in quotes." if quotes else "Write it so."
            told = f"It must be {_KINDS[kind]}, but it is {_shown(given)}.", remedy
        case _ if kind in _BOUNDS:
            name, words = _BOUNDS[kind]
            told = f"It must be {words} {context[name]:g}, but it is {_shown(given)}.", "Correct the number."
        case _:
            told = f"{details['msg']}.", "Correct it."
    return told


def _shown(given: Any) -> str:
    if given is None:
        return "empty"
    if isinstance(given, bool):
        return f"`{str(given).lower()}`"
    if isinstance(given, dict | list):
        return "a group of fields" if isinstance(given, dict) else "a list"
    return f"`{str(given)[:60]}`"


def _fields(model: type[Part], path: Path) -> Sequence[str]:
    """Name the fields that may stand at a path."""
    for step in path:
        if isinstance(step, str) and step in model.model_fields:
            model = _part_in(model.model_fields[step].annotation) or model
    return tuple(model.model_fields)


def _part_in(annotation: Any) -> type[Part] | None:
    """Find the kind of part that a field, a list or a group of them holds."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    return next((part for inner in get_args(annotation) if (part := _part_in(inner))), None)
