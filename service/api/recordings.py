"""What becomes of a recording that has come: kept with its conversation, and queued to be heard."""

import hashlib
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from grader.conversation import Conversation
from grader.problems import InputError
from service.api import sent
from service.api.body import streamed
from service.api.errors import ApiError
from service.api.fetching import fetch, reach_of
from service.api.form import METADATA, OVERHEAD, RecordingForm
from service.api.incoming import Incoming
from service.api.principal import Principal
from service.api.repetition import Done, Repeatable
from service.api.state import State
from service.api.views import job_view
from service.database import conversations, jobs
from service.database.errors import StoreError
from service.identity import customer_hash
from service.vault import Stored

_HERE = "recording"
"""Stands for the audio while its conversation is read: it says that this is a call."""


async def uploaded(request: Request, service: State, principal: Principal, key: str | None) -> Response:
    """Take a recording from a form."""
    most = service.settings.largest_recording
    with Incoming(service.vault, most=most) as incoming:
        form = RecordingForm(request, incoming)
        await streamed(request, most + METADATA + OVERHEAD, form.write)
        metadata = form.metadata()
        conversation = described(sent.parsed(metadata, "the conversation as the part metadata"))

        def keep() -> Response:
            arrived = _Arrived(
                service=service,
                principal=principal,
                conversation=conversation,
                stored=incoming.finish(),
                media_type=incoming.media_type,
            )
            # Boundaries differ from one sending to the next; what was sent is the audio and the metadata.
            digest = hashlib.sha256(arrived.stored.sha256.encode() + metadata).digest()
            return arrived.unless_repeated(Repeatable.of(request, service, principal, key, digest))

        return await run_in_threadpool(keep)


async def by_url(
    service: State, principal: Principal, conversation: Conversation, url: str, repeatable: Repeatable
) -> Response:
    """Fetch a recording; it is acknowledged once it is here."""
    await run_in_threadpool(reach_of(service.settings).check, url)
    if (answer := await run_in_threadpool(repeatable.earlier)) is not None:
        return answer
    try:
        with Incoming(service.vault, most=service.settings.largest_recording) as incoming:
            await fetch(url, service, incoming)
            stored = await run_in_threadpool(incoming.finish)
    except BaseException:
        await run_in_threadpool(repeatable.abandon)
        raise
    arrived = _Arrived(
        service=service,
        principal=principal,
        conversation=conversation,
        media_type=incoming.media_type,
        stored=stored,
    )
    return await run_in_threadpool(arrived.queued, repeatable)


def described(metadata: Any) -> Conversation:
    """Read what is said about a recording.

    Raises:
        InputError: a field is missing or of the wrong type, or there are turns.
    """
    if isinstance(metadata, dict):
        metadata = {**metadata, "recording": _HERE}
    conversation = sent.conversation(metadata, source="metadata")
    if conversation.turns:
        raise InputError(
            sent.problem(
                "metadata",
                None,
                "turns",
                "The recording comes with turns.",
                "Leave the turns out to have it transcribed, or send them alone to POST /v1/conversations.",
            )
        )
    return conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrived:
    """A recording that lies in the vault, which no row names yet."""

    service: State
    principal: Principal
    conversation: Conversation
    media_type: str
    stored: Stored

    def unless_repeated(self, repeatable: Repeatable) -> Response:
        """Keep it, or give the first answer where the request was sent before."""
        try:
            answer = repeatable.earlier()
        except ApiError:
            self._drop()
            raise
        if answer is not None:
            self._drop()
            return answer
        return self.queued(repeatable)

    def queued(self, repeatable: Repeatable) -> Response:
        """Keep it and queue its hearing."""
        redacted = self.service.graders.weights.redactor.redact([self.conversation])[0].conversation
        try:
            return repeatable.done(partial(self._queue, redacted))
        except (ApiError, InputError, StoreError):
            # Refused. After any other error nobody knows whether it was committed; a file without a row goes in a day.
            self._drop()
            raise

    def _queue(self, redacted: Conversation, session: Session) -> Done:
        recording = conversations.add_recording(
            session,
            path=self.stored.path,
            sha256=self.stored.sha256,
            size=self.stored.size,
            media_type=self.media_type,
            encrypted=self.stored.encrypted,
            created_by=self.principal.actor,
        )
        row = conversations.add(
            session,
            redacted,
            source=self.principal.source,
            customer_hash=customer_hash(self.service.secret, self.conversation.customer.id),
            recording=recording,
            created_by=self.principal.actor,
        )
        job = jobs.submit(session, "recording", conversation_id=row.id, created_by=self.principal.actor)
        return Done(
            status=HTTPStatus.ACCEPTED,
            body=job_view(job).model_dump_json(),
            headers={"Location": f"/v1/jobs/{job.id}"},
            conversation_id=row.id,
        )

    def _drop(self) -> None:
        self.service.vault.remove(self.stored.path)
