"""What a benchmark says: figures, and the targets some of them have."""

from dataclasses import dataclass
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "grader" / "samples"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure."""

    name: str
    value: float
    most: float | None = None
    """The target: no more than this."""

    def __str__(self) -> str:
        """Put it in one line, with the target where there is one."""
        line = f"{self.name:<44}{self.value:>12,.2f}"
        if self.most is None:
            return line
        return f"{line}   target ≤ {self.most:g}: {'kept' if self.value <= self.most else 'MISSED'}"
