"""The worker's own pulse: what is due gets done even when the broker is gone or beat is dead.

Celery's messages and beat are hints. A thread in each worker looks every few seconds: entries overdue are relayed
here, and periodic jobs that nobody started in time are started here.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

logger = logging.getLogger(__name__)
_NOTE = """
INSERT INTO journal_timer (name, started_at) VALUES (%s, app_now())
    ON CONFLICT (name) DO UPDATE SET started_at = app_now()
"""
# Compare-and-set: of many hearts one starts an overdue job.
_OVERDUE = """
UPDATE journal_timer SET started_at = app_now() WHERE name = %s AND started_at < app_now() - %s * interval '1 second'
"""


def note_started(name: str) -> None:
    """Remember that the periodic job `name` starts now."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [name])


def _schedule() -> dict[str, float]:
    entries = settings.CELERY_BEAT_SCHEDULE.values()
    return {entry["task"]: float(entry["schedule"]) for entry in entries if isinstance(entry["schedule"], (int, float))}


def scheduled_names() -> frozenset[str]:
    """The tasks whose starts are noted."""
    return frozenset(_schedule())


def beat_once() -> None:
    """Relay overdue entries and start overdue jobs."""
    from pharmacy.celery import app
    from pharmacy.journal.tasks import drain

    drain(rounds=2)
    for name, every in _schedule().items():
        with connection.cursor() as cursor:
            cursor.execute(_OVERDUE, [name, max(3 * every, 15)])
            overdue = cursor.rowcount == 1
        if overdue and name in app.tasks:
            app.tasks[name].run()


def _run(pause: float) -> None:
    while True:
        time.sleep(pause)
        try:
            close_old_connections()
            beat_once()
        except DatabaseError as problem:  # PostgreSQL restarts: the next beat finds it again
            logger.warning("the heart skipped a beat: %s", type(problem).__name__)
        except Exception:  # a job's own failure must not stop the pulse
            logger.exception("the heart skipped a beat")


def start(pause: float = 4.0, **_: Any) -> None:
    """Start the pulse in this process (called when a worker starts)."""
    threading.Thread(target=_run, args=(pause,), name="heart", daemon=True).start()
