"""The API against its own description: schemathesis sends what the OpenAPI document allows, and what it does not."""

import gzip
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import api_stage
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import APIOperation, Case
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_url
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from store_stage import chat

from service.database import Database, keys, workers
from service.database.tables import Lane
from service.database.types import now

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _lines(value: Any) -> bytes:
    lines = value if isinstance(value, list) else [value]
    return "\n".join(json.dumps(line, default=str) for line in lines).encode()


@schemathesis.serializer("application/jsonl")
def as_lines(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Write a body of JSON Lines."""
    return _lines(value)


@schemathesis.serializer("application/gzip")
def as_gzip(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Write a body of compressed JSON Lines."""
    return gzip.compress(_lines(value))


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory, sqlite_template: object) -> Iterator[BaseSchema]:
    """The document of a server that holds some conversations, and an administrator's key for it."""
    folder = tmp_path_factory.mktemp("described")
    shutil.copy(str(sqlite_template), folder / "callgrader.db")
    database = Database(f"sqlite:///{folder / 'callgrader.db'}")
    state = api_stage.state_of(database, folder)
    with database.write() as session:
        key, _ = keys.create(session, name="fuzz", role="administrator")
        for lane in get_args(Lane):
            workers.register(session, f"w-{lane}", lane=lane, host="here", pid=1)
            workers.beat(
                session, f"w-{lane}", held=0, at=now() + timedelta(hours=1)
            )  # it need not beat again
    with api_stage.serving(state) as address:
        with api_stage.client(state, address) as client:
            for number in range(3):
                client.post("/v1/conversations", json=api_stage.body(chat(f"c-{number}")))
        schema = from_url(f"{address}/openapi.json")
        schema.config.update(headers={"Authorization": f"Bearer {key}"})
        yield schema
    database.close()


def test_every_answer_is_one_that_the_document_describes(described: BaseSchema) -> None:
    """No server error, and status, type and body as they are documented, whatever is sent to whichever operation."""
    tried = []
    for found in described.get_all_operations():
        operation = found.ok()
        tried.append(operation.label)
        _try(operation)
    assert len(tried) > 50


def test_errors_that_operations_share_are_described(described: BaseSchema) -> None:
    """What follows from a body, an idempotency key or the store stands at every operation that has them."""
    for found in described.get_all_operations():
        operation = found.ok()
        stated = operation.definition.raw
        answers = set(stated["responses"])
        expected = {"500", "503", "507"}
        if "requestBody" in stated:
            expected |= {"400", "408", "413"}
        if any(parameter.get("name") == "Idempotency-Key" for parameter in stated.get("parameters", ())):
            expected |= {"409"}
        if "{conversation_id}" in operation.path:
            expected |= {"404", "409"}
        assert expected <= answers, operation.label
    sent = described["/v1/conversations"]["POST"].definition.raw["responses"]
    assert {"400", "415"} <= set(sent)


def _try(operation: APIOperation) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def answers_as_described(case: Case) -> None:
        case.call_and_validate(checks=CHECKS, timeout=20)

    answers_as_described()
