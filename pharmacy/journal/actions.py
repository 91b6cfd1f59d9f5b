"""Write down what happened and owe it to whom it concerns, in one breath; and take note of what we are told."""

from __future__ import annotations

import re
from typing import Any

from django.db import connection, transaction

from pharmacy.journal.doorbell import ring
from pharmacy.journal.models import Event, InboxEntry, OutboxEntry
from pharmacy.journal.subscribers import subscribers_of
from pharmacy.transactions import joins_transaction

_CODED = re.compile(r"[A-Za-z0-9_.:+/*-]{0,120}")


def actor(by: Any) -> tuple[str, str]:
    """(kind, id) of who did it: a User, a Partner, or a string such as "job:housekeeping"."""
    if isinstance(by, str):
        kind, _, name = by.partition(":")
        return kind, name
    return by._meta.model_name, str(by.pk)


def _subject(about: Any) -> tuple[str, str]:
    if isinstance(about, tuple):
        return str(about[0]), str(about[1])
    return about._meta.model_name, str(getattr(about, "public_id", about.pk))


def _coded(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts are ids, numbers and codes: free text, names and addresses are refused here, whoever calls."""
    for name, value in facts.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        for one in values:
            if one is None or isinstance(one, (bool, int)):
                continue
            if not _CODED.fullmatch(str(one)):
                raise ValueError(f"event fact {name!r} is not a coded value")
    return {
        name: [_plain(v) for v in value] if isinstance(value, (list, tuple)) else _plain(value)
        for name, value in facts.items()
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int)) else str(value)


@joins_transaction
def record(kind: str, *, about: Any, by: Any, **facts: Any) -> Event:
    """Write down what happened and owe every subscriber a message. Nothing of it stands if the caller rolls back.

    `about`: a model instance or ("type", "id"). `by`: a User, a Partner or "job:name". `facts`: opaque ids and codes.
    Raises ValueError for a fact that could hold free text.
    """
    about_type, about_id = _subject(about)
    by_kind, by_id = actor(by)
    event = Event.objects.create(
        kind=kind, about_type=about_type, about_id=about_id, by_kind=by_kind, by_id=by_id, facts=_coded(facts)
    )
    owed = [
        OutboxEntry(event=event, subscriber=subscriber.name, queue=subscriber.queue)
        for subscriber in subscribers_of(kind)
    ]
    if owed:
        OutboxEntry.objects.bulk_create(owed)
        for queue in {entry.queue for entry in owed}:
            transaction.on_commit(lambda queue=queue: ring(queue))  # type: ignore[misc]  # a default binds the loop's value
    return event


@joins_transaction
def hear(source: str, key: str, fingerprint: str = "") -> tuple[InboxEntry, bool]:
    """Note that `source` told us `key`; (entry, True) the first time, (the first entry, False) ever after.

    Two at once: the unique constraint lets one insert through, the other waits for it and reads the winner's row.
    """
    entry, is_new = InboxEntry.objects.get_or_create(source=source, key=key, defaults={"fingerprint": fingerprint})
    return entry, is_new


@joins_transaction
def seal(limit: int = 2000) -> int:
    """Give unsealed events their position, previous hash and hash; how many were sealed.

    A single sealer at a time (an advisory lock held by this transaction): positions are gap-free and follow the order
    in which events became visible, which is what a reader that remembers its last position needs.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT journal_seal(%s)", [limit])
        row = cursor.fetchone()
    return int(row[0])
