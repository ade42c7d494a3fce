"""Figures for Prometheus: of this process's requests, and of the store at the time of asking."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.database import Database, operations

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_BUCKETS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0)


@dataclass(frozen=True, slots=True)
class Metrics:
    """What one process counts; a registry of its own, so that several may live in one process."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    requests: Counter = field(init=False)
    latency: Histogram = field(init=False)

    def __post_init__(self) -> None:
        """Register the figures."""
        labels = ("method", "route", "status")
        requests = Counter(
            "callgrader_requests", "Requests answered by this process.", labels, registry=self.registry
        )
        latency = Histogram(
            "callgrader_request_seconds",
            "Seconds from a request's headers to its answer's end.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        object.__setattr__(self, "requests", requests)
        object.__setattr__(self, "latency", latency)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self.requests.labels(method, route, str(status)).inc()
        self.latency.labels(method, route).observe(seconds)

    def exposition(self, database: Database) -> bytes:
        """Give everything in Prometheus' text form, with the store's figures of this moment."""
        of_store = CollectorRegistry()
        of_store.register(_Store(database))
        return generate_latest(self.registry) + generate_latest(of_store)


class _Store(Collector):
    """The store's figures; the same whichever process is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Ask the store."""
        with self._database.read() as session:
            found = operations.figures(session)
        yield _family("jobs", "Jobs by lane and state.", ("lane", "state"), found.jobs)
        yield _family(
            "job_waiting_seconds",
            "Seconds for which the oldest queued job has waited.",
            ("lane",),
            {(lane,): seconds for lane, seconds in found.waiting.items()},
        )
        yield _family("workers", "Workers that have beaten lately.", ("lane",), _keyed(found.workers))
        yield _family(
            "grades_last_hour", "Grades given in the last hour.", ("decision",), _keyed(found.grades)
        )
        share = found.review_share
        yield _family(
            "review_share_last_hour",
            "Share of the last hour's grades that people must look at.",
            (),
            {} if share is None else {(): share},
        )
        yield _family("reviews", "Reviews by state.", ("state",), _keyed(found.reviews))
        speed = found.recognition_speed
        yield _family(
            "recognition_speed_last_hour",
            "Seconds of audio for each second that a worker spent on recordings.",
            (),
            {} if speed is None else {(): speed},
        )
        yield _family(
            "webhook_deliveries", "Deliveries to subscribers by state.", ("state",), _keyed(found.deliveries)
        )
        yield _family(
            "webhooks",
            "Subscriptions: well, failing since their last attempt, or switched off.",
            ("state",),
            _keyed(found.webhooks),
        )


def _keyed(counts: dict[str, int]) -> dict[tuple[str, ...], float]:
    return {(name,): float(count) for name, count in counts.items()}


def _family(
    name: str, what: str, labels: tuple[str, ...], values: dict[tuple[str, ...], float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"callgrader_{name}", what, labels=labels)
    for key, value in values.items():
        family.add_metric(list(key), value)
    return family
