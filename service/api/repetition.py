"""Idempotency keys: the repetition of a POST gets the first answer, another body under the same key is refused.

After the draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import Header, Request, Response
from sqlalchemy.orm import Session

from service.api.errors import ApiError
from service.api.principal import Principal
from service.api.state import State
from service.database import idempotency
from service.database.idempotency import Answer, InProgressError, OtherRequestError

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="A new UUID for each new request; repeat it with the request.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a request came to."""

    status: HTTPStatus
    body: str
    """JSON."""
    kept_body: str | None = None
    """What a repetition is answered, where that differs: a secret is shown once and not kept."""
    headers: dict[str, str] = field(default_factory=dict)
    conversation_id: str | None = None
    """Whose words or grade the answer holds: it is forgotten with them."""


Work = Callable[[Session], Done]
"""Writes in the session it is given and commits nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """A POST that is done once for its key.

    ``earlier`` gives the first answer where there was one; else ``done`` does the work, in one transaction with its
    answer. Between the two lies what needs no transaction, such as grading; where that fails, call ``abandon``.
    """

    service: State
    owner: str
    key: str | None
    digest: str

    @classmethod
    def of(cls, request: Request, service: State, principal: Principal, key: str | None, body: bytes) -> Self:
        """Describe a request; ``body`` may be a digest of it where it is large."""
        said = b"\0".join((request.method.encode(), request.url.path.encode(), body))
        return cls(service=service, owner=principal.actor, key=key, digest=hashlib.sha256(said).hexdigest())

    def earlier(self) -> Response | None:
        """Give the first answer, or reserve the key.

        Raises:
            ApiError: 422 where the key was used for another request, 409 while the first one is being answered.
        """
        if self.key is None:
            return None
        with self.service.database.write() as session:
            return self._first_answer(session)

    def done(self, work: Work) -> Response:
        """Do the work and keep its answer; where it raises, nothing was done and the key is free."""
        try:
            with self.service.database.write() as session:
                return self._finished(session, work)
        except BaseException:
            self.abandon()
            raise

    def within(self, session: Session, work: Work) -> Response:
        """Reserve the key, do the work and keep its answer, all in one transaction that the caller ends.

        Raises:
            ApiError: as ``earlier``.
        """
        return self._first_answer(session) or self._finished(session, work)

    def _first_answer(self, session: Session) -> Response | None:
        if self.key is None:
            return None
        try:
            answer = idempotency.begin(session, owner=self.owner, key=self.key, request_hash=self.digest)
        except OtherRequestError as error:
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        except InProgressError as error:
            raise ApiError(HTTPStatus.CONFLICT, str(error), headers={"Retry-After": "1"}) from None
        return _response(answer, repeated=True) if answer else None

    def _finished(self, session: Session, work: Work) -> Response:
        done = work(session)
        answer = Answer(status=done.status, headers=dict(done.headers), body=done.body)
        if self.key is not None:
            idempotency.finish(
                session,
                owner=self.owner,
                key=self.key,
                answer=replace(answer, body=done.kept_body or done.body),
                conversation_id=done.conversation_id,
            )
        return _response(answer)

    def abandon(self) -> None:
        """Free the key: nothing was done."""
        if self.key is not None:
            with self.service.database.write() as session:
                idempotency.abandon(session, owner=self.owner, key=self.key)


def once(repeatable: Repeatable, work: Work) -> Response:
    """Do a request that is all transaction: the first answer where there was one, else the work."""
    return repeatable.earlier() or repeatable.done(work)


def _response(answer: Answer, *, repeated: bool = False) -> Response:
    headers = {**answer.headers, **({"Idempotent-Replayed": "true"} if repeated else {})}
    return Response(answer.body, answer.status, headers, media_type="application/json")
