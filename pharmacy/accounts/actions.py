"""Verbs about people: consent, roles, keys."""

from __future__ import annotations

import secrets
from typing import Any

from pharmacy.accounts.models import ApiKey, Consent, Partner, Role, User
from pharmacy.accounts.secrets import hash_of
from pharmacy.clock import AppNow
from pharmacy.journal.actions import record
from pharmacy.transactions import joins_transaction, own_transaction

SCOPES = (
    "catalog:read", "quotes:write", "orders:read", "orders:write", "prescriptions:read", "prescriptions:write",
    "webhooks:manage",
)  # fmt: skip


@own_transaction
def give_consent(user: User, *, version: str, by: Any) -> Consent:
    """Note that `user` agrees to our keeping of health data, in the wording `version`. Twice changes nothing."""
    return note_consent(user, version=version, by=by)


@joins_transaction
def note_consent(user: User, *, version: str, by: Any) -> Consent:
    """As give_consent, inside a checkout's transaction."""
    Consent.objects.filter(user=user, kind="health_data", withdrawn_at=None).exclude(version=version).update(
        withdrawn_at=AppNow()
    )
    consent, is_new = Consent.objects.get_or_create(user=user, kind="health_data", version=version, withdrawn_at=None)
    if is_new:
        record("consent.given", about=user, by=by, consent="health_data", version=version)
    return consent


@own_transaction
def withdraw_consent(user: User, *, by: Any) -> None:
    """Note that `user` takes consent back; new medicine orders will be refused."""
    if Consent.objects.filter(user=user, kind="health_data", withdrawn_at=None).update(withdrawn_at=AppNow()):
        record("consent.withdrawn", about=user, by=by, consent="health_data")


@own_transaction
def grant_role(user: User, *, role: str, site_code: str, by: Any) -> Role:
    """Give `user` a role at a site; granting a held role changes nothing."""
    granted, is_new = Role.objects.get_or_create(
        user=user, role=role, site_code=site_code, ended_at=None, defaults={"granted_by": str(getattr(by, "pk", by))}
    )
    if is_new:
        record("role.granted", about=user, by=by, role=role, site=site_code)
    return granted


@own_transaction
def end_role(role: Role, *, by: Any) -> None:
    """Take a role away; the next request already has it no more."""
    if Role.objects.filter(pk=role.pk, ended_at=None).update(ended_at=AppNow()):
        record("role.ended", about=role.user, by=by, role=role.role, site=role.site_code)


@own_transaction
def issue_key(name: str, *, scopes: list[str], live: bool, by: Any) -> tuple[ApiKey, str]:
    """Make a key for the partner called `name` (made if need be); the key's text is returned this once only."""
    partner, _ = Partner.objects.get_or_create(name=name)
    text = f"rxk_{'live' if live else 'test'}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        partner=partner, prefix=text[:14], hash=hash_of(text), scopes=list(scopes or SCOPES), is_test=not live
    )
    record("api_key.issued", about=partner, by=by, key=key.pk, live=live)
    return key, text


@own_transaction
def revoke_key(key: ApiKey, *, by: Any) -> None:
    """End a key at once."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=AppNow()):
        record("api_key.revoked", about=key.partner, by=by, key=key.pk)
