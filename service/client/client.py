"""The client's calls, typed with the grader's own records."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeAlias
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from grader.conversation import Conversation
from grader.grade import Grade
from service.client.problem import problem_of
from service.client.transport import Transport

Filters: TypeAlias = dict[str, Any]
"""Query parameters of lists: ``{"agent": "a-17", "decision": "review"}``; a list lets any of its values through."""

_POLL: Final = 0.5


class Job(BaseModel):
    """A job and how it stands."""

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    uid: str | None = None
    """The conversation it is about."""
    error: dict[str, Any] | None = None

    @property
    def over(self) -> bool:
        """Tell whether nothing more will come of it."""
        return self.state in {"done", "failed", "cancelled"}


class Submitted(BaseModel):
    """What came of a conversation that was sent: its grade at once, or a job."""

    uid: str | None
    """The service's id of the conversation."""
    grade: Grade | None = None
    job: Job | None = None


class Client:
    """Speaks with one service; a context manager. Its methods raise ``ApiProblem`` and ``httpx.TransportError``."""

    def __init__(self, url: str, key: str, *, timeout: float = 30.0) -> None:
        """Speak with the service at ``url``; ``timeout`` in seconds for each try."""
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout)
        self._transport = Transport(self._http)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def submit(self, conversation: Conversation, *, idempotency_key: str | None = None) -> Submitted:
        """Send a transcript."""
        response = self._transport.post(
            "/v1/conversations",
            content=conversation.model_dump_json(exclude_defaults=True),
            idempotency_key=idempotency_key,
            headers={"Content-Type": "application/json"},
        )
        if response.status_code == httpx.codes.ACCEPTED:
            job = Job.model_validate_json(response.content)
            return Submitted(uid=job.uid, job=job)
        uid = response.headers["X-Conversation-UID"]
        return Submitted(uid=uid, grade=Grade.model_validate_json(response.content))

    def submit_recording(
        self, recording: Path, about: Conversation, *, idempotency_key: str | None = None
    ) -> Job:
        """Send a recording with what is known of the call."""
        metadata = (None, about.model_dump_json(exclude_defaults=True), "application/json")
        with recording.open("rb") as file:
            parts = {"file": (recording.name, file, "application/octet-stream"), "metadata": metadata}
            response = self._transport.post("/v1/recordings", files=parts, idempotency_key=idempotency_key)
        return Job.model_validate_json(response.content)

    def submit_batch(
        self, conversations: Iterable[Conversation], *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Send many transcripts at once; gives the batch with the lines that were refused."""
        lines = "".join(c.model_dump_json(exclude_defaults=True) + "\n" for c in conversations)
        response = self._transport.post(
            "/v1/batches",
            content=lines.encode(),
            headers={"Content-Type": "application/x-ndjson"},
            idempotency_key=idempotency_key,
        )
        batch: dict[str, Any] = response.json()
        return batch

    def job(self, job_id: str) -> Job:
        """Ask how a job stands."""
        return Job.model_validate_json(self._transport.get(_path("jobs", job_id)).content)

    def wait(self, job_id: str, *, most: float = 3600.0, sleep: Callable[[float], None] = time.sleep) -> Job:
        """Wait until a job is over.

        Raises:
            TimeoutError: it was not after ``most`` seconds.
        """
        ends = time.monotonic() + most
        while not (job := self.job(job_id)).over:
            if time.monotonic() > ends:
                raise TimeoutError(f"The job {job_id} is still {job.state} after {most:g} seconds.")
            sleep(_POLL)
        return job

    def conversation(self, conversation_id: str) -> Conversation:
        """Read a redacted conversation, by your id or the service's."""
        response = self._transport.get(_path("conversations", conversation_id))
        return Conversation.model_validate_json(response.content)

    def grade(self, conversation_id: str) -> Grade:
        """Read the grade of a conversation."""
        response = self._transport.get(_path("conversations", conversation_id, "grade"))
        return Grade.model_validate_json(response.content)

    def grades(self, **filters: Any) -> Iterator[dict[str, Any]]:
        """Go through all grades that the filters let through, page by page."""
        yield from self._pages("/v1/grades", filters)

    def reviews(self, **filters: Any) -> Iterator[dict[str, Any]]:
        """Go through the reviews that wait."""
        yield from self._pages("/v1/reviews", filters)

    def claim(self, review_id: str) -> dict[str, Any]:
        """Take a review for oneself, or hold it for longer."""
        claimed: dict[str, Any] = self._transport.post(_path("reviews", review_id, "claim")).json()
        return claimed

    def judge(self, review_id: str, verdict: dict[str, Any]) -> dict[str, Any]:
        """Submit verdicts: ``{"criteria": [{"id": "empathy", "state": "met"}]}``; without any, the grade is confirmed."""
        judged: dict[str, Any] = self._transport.post(
            _path("reviews", review_id, "verdict"), json=verdict
        ).json()
        return judged

    def export(
        self, to: Path, *, form: Literal["jsonl", "csv", "xlsx"] = "jsonl", filters: Filters | None = None
    ) -> None:
        """Write all grades that the filters let through into a file, as they come."""
        query = {**(filters or {}), "format": form}
        with self._http.stream("GET", "/v1/exports/grades", params=query) as response:
            if not response.is_success:
                raise problem_of(response)
            with to.open("wb") as file:
                for piece in response.iter_bytes():
                    file.write(piece)

    def subscribe(self, url: str, events: list[str]) -> dict[str, Any]:
        """Subscribe to events; the answer's ``secret`` is shown this once."""
        asked = {"url": url, "events": events}
        made: dict[str, Any] = self._transport.post("/v1/webhooks", json=asked).json()
        return made

    def _pages(self, path: str, filters: Filters) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            query = filters if cursor is None else {**filters, "cursor": cursor}
            page = self._transport.get(path, params=query).json()
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return


def _path(*parts: str) -> str:
    """Give the path of an address; an id may hold any character."""
    return "/".join(("/v1", *(quote(part, safe="") for part in parts)))
