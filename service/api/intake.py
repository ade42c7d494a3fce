"""A batch while it comes: read line by line, redacted in pieces, kept once all of it is here."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from types import TracebackType
from typing import Any, Final, Self

from pydantic import BaseModel
from sqlalchemy.orm import Session

from grader.conversation import Conversation
from grader.problems import InputError, Problem
from service.api import sent
from service.api.errors import ApiError
from service.api.lines import TOO_LONG, Lines
from service.api.principal import Principal
from service.api.redacting import redacted
from service.api.state import State
from service.database import conversations, jobs
from service.database.errors import ConflictError
from service.database.tables import BatchRow
from service.identity import customer_hash

_PIECE: Final = 50
"""Conversations that are redacted, and kept, at once: other requests come in between."""

_AGAIN: Final = "Give every conversation its own id, and send each once."


class _Accepted(BaseModel):
    """A conversation that may be kept."""

    line: int
    customer: str | None
    """Hash of the customer's id."""
    conversation: Conversation
    """Redacted."""


class Intake:
    """Takes a batch in pieces; what has come lies redacted in a file without a name until ``keep``.

    A context manager: a batch that breaks off leaves nothing.
    """

    def __init__(self, service: State, principal: Principal) -> None:
        settings = service.settings
        self._service = service
        self._principal = principal
        self._lines = Lines(most=settings.largest_batch, longest=settings.longest_body)
        self._digest = hashlib.sha256()
        self._total = 0
        self._ids: set[str] = set()
        self._waiting: list[tuple[int, Conversation]] = []
        self._refused: list[Problem] = []
        self._spool = tempfile.TemporaryFile("w+", dir=settings.data, encoding="utf-8")  # noqa: SIM115

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget what has come."""
        self._spool.close()

    def write(self, piece: bytes) -> None:
        """Take a piece.

        Raises:
            ApiError: 400 or 413: the body as a whole cannot be used.
        """
        self._digest.update(piece)
        for number, line in self._lines.feed(piece):
            self._take(number, line)

    def finish(self) -> bytes:
        """Read what is left; gives the digest of the body.

        Raises:
            ApiError: as ``write``, and 422 where there was no line.
        """
        for number, line in self._lines.end():
            self._take(number, line)
        self._prepare()
        if not self._total:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "The batch is empty. Send one conversation a line, as JSON."
            )
        return self._digest.digest()

    def keep(self) -> str:
        """Keep the batch and queue its conversations, a piece a transaction; gives its id.

        Others must not wait for a long batch. Should the process be killed meanwhile, what was kept is graded, and a
        repetition of the batch names it as sent before.
        """
        with self._service.database.write() as session:
            batch_id = jobs.add_batch(
                session,
                total=self._total,
                source=self._principal.source,
                refused=self._refused,
                created_by=self._principal.actor,
            ).id
        self._spool.seek(0)
        while piece := [_Accepted.model_validate_json(line) for line in islice(self._spool, _PIECE)]:
            with self._service.database.write() as session:
                self._refused += self._kept(session, batch_id, piece)
        return batch_id

    def close(self, session: Session, batch_id: str) -> BatchRow:
        """Write down what was refused, in the transaction of the answer."""
        return jobs.close_batch(session, batch_id, refused=sorted(self._refused, key=_line_of))

    def _take(self, number: int, line: bytes | None) -> None:
        if line is not TOO_LONG and not line.strip():
            return
        self._total += 1
        if self._total > self._service.settings.longest_batch:
            raise ApiError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The batch has more than {self._service.settings.longest_batch:,} conversations. "
                "Send it in parts.",
                headers={"Connection": "close"},
            )
        try:
            self._waiting.append((number, self._read(f"line {number}", line)))
        except InputError as error:
            self._refuse(number, error.problem)
        if len(self._waiting) == _PIECE:
            self._prepare()

    def _read(self, place: str, line: bytes | None) -> Conversation:
        if line is TOO_LONG:
            most = f"{self._service.settings.longest_body:,}"
            problem = f"The line is longer than {most} bytes."
            raise InputError(Problem(source="body", place=place, problem=problem, remedy="Split it."))
        try:
            data: Any = sent.parsed(line, "one conversation a line")
        except ApiError:
            remedy = "Write one conversation object a line."
            raise InputError(
                Problem(source="body", place=place, problem="The line is no JSON.", remedy=remedy)
            ) from None
        read = sent.with_turns(
            sent.conversation(data, source="body", place=place), source="body", place=place
        )
        if read.id in self._ids:
            problem = "An earlier line of the batch has the same id."
            raise InputError(sent.problem("body", place, "id", problem, _AGAIN))
        self._ids.add(read.id)
        return read

    def _prepare(self) -> None:
        """Redact what waits and put it aside."""
        prepared = self._service.graders.weights.prepare([conversation for _, conversation in self._waiting])
        for (number, given), outcome in zip(self._waiting, prepared, strict=True):
            if isinstance(outcome, Problem):
                self._refuse(number, outcome)
                continue
            customer = customer_hash(self._service.secret, given.customer.id)
            entry = _Accepted(line=number, customer=customer, conversation=outcome)
            self._spool.write(entry.model_dump_json() + "\n")
        self._waiting.clear()

    def _refuse(self, number: int, problem: Problem) -> None:
        """Put a problem on the list, which is kept: it may quote what was sent."""
        place = problem.place if problem.place and problem.place.startswith("line ") else f"line {number}"
        said = redacted(self._service, problem.problem)
        self._refused.append(replace(problem, source="body", place=place, problem=said))

    def _kept(self, session: Session, batch_id: str, accepted: Sequence[_Accepted]) -> list[Problem]:
        """Keep a piece; gives the problems of what was sent before."""
        source = self._principal.source
        before = conversations.known(session, source, [entry.conversation.id for entry in accepted])
        fresh = [entry for entry in accepted if entry.conversation.id not in before]
        refused = [entry for entry in accepted if entry.conversation.id in before]
        try:
            self._queue(session, batch_id, fresh)
        except ConflictError:  # one was sent in another request just now
            refused += [entry for entry in fresh if not self._queued_alone(session, batch_id, entry)]
        problem = f"{source} has sent a conversation of this id before."
        return [sent.problem("body", f"line {entry.line}", "id", problem, _AGAIN) for entry in refused]

    def _queue(self, session: Session, batch_id: str, entries: Sequence[_Accepted]) -> None:
        ids = conversations.add_all(
            session,
            [(entry.conversation, entry.customer) for entry in entries],
            source=self._principal.source,
            created_by=self._principal.actor,
        )
        jobs.submit_batch(session, ids, batch_id=batch_id, created_by=self._principal.actor)

    def _queued_alone(self, session: Session, batch_id: str, entry: _Accepted) -> bool:
        try:
            self._queue(session, batch_id, [entry])
        except ConflictError:
            return False
        return True


def _line_of(problem: Problem) -> int:
    return int((problem.place or "line 0").split()[1].rstrip(","))
