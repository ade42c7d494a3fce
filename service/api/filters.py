"""Query parameters of lists, exports and re-grades: which conversations are meant."""

from typing import Annotated, Final

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from grader.conversation import Channel
from grader.grade import Decision, State
from service.api.shapes import Moment
from service.database.paging import MAX_LIMIT
from service.database.selection import Selection
from service.database.tables import ReviewState

_BEGINNING: Final = "What it begins with, in small or capital letters."


class Particulars(BaseModel):
    """All that are given must hold; one that may be given several times lets any of its values through."""

    model_config = ConfigDict(extra="forbid")

    since: Annotated[Moment | None, Field(description="Began at this time or later (RFC 3339).")] = None
    until: Annotated[Moment | None, Field(description="Began before this time.")] = None
    source: Annotated[list[str], Field(description="Platform that sent it.")] = []
    external_id: Annotated[list[str], Field(description="The platform's own id.")] = []
    agent: Annotated[list[str], Field(description="Agent's id.")] = []
    team: list[str] = []
    queue: list[str] = []
    external_id_prefix: Annotated[str | None, Field(min_length=1, description=_BEGINNING)] = None
    agent_prefix: Annotated[str | None, Field(min_length=1, description=_BEGINNING)] = None
    team_prefix: Annotated[str | None, Field(min_length=1, description=_BEGINNING)] = None
    queue_prefix: Annotated[str | None, Field(min_length=1, description=_BEGINNING)] = None
    channel: list[Channel] = []
    language: list[str] = []
    criterion: Annotated[
        str | None, Field(description="Id of a criterion, with its states after review.")
    ] = None
    min_score: Annotated[float | None, Field(ge=0, le=100, description="Of the score after review.")] = None
    max_score: Annotated[float | None, Field(ge=0, le=100, description="Of the score after review.")] = None
    passed: Annotated[bool | None, Field(description="The result after review.")] = None
    decision: Annotated[
        Decision | None, Field(description="The machine's own: `review` for what people must look at.")
    ] = None
    graded: bool | None = None
    scorecard: str | None = None
    scorecard_version: Annotated[int | None, Field(ge=1, lt=2**31)] = None

    def selected(self, *, states: list[State], review: ReviewState | None = None) -> Selection:
        """Give what the store selects by."""
        return Selection(
            since=self.since,
            until=self.until,
            sources=tuple(self.source),
            external_ids=tuple(self.external_id),
            agents=tuple(self.agent),
            teams=tuple(self.team),
            queues=tuple(self.queue),
            external_id_prefix=self.external_id_prefix,
            agent_prefix=self.agent_prefix,
            team_prefix=self.team_prefix,
            queue_prefix=self.queue_prefix,
            channels=tuple(self.channel),
            languages=tuple(self.language),
            criterion=self.criterion,
            states=tuple(states),
            min_score=self.min_score,
            max_score=self.max_score,
            passed=self.passed,
            decision=self.decision,
            review=review,
            graded=self.graded,
            scorecard=self.scorecard,
            scorecard_version=self.scorecard_version,
        )


class Filters(Particulars):
    """All that are given must hold; one that may be given several times lets any of its values through."""

    state: Annotated[list[State], Field(description="States of `criterion`; without it, of any.")] = []
    review: Annotated[ReviewState | None, Field(description="State of a review of the current grade.")] = None

    def selection(self) -> Selection:
        """Give what the store selects by."""
        return self.selected(states=self.state, review=self.review)


class Listing(Filters):
    """Filters of a list that comes in pages."""

    cursor: Annotated[str | None, Field(description="`next` of the answer before.")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50


class LoopFilters(Particulars):
    """Filters of reviews and appeals: `state` is theirs there, and that of a criterion is `criterion_state`."""

    criterion_state: Annotated[
        list[State], Field(description="States of `criterion`; without it, of any.")
    ] = []

    def selection(self) -> Selection:
        """Give what the store selects by."""
        return self.selected(states=self.criterion_state)


class LoopListing(LoopFilters):
    """Filters of a list of reviews or appeals that comes in pages."""

    cursor: Annotated[str | None, Field(description="`next` of the answer before.")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50


class Paging(BaseModel):
    """Parameters of a list that has no filters of conversations."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[str | None, Field(description="`next` of the answer before.")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50


Listed = Annotated[Listing, Query()]
Paged = Annotated[Paging, Query()]
