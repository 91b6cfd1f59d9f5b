"""The named cast. alice buys; bob is a stranger; petra and paul are pharmacists, dan dispenses, sue is support,
olga is the superintendent, otto the operator; acme is a partner."""

from __future__ import annotations

import datetime as dt
import functools

import pytest
from django.contrib.auth.hashers import make_password

from pharmacy.accounts.actions import give_consent, grant_role, issue_key
from pharmacy.accounts.models import Registration, User
from pharmacy.accounts.queries import CONSENT_VERSION

PASSWORD = "correct horse battery"
US_SITE = "us-newark"


@functools.cache
def _password() -> str:
    """Everybody's password as it is kept. Made once a run: it is meant to be slow, and nearly every test has people."""
    return make_password(PASSWORD)


def a_user(name: str) -> User:
    """A user called `name`, with a verified address and everybody's password."""
    from allauth.account.models import EmailAddress

    email = f"{name}@example.com"
    if user := User.objects.filter(email=email).first():
        return user
    user = User.objects.create(email=email, name=name.title(), password=_password())
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def staff(name: str, role: str, site: str = US_SITE) -> User:
    """A member of staff with one role at a site."""
    user = a_user(name)
    grant_role(user, role=role, site_code=site, by="job:tests")
    return user


def a_pharmacist(name: str, *, site: str = US_SITE, country: str = "US", valid_until: dt.date | None = None) -> User:
    """A pharmacist whose registration is valid until the day given (ten years from now without one)."""
    user = staff(name, "pharmacist", site)
    Registration.objects.get_or_create(
        user=user, register="Demo Board of Pharmacy", number=f"DEMO-RPH-{name.upper()}", country=country,
        defaults={
            "valid_from": dt.date(2020, 1, 1),
            "valid_until": valid_until or dt.date.today() + dt.timedelta(3650),
        },
    )  # fmt: skip
    return user


@pytest.fixture
def alice(transactional_db_or_db: None) -> User:
    """A customer who agreed to our keeping of health data."""
    user = a_user("alice")
    give_consent(user, version=CONSENT_VERSION, by=user)
    return user


@pytest.fixture
def bob(transactional_db_or_db: None) -> User:
    """A customer who is a stranger to alice's things and gave no consent."""
    return a_user("bob")


@pytest.fixture
def petra(transactional_db_or_db: None) -> User:
    """A pharmacist at the US site."""
    return a_pharmacist("petra")


@pytest.fixture
def paul(transactional_db_or_db: None) -> User:
    """Another pharmacist at the US site."""
    return a_pharmacist("paul")


@pytest.fixture
def dan(transactional_db_or_db: None) -> User:
    """A dispenser at the US site."""
    return staff("dan", "dispenser")


@pytest.fixture
def sue(transactional_db_or_db: None) -> User:
    """Support at the US site: sees orders, nothing clinical."""
    return staff("sue", "support")


@pytest.fixture
def olga(transactional_db_or_db: None) -> User:
    """The superintendent of the US site."""
    return staff("olga", "superintendent")


@pytest.fixture
def otto(transactional_db_or_db: None) -> User:
    """The operator."""
    return staff("otto", "operator", "*")


@pytest.fixture
def acme(transactional_db_or_db: None) -> str:
    """A partner's test key with every scope."""
    _, text = issue_key("Acme Clinics", scopes=[], live=False, by="job:tests")
    return text


@pytest.fixture
def transactional_db_or_db(request: pytest.FixtureRequest) -> None:
    """Real commits: verbs own durable transactions, which refuse to run inside a test's wrapper."""
    request.getfixturevalue("transactional_db")
