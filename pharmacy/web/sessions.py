"""Sessions rest in PostgreSQL with the cache in front; a cache that is away or wiped costs a query, never a sign-in."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.sessions.backends.cached_db import SessionStore as CachedDb
from django.contrib.sessions.backends.db import SessionStore as Db
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class SessionStore(CachedDb):
    """cached_db that carries on without its cache."""

    cache_key_prefix = "session."

    def load(self) -> dict[str, Any]:
        """What the session holds, from the cache or else from PostgreSQL."""
        try:
            return super().load()
        except RedisError:
            return Db.load(self)

    def exists(self, session_key: str) -> bool:
        """Whether there is such a session."""
        try:
            return bool(super().exists(session_key))
        except RedisError:
            return bool(Db.exists(self, session_key))

    def save(self, must_create: bool = False) -> None:
        """Keep the session in PostgreSQL, then in the cache if that answers."""
        try:
            super().save(must_create)
        except RedisError:
            logger.warning("the session cache is away")

    def delete(self, session_key: str | None = None) -> None:
        """End the session in both places."""
        Db.delete(self, session_key)
        try:
            super().delete(session_key)
        except RedisError:
            logger.warning("the session cache is away")
