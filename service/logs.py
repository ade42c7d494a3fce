"""Structured logs: one JSON object a line, or for a person at a terminal. Never what was said, by whom or to whom."""

import logging
import sys
import traceback
from typing import Any, Final, TextIO

import structlog

_QUIET: Final = ("alembic", "faster_whisper", "httpcore", "httpx", "uvicorn")
"""Libraries that log each step, or addresses and files at every call."""


def configure(level: str, *, stream: TextIO = sys.stderr) -> None:
    """Let everything that logs, libraries too, write to one stream in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
    ]
    if stream.isatty():
        renderer: Any = structlog.dev.ConsoleRenderer()
    else:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def where(error: BaseException) -> dict[str, Any]:
    """Give an error's kind and the places it passed, without its message, which may hold what was said."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "places": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _without_words(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Put an exception's places where its traceback, with its message, would stand."""
    told = event.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event |= where(error)
    return event
