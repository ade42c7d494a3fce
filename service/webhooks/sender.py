"""Sends what waits to be sent, many at a time, until it is stopped; several may do so on one database."""

import asyncio
import logging
import random
import threading
from asyncio import Task
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import httpx
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.addresses import Reach, async_client
from service.database import Database, audit, deliveries, webhooks
from service.database.deliveries import Delivery
from service.database.errors import LostLeaseError
from service.database.types import now
from service.sealing import Sealer
from service.webhooks.posting import GONE, Outcome, post

_log = logging.getLogger(__name__)

WAITS: Final = (5, 5 * 60, 30 * 60, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24)))
"""Seconds before the second attempt and each further one: the example of the Standard Webhooks specification."""

_LONGEST: Final = 24 * 3600.0
"""Seconds that a subscriber may ask to be left alone."""

_JITTER: Final = 0.2
"""Share by which a wait may be longer, so that what failed together does not come back together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a sender goes about its work."""

    timeout: float = 15.0
    """Seconds that one attempt may take in all."""
    grace: float = 5.0
    """Seconds to finish what is being sent, once the sender is stopped."""
    poll: float = 0.2
    """Seconds between looks for what is to be sent."""
    slots: int = 128
    """Attempts at the same time."""
    each: int = 8
    """Of these, at most so many to one subscriber: one that is slow holds no others up."""
    margin: float = 30.0
    """Seconds by which the lease is longer than an attempt."""
    waits: Sequence[float] = WAITS
    """Seconds before the second attempt and each further one; after the last the delivery has failed."""
    patience: timedelta = timedelta(days=3)
    """A subscription is switched off when a delivery is given up and no other has arrived for so long."""

    @property
    def lease(self) -> timedelta:
        """For how long others leave a delivery alone."""
        return timedelta(seconds=self.timeout + self.margin)

    def next_attempt(self, outcome: Outcome, *, at: datetime) -> datetime | None:
        """Give when to try again after an attempt that failed; None to give up."""
        made = outcome.delivery.attempts
        if outcome.status == GONE or made > len(self.waits):
            return None
        wait = self.waits[made - 1] * random.uniform(1.0, 1.0 + _JITTER)
        return at + timedelta(seconds=max(wait, min(outcome.retry_after, _LONGEST)))


class Sender:
    """Sends deliveries; their leases keep two senders from sending the same one."""

    def __init__(self, database: Database, seal: Sealer, reach: Reach, *, pace: Pace | None = None) -> None:
        self._database = database
        self._seal = seal
        self._reach = reach
        self._pace = pace or Pace()
        self._sending: dict[Task[Outcome], Delivery] = {}
        self._outcomes: list[Outcome] = []
        """Not written down yet."""

    def run(self, stop: threading.Event) -> None:
        """Send until ``stop`` is set; then give back what is not finished in time."""
        asyncio.run(self._run(stop))

    async def _run(self, stop: threading.Event) -> None:
        # Threads, because neither the database nor the look-up of a host may hold the other attempts up.
        names = ThreadPoolExecutor(self._pace.slots, "names")
        with ThreadPoolExecutor(1, "store") as store:
            in_store = partial(asyncio.get_running_loop().run_in_executor, store)
            timeout = httpx.Timeout(self._pace.timeout)
            async with async_client(self._reach, names=names, timeout=timeout) as client:
                while not stop.is_set():
                    for delivery in await in_store(self._turn):
                        sent = post(client, self._seal, delivery, within=self._pace.timeout)
                        self._sending[asyncio.create_task(sent)] = delivery
                    await self._wait(self._pace.poll)
                await self._end()
            await in_store(self._leave)
        names.shutdown(wait=False, cancel_futures=True)

    async def _wait(self, seconds: float) -> None:
        """Wait for attempts to end; where there are none, for something new to send."""
        if not self._sending:
            await asyncio.sleep(seconds)
            return
        ended, _ = await asyncio.wait(self._sending, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            del self._sending[task]
            self._outcomes.append(task.result())

    async def _end(self) -> None:
        """Let attempts end for a while; what is left then is broken off."""
        if self._sending:
            ended, _ = await asyncio.wait(self._sending, timeout=self._pace.grace)
            self._outcomes += [task.result() for task in ended]
            for task in ended:
                del self._sending[task]
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    def _turn(self) -> list[Delivery]:
        """Write down how attempts went, and take more where there is room."""
        held = Counter(delivery.webhook_id for delivery in self._sending.values())
        full = [webhook_id for webhook_id, number in held.items() if number >= self._pace.each]
        room = self._pace.slots - len(self._sending)
        try:
            with self._database.read() as session:
                wanted = room > 0 and bool(deliveries.due(session, beside=full))
            if not wanted and not self._outcomes:
                return []
            with self._database.write() as session:
                self._conclude(session)
                taken = deliveries.claim(
                    session, limit=room, lease=self._pace.lease, each=self._pace.each, held=held
                )
        except SQLAlchemyError as error:
            _log.warning("no webhooks could be sent: %s", type(error).__name__)
            return []
        self._outcomes.clear()
        return taken

    def _leave(self) -> None:
        """Write down what is known still, and give back the rest."""
        try:
            with self._database.write() as session:
                self._conclude(session)
                deliveries.give_back(session, list(self._sending.values()))
        except SQLAlchemyError as error:
            _log.warning("webhooks stay until their lease ends: %s", type(error).__name__)

    def _conclude(self, session: Session) -> None:
        """Write down how attempts went: deliveries first, then subscriptions, each in the order of their ids.

        Two senders that wait for each other's rows do so in the same order, and never for ever.
        """
        at = now()
        by_webhook: dict[str, list[_Concluded]] = {}
        for outcome in sorted(self._outcomes, key=lambda one: one.delivery.id):
            concluded = _Concluded(
                outcome, None if outcome.error is None else self._pace.next_attempt(outcome, at=at)
            )
            if concluded.write(session):
                by_webhook.setdefault(outcome.delivery.webhook_id, []).append(concluded)
        off = {}
        for webhook_id in sorted(by_webhook):
            reason = self._standing(session, webhook_id, by_webhook[webhook_id], at=at)
            if reason and webhooks.switch_off(session, webhook_id, reason):
                off[webhook_id] = reason
        for webhook_id, reason in off.items():
            _log.warning("webhook %s was switched off: %s", webhook_id, reason)
            audit.append(
                session,
                actor="system",
                action="switch_off",
                object_kind="webhook",
                object_id=webhook_id,
                details={"reason": reason},
            )

    def _standing(
        self, session: Session, webhook_id: str, concluded: Sequence["_Concluded"], *, at: datetime
    ) -> str | None:
        """Note whether a subscriber is reached; give the reason where it is to be told nothing any more."""
        if any(one.outcome.status == GONE for one in concluded):
            return "It answered 410 Gone."
        if any(one.outcome.error is None for one in concluded):
            webhooks.reached(session, webhook_id)
            return None
        since = webhooks.missed(session, webhook_id, at=at)
        given_up = any(one.retry_at is None for one in concluded)
        if given_up and since is not None and at - since >= self._pace.patience:
            return f"Nothing could be delivered since {since:%Y-%m-%d %H:%M} UTC."
        return None


@dataclass(frozen=True, slots=True)
class _Concluded:
    outcome: Outcome
    retry_at: datetime | None

    def write(self, session: Session) -> bool:
        """Write it down; tell whether the delivery was still this sender's."""
        try:
            deliveries.conclude(
                session,
                self.outcome.delivery,
                status=self.outcome.status,
                error=self.outcome.error,
                duration=self.outcome.duration,
                retry_at=self.retry_at,
            )
        except LostLeaseError:
            return False
        return True
