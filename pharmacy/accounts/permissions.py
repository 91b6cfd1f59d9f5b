"""What a role may see and change as plain model admin. The verbs (review, dispense, refund …) ask for roles themselves.

Clinical tables: pharmacists and the superintendent only (decision 16). Guarded nouns are read-only for everyone.
"""

from __future__ import annotations

from collections.abc import Iterable

# role -> {"app" or "app.model": the admin permissions given there}
_GIVEN: dict[str, dict[str, str]] = {
    "pharmacist": {"catalog": "view", "prescriptions": "view", "orders": "view"},
    "dispenser": {"catalog": "view", "orders": "view"},
    "support": {"catalog": "view", "orders": "view"},
    # Names of substances feed the pharmacist's checks and reservations are orders: neither is marketing's.
    "marketing": {
        "catalog": "view", "catalog.product": "view change",
        "catalog.reservation": "", "catalog.lotuse": "", "catalog.stockmove": "",
    },
    "superintendent": {
        "catalog": "view change add", "prescriptions": "view", "orders": "view", "journal": "view", "accounts": "view",
    },
    "operator": {
        "orders.lane": "view change add", "accounts": "view change add", "catalog": "view change add",
        "journal": "view", "messaging": "view",
    },
}  # fmt: skip


def may(roles: Iterable[str], permission: str) -> bool:
    """Whether one of `roles` gives an admin permission such as "orders.view_order"."""
    app, _, codename = permission.partition(".")
    verb, _, model = codename.partition("_")
    for role in roles:
        given = _GIVEN.get(role, {})
        if verb in given.get(f"{app}.{model}", given.get(app, "")).split():
            return True
    return False
