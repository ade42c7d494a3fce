"""The grader with the scorecards that apply."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from sqlalchemy.orm import Session

from grader.pipeline import Grader
from service import scorecards
from service.database.tables import ScorecardRow


class Graders:
    """Loads the weights once, and reads scorecards when others become active."""

    def __init__(self, assemble: Callable[[], Grader]) -> None:
        self._assemble = assemble
        self._known: dict[tuple[str, ...], Grader] = {}

    @cached_property
    def weights(self) -> Grader:
        """The grader as it was put together, with the scorecards that come with the program."""
        return self._assemble()

    def now(self, session: Session) -> Grader:
        """Give the grader with the scorecards that are active now."""
        return self.applying(scorecards.active(session))

    def applying(self, rows: Sequence[ScorecardRow]) -> Grader:
        """Give the grader with these scorecards; with those that come with the program where there are none."""
        if not rows:
            return self.weights
        ids = tuple(row.id for row in rows)
        if ids not in self._known:
            cards = [scorecards.read(row.yaml) for row in rows]
            self._known = {ids: replace(self.weights, scorecards=cards)}
        return self._known[ids]
