"""The relay: gives every subscriber what it is owed, at least once, whatever dies in between."""

from __future__ import annotations

import json
import logging
import random
import time
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import connection, transaction

from pharmacy.journal.actions import seal
from pharmacy.journal.doorbell import QUEUES, ring
from pharmacy.journal.models import Event, OutboxEntry
from pharmacy.journal.subscribers import Later, find

logger = logging.getLogger(__name__)
LEASE_SECONDS = 45
MOST_ATTEMPTS = 15
# One at a time: the lease then covers one call to the outside, and another worker takes the next entry meanwhile.
_CLAIM = """
UPDATE journal_outboxentry SET due_at = app_now() + %s * interval '1 second', attempts = attempts + 1
 WHERE id = (SELECT id FROM journal_outboxentry
              WHERE queue = %s AND settled_at IS NULL AND flagged_at IS NULL AND due_at <= app_now()
              ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, attempts
"""
# The attempt is part of the condition: a worker that slept past its lease may not settle what another has taken over.
_SETTLE = "UPDATE journal_outboxentry SET settled_at = app_now(), last_error = '' WHERE id = %s AND settled_at IS NULL"
_AGAIN = """
UPDATE journal_outboxentry SET due_at = app_now() + %s * interval '1 second', last_error = %s,
       attempts = attempts - %s, flagged_at = CASE WHEN %s THEN app_now() END
 WHERE id = %s AND attempts = %s AND settled_at IS NULL
"""
_DUE = """
SELECT DISTINCT queue FROM journal_outboxentry
 WHERE settled_at IS NULL AND flagged_at IS NULL AND due_at <= app_now()
"""


def pause(attempts: int) -> float:
    """Seconds until the next try: 1, 2, 4 … up to 10 minutes, with jitter so that retries don't march in step."""
    return min(600.0, 2.0 ** (attempts - 1)) * random.uniform(0.8, 1.2)  # noqa: S311  # jitter, no secret


def _execute(sql: str, parameters: list[int | float | str | bool]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def _deliver(entry_id: int, attempts: int) -> None:
    entry = OutboxEntry.objects.select_related("event").get(pk=entry_id)
    subscriber = find(entry.event.kind, entry.subscriber)
    try:
        if subscriber is None:
            raise LookupError(entry.subscriber)
        subscriber.tell(entry.event)
    except Later as answer:
        _execute(_AGAIN, [answer.seconds, "", 1, False, entry_id, attempts])
    except Exception as problem:  # the one place where anything may go wrong: it is tried again, then flagged
        used_up = attempts >= MOST_ATTEMPTS
        logger.exception("outbox entry failed", extra={"entry": entry_id, "subscriber": entry.subscriber})
        _execute(_AGAIN, [pause(attempts), type(problem).__name__, 0, used_up, entry_id, attempts])
    else:
        _execute(_SETTLE, [entry_id])


@shared_task(name="journal.relay")
def relay(queue: str = "default", limit: int = 200) -> int:
    """Settle what is due in `queue`; how many entries were tried. Any number of workers may run it at once."""
    tried = 0
    while tried < limit and (claimed := _execute(_CLAIM, [LEASE_SECONDS, queue])):
        _deliver(*claimed[0])
        tried += 1
    return tried


@shared_task(name="journal.sweep")
def sweep() -> None:
    """Ring for every queue with something due: finds whatever a lost wake-up left behind."""
    for (queue,) in _execute(_DUE, []):
        ring(str(queue))


@shared_task(name="journal.seal")
def seal_events() -> int:
    """Seal what is not sealed yet, and write the chain's head outside of the database once an hour."""
    with transaction.atomic():
        sealed = seal()
    if sealed:
        _publish_head()
    return sealed


def _publish_head() -> None:
    """Append the newest (position, hash) to a file, which finds out whoever rewrites the chain in the database."""
    path = settings.VAR_DIR / "journal-heads.jsonl"
    if path.exists() and time.time() - path.stat().st_mtime < 3600:
        return
    head = Event.objects.filter(position__isnull=False).order_by("-position").first()
    if head and head.hash and head.sealed_at:
        path.parent.mkdir(parents=True, exist_ok=True)
        line = {"position": head.position, "hash": bytes(head.hash).hex(), "sealed_at": head.sealed_at.isoformat()}
        with path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def drain(rounds: int = 50) -> int:
    """Relay every queue until nothing is due: for tests and commands that want the house quiet."""
    return sum(sum(relay(queue) for queue in QUEUES) for _ in range(rounds) if _anything_due())


def _anything_due() -> bool:
    return bool(_execute(_DUE, []))
