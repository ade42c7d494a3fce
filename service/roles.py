"""The roles of people and platforms."""

from typing import Literal, TypeAlias

Role: TypeAlias = Literal["administrator", "supervisor", "reviewer", "agent", "platform"]
"""From the one with the most rights to those with the fewest."""
