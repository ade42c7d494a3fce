"""The roles of people and platforms."""

from typing import Literal, TypeAlias

Role: TypeAlias = Literal["administrator", "supervisor", "reviewer", "agent", "platform"]
"""From the one with the most rights to those with the fewest."""

PersonRole: TypeAlias = Literal["administrator", "supervisor", "reviewer", "agent"]
"""What a person may be: what a platform sees is told by its key's name, which no person has."""

KeyRole: TypeAlias = Literal["platform", "administrator", "supervisor", "reviewer"]
"""Whom a key may stand for: what an agent sees is told by the agent's id, which no key has."""
