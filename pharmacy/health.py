"""/healthz: this process lives. /readyz: it can work (database, broker, a worker seen lately). Both as JSON."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

WORKER_SEEN_SECONDS = 60
_SEEN = """
SELECT extract(epoch FROM app_now() - started_at) FROM journal_timer WHERE name = 'pharmacy.heartbeat'
"""


def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers: restart it when it doesn't."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503; each part says how it is."""
    parts = {"database": _database(), "broker": _broker(), "worker": _worker()}
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse({"status": "ok" if ready else "not ready", **parts}, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def _broker() -> str:
    try:
        cache.get("readyz")
    except (RedisError, OSError):
        return "does not answer"
    return "ok"


def _worker() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SEEN)
            row = cursor.fetchone()
    except DatabaseError:
        return "unknown"
    if row is None:
        return "never seen"
    return "ok" if row[0] < WORKER_SEEN_SECONDS or settings.TESTING else f"last seen {int(row[0])} s ago"
