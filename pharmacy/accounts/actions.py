"""Verbs about people: consent, roles, keys."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Q

from pharmacy.accounts.holdings import blocks_of, holders
from pharmacy.accounts.models import ApiKey, Consent, DataExport, Partner, Role, User
from pharmacy.accounts.secrets import hash_of
from pharmacy.clock import AppNow
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, NotPossible
from pharmacy.transactions import joins_transaction, own_transaction

EXPORT_LASTS = timedelta(days=7)
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


@own_transaction
def ask_for_export(user: User, *, by: Any) -> DataExport:
    """Owe a copy of everything kept about `user` to the worker; one at a time."""
    User.objects.select_for_update().get(pk=user.pk)
    waiting = DataExport.objects.filter(user=user, fetched_at=None, dropped_at=None).first()
    if waiting is not None:
        return waiting
    export = DataExport.objects.create(user=user)
    record("export.asked", about=export, by=by)
    return export


@own_transaction
def note_export_made(export: DataExport, *, size: int, by: Any) -> bool:
    """The copy lies ready; False when it was made or dropped meanwhile."""
    fresh = DataExport.objects.filter(pk=export.pk, ready_at=None, dropped_at=None)
    if not fresh.update(ready_at=AppNow(), size=size):
        return False
    record("export.ready", about=export, by=by)
    return True


@own_transaction
def take_export(export_id: UUID, *, by: User) -> DataExport:
    """Fetch the copy, once. Of two who press at once one gets it. Raises NotFound (not theirs, not ready, fetched)."""
    ready = DataExport.objects.filter(pk=export_id, user=by, dropped_at=None, ready_at__gt=AppNow() - EXPORT_LASTS)
    if not ready.filter(fetched_at=None).update(fetched_at=AppNow()):
        raise NotFound
    export = DataExport.objects.get(pk=export_id)
    record("export.fetched", about=export, by=by)
    return export


@own_transaction
def drop_exports(*, by: Any) -> list[UUID]:
    """Mark copies as gone that were fetched, or that nobody fetched within a week; whose files are to be removed."""
    over = DataExport.objects.select_for_update().filter(dropped_at=None)
    past = over.filter(Q(fetched_at__lt=AppNow() - timedelta(minutes=10)) | Q(asked_at__lt=AppNow() - EXPORT_LASTS))
    ids = list(past.values_list("pk", flat=True))
    DataExport.objects.filter(pk__in=ids).update(dropped_at=AppNow())
    return ids


@own_transaction
def close_account(user: User, *, by: User) -> None:
    """Close an account for good: every app erases what no law keeps, the person behind the id is forgotten.

    Raises NotPossible when something still runs (an open order), NotFound for anybody but the owner; staff leave by
    ending their roles first.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if by.pk != locked.pk or not locked.is_active:
        raise NotFound
    if Role.objects.filter(user=locked, ended_at=None).exists():
        raise NotPossible("Staff accounts are closed after their roles have ended.")
    why_not = blocks_of(locked)
    if why_not:
        raise NotPossible(" ".join(why_not))
    record("account.closed", about=locked, by=by)
    for holder in holders():
        holder.erase(locked, by=by)
    Consent.objects.filter(user=locked, withdrawn_at=None).update(withdrawn_at=AppNow())
    EmailAddress.objects.filter(user=locked).delete()
    Authenticator.objects.filter(user=locked).delete()
    UserSession.objects.filter(user=locked).delete()
    locked.set_unusable_password()
    locked.email, locked.name, locked.is_active = f"closed-{locked.pk.hex}@closed.invalid", "", False
    locked.save(update_fields=["email", "name", "is_active", "password"])
