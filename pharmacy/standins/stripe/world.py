"""All that the stand-in knows, in memory; every change goes through a draft that is on disk before it counts."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pharmacy.standins.stripe.errors import missing
from pharmacy.standins.stripe.journal import Journal, Write
from pharmacy.standins.stripe.shapes import Object, blank, public

_NAMES = {"checkout.session": "checkout.session", "payment_intent": "payment_intent", "payment_method": "PaymentMethod"}


class World:
    """Objects by kind, answers kept by idempotency key, webhooks owed, and a clock that can be moved on."""

    def __init__(self, directory: Path, *, api_version: str) -> None:
        self.lock = threading.RLock()
        self.api_version = api_version
        self.tables: dict[str, dict[str, Any]] = {"answers": {}, "deliveries": {}, "settings": {}}
        self.due: dict[str, int] = {}
        self._journal = Journal(directory)
        for writes in self._journal.read():
            self._apply(writes)
        if self._journal.is_long():
            self._journal.rewrite(
                [(table, key, value) for table, rows in self.tables.items() for key, value in rows.items()]
            )

    def now(self) -> int:
        """The stand-in's time: the real one, moved on by what `/_control/advance` added. Seconds."""
        return int(time.time()) + int(self.tables["settings"].get("offset", 0))

    def kind(self, kind: str) -> dict[str, Object]:
        return self.tables.setdefault(kind, {})

    def commit(self, writes: list[Write]) -> None:
        if writes:
            self._journal.append(writes)
            self._apply(writes)

    def _apply(self, writes: list[Write]) -> None:
        for table, key, value in writes:
            rows = self.tables.setdefault(table, {})
            if value is None:
                rows.pop(key, None)
            else:
                rows[key] = value
            self._note_due(table, key, value)

    def _note_due(self, table: str, key: str, value: Any) -> None:
        """Holds and open sessions lapse by themselves; know when without looking through everything."""
        self.due.pop(key, None)
        if table == "checkout.session" and value and value["status"] == "open":
            self.due[key] = value["expires_at"]
        if table == "payment_intent" and value and value["status"] == "requires_capture":
            self.due[key] = value["_capture_before"]

    def ledger(self) -> dict[str, list[Object]]:
        """Every object, as an auditor would ask for it: kind to list, oldest first."""
        with self.lock:
            return {
                kind: [public(thing) for thing in rows.values()]
                for kind, rows in self.tables.items()
                if kind not in ("answers", "deliveries", "settings")
            }


class Draft:
    """One change of the world. Objects taken out are private copies; all of them are kept at once, or none."""

    def __init__(self, world: World, *, request: str | None = None, key: str | None = None) -> None:
        self.world = world
        self.now = world.now()
        self._request = {"id": request, "idempotency_key": key}
        self._taken: dict[tuple[str, str], Object] = {}
        self._writes: list[Write] = []

    def find(self, kind: str, identifier: str | None) -> Object | None:
        """A private copy of an object, kept with the draft."""
        if (kind, identifier or "") in self._taken:
            return self._taken[kind, identifier or ""]
        known = self.world.kind(kind).get(identifier or "")
        if known is None:
            return None
        return self._taken.setdefault((kind, known["id"]), copy.deepcopy(known))

    def get(self, kind: str, identifier: str, param: str = "id") -> Object:
        """As `find`; raises StripeError resource_missing."""
        found = self.find(kind, identifier)
        if found is None:
            raise missing(_NAMES.get(kind, kind), identifier, param)
        return found

    def new(self, kind: str, **fields: Any) -> Object:
        made = blank(kind, created=self.now, **fields)
        self._taken[kind, made["id"]] = made
        return made

    def all(self, kind: str) -> Iterator[Object]:
        """Objects of a kind, newest first, to be read only."""
        fresh = [
            thing for (of, _), thing in self._taken.items() if of == kind and thing["id"] not in self.world.kind(kind)
        ]
        yield from reversed(fresh)
        for key in reversed(list(self.world.kind(kind))):
            yield self._taken.get((kind, key)) or self.world.kind(kind)[key]

    def keep(self, table: str, key: str, value: Any) -> None:
        self._writes.append((table, key, value))

    def emit(self, type_: str, thing: Object) -> None:
        """Owe the webhook receiver news about an object as it is now."""
        event = blank("event", type=type_, created=self.now, api_version=self.world.api_version, request=self._request)
        event["data"] = {"object": public(thing)}
        before = self.world.kind(thing["object"]).get(thing["id"])
        if before and type_.endswith(("updated", "captured", "refunded")):
            event["data"]["previous_attributes"] = {
                name: value for name, value in public(before).items() if thing.get(name) != value
            }
        self._taken["event", event["id"]] = event
        self.keep("deliveries", event["id"], {"attempts": 0, "due": time.time()})

    def commit(self) -> None:
        self.world.commit(self.writes())

    def writes(self) -> list[Write]:
        """What would be written: changed objects first, so that a delivery never precedes its event."""
        changed = [
            (kind, key, thing) for (kind, key), thing in self._taken.items() if self.world.kind(kind).get(key) != thing
        ]
        return [*changed, *self._writes]
