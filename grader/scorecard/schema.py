"""What every part of a scorecard is: an immutable record that knows all of its fields, and the values they take."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError


class Part(BaseModel):
    """Base of a scorecard's parts: immutable; a field it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def refusal(problem: str, remedy: str) -> PydanticCustomError:
    """Give the error of a value that is understood but makes no sense; both are full sentences."""
    return PydanticCustomError("scorecard", "{problem}", {"problem": problem, "remedy": remedy})


Number: TypeAlias = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Seconds: TypeAlias = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False)]
Positive: TypeAlias = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
Natural: TypeAlias = Annotated[int, Strict(), Field(ge=0)]
Count: TypeAlias = Annotated[int, Strict(), Field(ge=1)]
Text: TypeAlias = Annotated[str, Strict(), Field(min_length=1)]


def listed(given: Any) -> Any:
    """Take a single text for a list of one."""
    return (given,) if isinstance(given, str) else given


Texts: TypeAlias = Annotated[tuple[Text, ...], BeforeValidator(listed), Field(min_length=1)]
"""One or more texts; a single one may stand without brackets."""


Id: TypeAlias = Annotated[str, Strict(), Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""Lower-case Latin letters, digits and underscores."""


def enumeration(items: Iterable[str]) -> str:
    """Name the possibilities in a message."""
    return ", ".join(f"`{item}`" for item in items)


def did_you_mean(given: str, known: Sequence[str], otherwise: str) -> str:
    """Suggest the nearest of the known names, as a sentence."""
    near = get_close_matches(given, known, n=1, cutoff=0.6)
    return f"Did you mean `{near[0]}`?" if near else otherwise
