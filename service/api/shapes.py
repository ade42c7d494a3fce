"""Bases of what requests send and answers show: what is said under a field stands in the documentation."""

from pydantic import BaseModel, ConfigDict


class Shown(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Sent(BaseModel):
    """Part of a request; a field that is not known is refused."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")
