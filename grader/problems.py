"""What is said when an input cannot be used: where, what is wrong, what to do."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in the input that a person has to mend."""

    source: str
    """The file, folder or field it is about."""
    place: str | None
    """Where in the source: ``line 3``, ``sheet Chats, row 7``, ``criteria[2].met``; None for the whole."""
    problem: str
    """What is wrong, in one sentence."""
    remedy: str
    """What to do about it, in one sentence."""

    def __str__(self) -> str:
        """Put it in one line, as the command prints it."""
        where = f"{self.source}, {self.place}" if self.place else self.source
        return f"{where}: {self.problem} {self.remedy}"

    def as_json(self) -> dict[str, str | None]:
        """Give the fields by name."""
        return asdict(self)


class InputError(Exception):
    """An input that cannot be used; carries the problem for the reader of the message."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem
