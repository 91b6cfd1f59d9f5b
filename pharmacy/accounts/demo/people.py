"""The demo's people. They exist only where DEMO=1; the launcher prints how to sign in as each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.utils import decrypt
from django.db import transaction

from pharmacy.accounts.actions import give_consent, grant_role, issue_key
from pharmacy.accounts.models import Partner, Registration, User
from pharmacy.accounts.queries import CONSENT_VERSION
from pharmacy.clock import today

PASSWORD = "demo-open-pharmacy"  # noqa: S105  # printed by the launcher, works in a demo only
PARTNER = "Demo Clinic"
US, NL = "us-newark", "nl-utrecht"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to sign in as: roles at sites, and the register they stand in."""

    mailbox: str
    name: str
    roles: tuple[tuple[str, str], ...] = ()
    registrations: tuple[tuple[str, str, str], ...] = ()  # country, register, number

    @property
    def email(self) -> str:
        """Their address; example.com belongs to nobody."""
        return f"{self.mailbox}@demo.example.com"


PEOPLE = (
    Person("customer", "Marta Quintero"),
    Person("neighbour", "Jonas Weber"),
    Person("pharmacist", "Anna Lindqvist", (("pharmacist", US), ("pharmacist", NL)), (
        ("US", "Demo Board of Pharmacy, New Jersey", "DEMO-RPH-20117"),
        ("NL", "Demo register, Netherlands", "DEMO-NL-49017"))),
    Person("second-pharmacist", "Samuel Osei", (("pharmacist", US),), (
        ("US", "Demo Board of Pharmacy, New Jersey", "DEMO-RPH-20244"),)),
    Person("superintendent", "Ruth Okafor", (("superintendent", US), ("superintendent", NL), ("pharmacist", US)), (
        ("US", "Demo Board of Pharmacy, New Jersey", "DEMO-RPH-10003"),)),
    Person("dispenser", "Dan Petrov", (("dispenser", US), ("dispenser", NL))),
    Person("support", "Sue Park", (("support", US), ("support", NL))),
    Person("marketing", "Mina Haddad", (("marketing", "*"),)),
    Person("operator", "Otto Brandt", (("operator", "*"),)),
)  # fmt: skip


def load() -> None:
    """Make whoever of them is missing, with a second factor for staff; safe to run again."""
    for person in PEOPLE:
        if not User.objects.filter(email=person.email).exists():
            _make(person)
    if not Partner.objects.filter(name=PARTNER).exists():
        issue_key(PARTNER, scopes=[], live=False, by="job:demo")


def _make(person: Person) -> None:
    with transaction.atomic():
        user = User.objects.create_user(person.email, PASSWORD, name=person.name, is_demo=True)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        for country, register, number in person.registrations:
            Registration.objects.create(
                user=user, register=register, number=number, country=country, evidence="demonstration",
                valid_from=dt.date(2024, 1, 1), valid_until=today() + dt.timedelta(days=730),
            )  # fmt: skip
        if person.roles:
            TOTP.activate(user, generate_totp_secret())
    for role, site in person.roles:
        grant_role(user, role=role, site_code=site, by="job:demo")
    if person.mailbox == "customer":
        give_consent(user, version=CONSENT_VERSION, by=user)


def sign_ins() -> list[dict[str, Any]]:
    """How to sign in as each demo person: name, roles, e-mail, password, TOTP secret ("" for customers)."""
    users = {user.email: user for user in User.objects.filter(is_demo=True)}
    secrets = {
        row.user_id: decrypt(row.data["secret"])
        for row in Authenticator.objects.filter(user__in=users.values(), type=Authenticator.Type.TOTP)
    }
    return [
        {
            "name": person.name, "roles": [f"{role} at {site}" for role, site in person.roles] or ["customer"],
            "email": person.email, "password": PASSWORD, "totp_secret": secrets.get(users[person.email].pk, ""),
        }
        for person in PEOPLE if person.email in users
    ]  # fmt: skip
