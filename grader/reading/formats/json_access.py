"""Access to parsed JSON of other systems, in which every value may be of another type than promised."""

from collections.abc import Mapping
from typing import Any


def listed(value: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Give the objects of a list; none where there is no list."""
    items = value.get(key)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def nested(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Give an object inside another; an empty one where there is none."""
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def listed_as_is(value: Mapping[str, Any], key: str) -> list[Any]:
    """Give a list with whatever is in it, for cleaning to refuse; an empty one where there is no list."""
    items = value.get(key)
    return items if isinstance(items, list) else []


def seconds_from_ms(value: Any) -> Any:
    """Turn milliseconds into seconds; what is no number stays, for cleaning to refuse."""
    return value / 1000 if isinstance(value, float) or (type(value) is int and abs(value) < 1e15) else value
