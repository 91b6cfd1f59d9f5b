"""Logs as JSON lines with an allow-list of fields: what is not listed is dropped; health data can't slip in."""

from __future__ import annotations

import logging
import logging.config
import re
from typing import Any

import structlog

ALLOWED_FIELDS = frozenset({
    "timestamp", "level", "logger", "event", "request_id", "method", "route", "status", "ms", "task", "task_id",
    "queue", "event_id", "kind", "entry", "attempts", "subscriber", "code", "exception", "error", "count", "seconds",
    "by_kind",
    "order", "payment", "parcel", "case", "document", "signal", "pid",
})  # fmt: skip
# What structlog itself hangs on a record of the standard library and takes off again before it is written.
_ITS_OWN = frozenset({"_record", "_from_structlog"})
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")


def only_allowed(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Drop every field that is not on the list, and e-mail addresses from the text that stays."""
    kept = {field: value for field, value in event.items() if field in ALLOWED_FIELDS or field in _ITS_OWN}
    for field in ("event", "exception", "error"):
        if isinstance(kept.get(field), str):
            kept[field] = _ADDRESS.sub("[address]", kept[field])
    return kept


def _without_words(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Lines of libraries that carry what was asked for: a path (it may name a medicine or hold a link's token), and the
    words of an error (PostgreSQL's quote the row that failed). Stands before `_without_locals`, which keeps the class.
    """
    said = event.get("event")
    if not isinstance(said, str):
        return event
    source, problem = str(event.get("logger", "")), event.get("exc_info")
    if source.startswith(("django.request", "django.security", "django.server")):
        event["event"] = said.split(":", 1)[0]
    elif source.startswith("celery") and problem:
        event["event"] = "task failed"
    elif isinstance(problem, tuple) and str(problem[1] or ""):
        event["event"] = said.replace(str(problem[1]), type(problem[1]).__name__)
    return event


def _without_locals(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """A traceback as places in code and the error's class: messages and local variables may hold a patient's words."""
    problem = event.pop("exc_info", None)
    if problem is True:
        import sys

        problem = sys.exc_info()
    if isinstance(problem, BaseException):
        problem = (type(problem), problem, problem.__traceback__)
    if isinstance(problem, tuple) and problem[0] is not None:
        import traceback

        places = [f"{f.filename.rsplit('/', 3)[-1]}:{f.lineno} {f.name}" for f in traceback.extract_tb(problem[2])[-8:]]
        event["exception"] = " > ".join([*places, problem[0].__name__])
    return event


def configure(options: dict[str, Any]) -> None:
    """Set up the standard library's logging and structlog alike (called by Django with settings.LOGGING)."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
        _without_locals,
        only_allowed,
    ]
    renderer: Any = structlog.processors.JSONRenderer() if options["json"] else structlog.dev.ConsoleRenderer()
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                }
            },
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["console"], "level": options["level"]},
            "loggers": {
                # Their messages hold request paths, statements or addresses; our own request log says what is needed.
                "django.request": {"level": "ERROR"},
                "django.server": {"level": "ERROR"},
                "django.security": {"level": "WARNING"},
                "stripe": {"level": "WARNING"},
                "httpx": {"level": "WARNING"},
                "fontTools": {"level": "WARNING"},
                # A line for every sweep that found nothing would bury the rest.
                "celery.beat": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
