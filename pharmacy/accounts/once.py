"""A partner's call that makes something takes effect once: what was answered is kept with the effect, for a day.

The lock is the database session's, so that it covers a call of several commits (files first, then what they are of);
a connection that dies frees it. A refusal keeps nothing: the key may be used again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import DurationField, QuerySet, Value

from pharmacy.accounts.models import ApiKey, KeptAnswer
from pharmacy.clock import AppNow
from pharmacy.crypto import blind
from pharmacy.refusals import Refused
from pharmacy.transactions import joins_transaction, own_transaction

KEPT_FOR: Final = dt.timedelta(hours=24)
_OLDEST = AppNow() - Value(KEPT_FOR, output_field=DurationField())


class KeyRequired(Refused):
    """This call is not taken without an Idempotency-Key."""

    code = "idempotency-key-required"
    status = 400
    title = "This call needs an Idempotency-Key header"


class InProgress(Refused):
    """The first call with this key still runs."""

    code = "idempotency-in-progress"
    title = "The first call with this Idempotency-Key is still running"


class OtherBody(Refused):
    """The key was used for something else."""

    code = "idempotency-mismatch"
    status = 422
    title = "The Idempotency-Key was used with another body"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: status, media type and the body as it was sent."""

    status: int
    media_type: str
    body: str


@dataclass(frozen=True, slots=True)
class Try:
    """One call with its key; `before` is what the first one was answered, None when this is the first."""

    caller: ApiKey
    key_index: str
    fingerprint: str
    before: Answer | None


@contextmanager
def trying(caller: ApiKey, key: str, said: str) -> Iterator[Try]:
    """Hold the key while a call runs; `said` is the method, route and canonical body.

    Raises InProgress (somebody holds it) and OtherBody (it was used for something else).
    """
    key_index = blind(f"{caller.partner_id}|{caller.is_test}|{key}", "idempotency key")
    fingerprint = blind(said, "idempotent call")
    number = int(key_index[:16], 16) - (1 << 63)
    if not _ask("pg_try_advisory_lock", number):
        raise InProgress
    try:
        kept = _rows(caller, key_index).filter(kept_at__gt=_OLDEST).first()
        if kept is not None and kept.fingerprint != fingerprint:
            raise OtherBody
        yield Try(caller, key_index, fingerprint, Answer(**json.loads(kept.answer)) if kept is not None else None)
    finally:
        if connection.is_usable():  # one that is gone has freed it
            _ask("pg_advisory_unlock", number)


@joins_transaction
def keep(tried: Try, answer: Answer) -> None:
    """Keep what a call is answered, in the transaction of its effect."""
    _rows(tried.caller, tried.key_index).delete()  # one older than a day
    made = KeptAnswer(
        partner_id=tried.caller.partner_id, is_test=tried.caller.is_test, key_index=tried.key_index,
        fingerprint=tried.fingerprint,
    )  # fmt: skip
    made.answer = json.dumps({"status": answer.status, "media_type": answer.media_type, "body": answer.body})
    made.save(force_insert=True)


@own_transaction
def drop_old() -> int:
    """Remove answers older than a day; how many."""
    return KeptAnswer.objects.filter(kept_at__lte=_OLDEST).delete()[0]


def _rows(caller: ApiKey, key_index: str) -> QuerySet[KeptAnswer]:
    return KeptAnswer.objects.filter(partner=caller.partner_id, is_test=caller.is_test, key_index=key_index)


def _ask(function: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [number])
        return bool(cursor.fetchone()[0])
