"""Reads about people: roles, registrations, consent."""

from __future__ import annotations

import datetime as dt

from pharmacy.accounts.models import Consent, Registration, User

CONSENT_VERSION = "2026-11"


def roles_of(user: object) -> frozenset[tuple[str, str]]:
    """(role, site code) of every role that `user` holds now; nothing for a guest."""
    return user.role_pairs if isinstance(user, User) and user.is_active else frozenset()


def has_role(user: object, role: str, site_code: str | None = None) -> bool:
    """Whether `user` holds `role`, at `site_code` where one is named."""
    return any(
        held == role and (site_code is None or where in (site_code, "*")) for held, where in roles_of(user)
    )  # fmt: skip


def sites_of(user: object, *roles: str) -> set[str]:
    """The codes of the sites where `user` holds one of `roles`."""
    return {where for held, where in roles_of(user) if held in roles}


def registration_of(user: User, country: str, on: dt.date) -> Registration | None:
    """The registration under which `user` may sign in `country` on that day, or None."""
    return Registration.objects.filter(user=user, country=country, valid_from__lte=on, valid_until__gte=on).first()


def has_consent(user: object) -> bool:
    """Whether `user` agreed to our keeping of health data, in the wording of today."""
    return (
        isinstance(user, User)
        and Consent.objects.filter(user=user, kind="health_data", version=CONSENT_VERSION, withdrawn_at=None).exists()
    )
