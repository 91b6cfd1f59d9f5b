"""The operator's side of the stand-in, on loopback only: faults, the clock, the ledger."""

from __future__ import annotations

import json
from typing import Any

from pharmacy.standins.stripe import charging
from pharmacy.standins.stripe.faults import Faults
from pharmacy.standins.stripe.webhooks import Messenger
from pharmacy.standins.stripe.world import Draft, World


class Control:
    """GET and POST of `/_control…`. Answers (status, body)."""

    def __init__(self, world: World, faults: Faults, messenger: Messenger) -> None:
        self._world = world
        self._faults = faults
        self._messenger = messenger

    def answer(self, method: str, path: str, body: str) -> tuple[int, dict[str, Any]]:
        verbs = {
            ("GET", "/_control"): self._state,
            ("POST", "/_control"): self._set,
            ("POST", "/_control/advance"): self._advance,
            ("GET", "/_control/ledger"): self._ledger,
            ("POST", "/_control/redeliver"): self._redeliver,
            ("POST", "/_control/dispute"): self._dispute,
        }
        verb = verbs.get((method, path))
        if verb is None:
            return 404, {"error": "no such verb"}
        try:
            return 200, verb(json.loads(body or "{}"))
        except (TypeError, ValueError, KeyError) as error:
            return 400, {"error": str(error)}

    def _state(self, told: dict[str, Any]) -> dict[str, Any]:
        return self._faults.as_json() | {"now": self._world.now(), "deliveries_pending": self._messenger.pending()}

    def _set(self, told: dict[str, Any]) -> dict[str, Any]:
        self._faults.set(told)
        return self._state({})

    def _advance(self, told: dict[str, Any]) -> dict[str, Any]:
        """Move the clock on by `seconds`; what lapses, lapses now. It never goes back."""
        seconds = int(told["seconds"])
        if seconds < 0:
            raise ValueError("seconds: the clock only moves on")
        with self._world.lock:
            moved = int(self._world.tables["settings"].get("offset", 0)) + seconds
            self._world.commit([("settings", "offset", moved)])
            draft = Draft(self._world)
            charging.lapse(draft)
            draft.commit()
        return self._state({})

    def _ledger(self, told: dict[str, Any]) -> dict[str, Any]:
        return dict(self._world.ledger())

    def _redeliver(self, told: dict[str, Any]) -> dict[str, Any]:
        return {"owed": self._messenger.owe_again(str(told["event"]))}

    def _dispute(self, told: dict[str, Any]) -> dict[str, Any]:
        """A cardholder disputes a captured charge."""
        with self._world.lock:
            draft = Draft(self._world)
            charge = draft.find("charge", str(told["charge"]))
            if charge is None or not charge["captured"]:
                raise ValueError("charge: no captured charge with this id")
            made = charging.dispute(draft, charge)
            draft.commit()
            return {"dispute": made["id"]}
