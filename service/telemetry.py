"""Traces for OpenTelemetry (the extra ``telemetry``), switched on by the standard ``OTEL_…`` variables."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.types import Scope


@dataclass(frozen=True, slots=True)
class Tracing:
    """Makes a span of each request; without a tracer it does nothing."""

    tracer: Any = None
    """``opentelemetry.trace.Tracer``."""

    @classmethod
    def from_environment(cls) -> "Tracing":
        """Send traces by OTLP where ``OTEL_EXPORTER_OTLP_ENDPOINT`` (or ``…_TRACES_ENDPOINT``) says whereto."""
        wanted = {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}
        if not wanted & os.environ.keys():
            return cls()
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        # What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before this.
        provider = TracerProvider(resource=Resource({"service.name": "callgrader"}).merge(Resource.create()))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider.get_tracer("callgrader"))

    @contextmanager
    def request(self, scope: Scope) -> Iterator["Span"]:
        """Trace a request, as a part of the trace that its sender names (W3C Trace Context)."""
        if self.tracer is None:
            yield Span()
            return
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind

        carried = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        method = scope["method"]
        with self.tracer.start_as_current_span(
            method, context=extract(carried), kind=SpanKind.SERVER, record_exception=False
        ) as span:
            yield Span(span)


@dataclass(frozen=True, slots=True)
class Span:
    """One request's span."""

    span: Any = None

    def answered(self, *, method: str, route: str, status: int, request_id: str) -> None:
        """Say how the request went: the route's template, never the address with its parameters."""
        if self.span is None:
            return
        self.span.update_name(f"{method} {route}")
        self.span.set_attributes(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
                "callgrader.request_id": request_id,
            }
        )
