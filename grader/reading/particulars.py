"""Particulars of a file from beside it, a sidecar's keys or a manifest's row, in the contract's form."""

from collections.abc import Mapping
from typing import Any, Final

from grader.reading.formats.columns import contract_fields, particular
from grader.reading.formats.messages import written

_AS_THEY_ARE: Final = frozenset({"answer_delay", "customer_rating", "agent_channel", "started_at"})


def particulars(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the contract's fields; what is none of them is metadata under its own name.

    Takes flat keys in Chinese or English (``坐席工号``, ``team``, ``answer_delay``) and the contract's nested ones
    (``{"agent": {"id": …, "team": …}, "metadata": {…}}``).
    """
    flat: dict[str, Any] = {}
    other: dict[str, Any] = {}
    for key, value in given.items():
        field = particular(key)
        if key in {"turns", "remarks"}:
            continue
        if field in {"agent", "customer"} and isinstance(value, Mapping):
            flat |= {field: value.get("id"), **({"team": value.get("team")} if field == "agent" else {})}
        elif key == "metadata" and isinstance(value, Mapping):
            other |= value
        elif field is None:
            other[key] = value
        elif field not in {"file", "recording"}:
            flat.setdefault(field, value if field in _AS_THEY_ARE else _text(value))
    contract = contract_fields(flat)
    return contract | {"metadata": other | contract["metadata"]}


def completed(data: Mapping[str, Any], beside: Mapping[str, Any]) -> dict[str, Any]:
    """Give ``data`` with what only ``beside`` says; parties and metadata are completed key by key."""
    whole = {**beside, **{key: value for key, value in data.items() if value is not None}}
    for key in ("agent", "customer", "metadata"):
        first, second = data.get(key), beside.get(key)
        if isinstance(first, Mapping) and isinstance(second, Mapping):
            whole[key] = {**second, **{name: value for name, value in first.items() if value is not None}}
    return whole


def _text(value: object) -> object:
    return written(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else value
