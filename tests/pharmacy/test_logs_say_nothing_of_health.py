"""A canary medicine goes through the logs' own chain the ways in which libraries would carry it, and is in no line."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from pharmacy import logs
from pharmacy.run.postgres import SETTINGS

CANARY = "canarixolone"


@pytest.fixture
def formatter() -> logging.Formatter:
    """The formatter that production writes with."""
    before = logging.getLogger().handlers[:]
    logs.configure({"level": "INFO", "json": True})
    handler = next(one for one in logging.getLogger().handlers if one not in before)
    logging.getLogger().handlers[:] = before
    assert handler.formatter is not None
    return handler.formatter


def _line(formatter: logging.Formatter, source: str, text: str, *args: object, problem: Exception | None = None) -> str:
    told = None
    if problem is not None:
        try:
            raise problem
        except ValueError:
            told = sys.exc_info()
    return formatter.format(logging.LogRecord(source, logging.ERROR, __file__, 1, text, args, told))


@pytest.mark.parametrize(
    ("source", "text", "args"),
    [
        ("django.request", "%s: %s", ("Internal Server Error", f"/products/{CANARY}/")),
        ("django.request", "%s: %s", ("Internal Server Error", f"/o/{CANARY}/")),
        ("django.security.csrf", "Forbidden (%s): %s", ("CSRF cookie not set.", f"/products/{CANARY}/")),
        ("celery.app.trace", "Task %s raised unexpected: %r", ("orders.sweep", ValueError(f"row ({CANARY})"))),
        ("pharmacy.anything", "it failed: %s", (ValueError(f"row ({CANARY})"),)),
    ],
)
def test_no_line_of_a_failure_names_the_medicine(
    formatter: logging.Formatter, source: str, text: str, args: tuple[object, ...]
) -> None:
    line = _line(formatter, source, text, *args, problem=ValueError(f"row ({CANARY})"))

    assert CANARY not in line
    assert "ValueError" in json.loads(line)["exception"]


def test_a_path_without_a_traceback_is_left_out_too(formatter: logging.Formatter) -> None:
    assert CANARY not in _line(formatter, "django.security.csrf", "Forbidden (%s): %s", "no cookie", f"/x/{CANARY}/")


def test_the_database_server_writes_neither_statements_nor_rows() -> None:
    assert "log_min_error_statement = panic" in SETTINGS
    assert "log_error_verbosity = terse" in SETTINGS
