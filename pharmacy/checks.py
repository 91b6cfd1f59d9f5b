"""Start-up refuses unsafe production settings with a sentence that says what to set.

A demo (DEMO=1) listens on loopback and prints its own passwords; everything else is held to production's rules.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Error, register


def _problems() -> list[tuple[str, str]]:
    found = _missing()
    return found if settings.DEMO or settings.TESTING else [*found, *_unsafe()]


def _missing() -> list[tuple[str, str]]:
    found = []
    if len(settings.SECRET_KEY) < 50:
        found.append(("SECRET_KEY is missing or short.", "Set SECRET_KEY to at least 50 random characters."))
    if not settings.ENCRYPTION_KEYS:
        found.append(("ENCRYPTION_KEYS is empty.", "Set ENCRYPTION_KEYS to 'id:base64 of 32 random bytes'."))
    if not settings.DATABASE_URL:
        found.append(
            ("DATABASE_URL is empty.", "Set DATABASE_URL to the app's role, DATABASE_OWNER_URL to the owner's.")
        )
    return found


def _unsafe() -> list[tuple[str, str]]:
    found = []
    if settings.DEBUG:
        found.append(("DEBUG is on.", "Unset DEBUG: error pages would show settings and people's records."))
    if not settings.SECURE:
        found.append(("PUBLIC_URL is not https.", "Set PUBLIC_URL to the https:// address customers use."))
    if not settings.STRIPE_SECRET_KEY or not settings.STRIPE_WEBHOOK_SECRET:
        found.append(("No payment provider.", "Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET."))
    if settings.STRIPE_API_BASE:
        found.append(("STRIPE_API_BASE points at a stand-in.", "Unset STRIPE_API_BASE outside of the demo."))
    if not settings.EMAIL_URL:
        found.append(
            ("Mail would not leave the house.", "Set EMAIL_URL, for example smtp+tls://user:password@host:587.")
        )
    if settings.DATABASE_URL == settings.DATABASE_OWNER_URL:
        found.append((
            "The app would run as the owner of its tables and could switch their rules off.",
            "Set DATABASE_OWNER_URL to another role than DATABASE_URL.",
        ))  # fmt: skip
    if settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_")) and not settings.POM_CHECKOUT_APPROVED:
        found.append((
            "Card payment for prescription medicines needs the provider's written approval (R-504).",
            "Set POM_CHECKOUT_APPROVED=1 once it is at hand.",
        ))  # fmt: skip
    return found


@register()
def settings_are_safe(app_configs: Any, **_: Any) -> list[Error]:
    """One error a problem; manage.py and the servers refuse to start while there is any."""
    return [Error(what, hint=hint, id=f"pharmacy.E{number:03}") for number, (what, hint) in enumerate(_problems(), 1)]
