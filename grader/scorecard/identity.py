"""What identifies the definition of a criterion, so that nothing learnt about one is applied to another."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from grader.scorecard.condition import Condition
from grader.scorecard.consistency import reached
from grader.scorecard.expression import Parsed, names

if TYPE_CHECKING:
    from grader.scorecard.scorecard import Criterion

SEMANTICS: Final = 3
"""Raised when the same definition comes to give other probabilities."""


def definition_hash(criterion: "Criterion", conditions: Mapping[str, Condition]) -> str:
    """Give a stable hash of all that decides the criterion's raw probabilities: its expressions and their conditions.

    Names for people, points, descriptions and ``decide_at`` may change without changing it.
    """
    expressions = {
        field: expression.root
        for field in ("applicable", "met", "failed", "fatal")
        if isinstance(expression := getattr(criterion, field), Parsed)
    }
    used = reached((name for root in expressions.values() for name in names(root)), conditions)
    definition = {
        "semantics": SEMANTICS,
        "expressions": {field: repr(root) for field, root in expressions.items()},
        "conditions": {
            name: conditions[name].model_dump(mode="json", exclude_none=True, exclude={"name"})
            for name in sorted(used)
        },
    }
    written = json.dumps(definition, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:16]
