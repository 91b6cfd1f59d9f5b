"""Who may decide, look and write: asked of the database each time, never of a cached flag."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from catalog.models.site import Site
from pharmacy.accounts.models import Role, User
from pharmacy.accounts.queries import registration_of
from pharmacy.clock import db_now
from pharmacy.refusals import NotAllowed
from prescriptions.models.patient import Patient
from prescriptions.models.prescription import Prescriber
from prescriptions.models.supply import SupplyRequest


class NotYourRegistration(NotAllowed):
    """No registration that is valid today in the site's country."""

    code = "not-registered"
    title = "Your registration is not valid here today"


class OwnMatter(NotAllowed):
    """Nobody decides for themselves (domain rule 2)."""

    code = "own-matter"
    title = "You may not decide about your own order, patient or prescription"


@dataclass(frozen=True, slots=True)
class Signature:
    """A pharmacist who may sign for a site today."""

    user: User
    number: str
    on: date


def today_at(site: Site) -> date:
    """The day it is at the site, by the database's clock."""
    return db_now().astimezone(ZoneInfo(site.time_zone)).date()


def works_at(site: Site, *roles: str, by: Any) -> bool:
    """Does this person hold one of the roles at the site now?"""
    return (
        isinstance(by, User)
        and Role.objects.filter(
            user=by, user__is_active=True, role__in=roles, site_code__in=[site.code, "*"], ended_at=None
        ).exists()
    )


def colleagues(site: Site, *, besides: User) -> list[User]:
    """The other pharmacists of a site, by name (1 statement)."""
    held = Role.objects.filter(role="pharmacist", site_code__in=[site.code, "*"], ended_at=None)
    people = User.objects.filter(is_active=True, pk__in=held.values("user")).exclude(pk=besides.pk)
    return list(people.order_by("name", "email")[:50])


def is_superintendent(by: Any) -> bool:
    """Does this person hold the role at any site now?"""
    return (
        isinstance(by, User)
        and Role.objects.filter(user=by, user__is_active=True, role="superintendent", ended_at=None).exists()
    )


def pharmacist_of(site: Site, *, by: Any) -> User:
    """The pharmacist, who holds the role at the site. Raises NotAllowed for everybody else."""
    if not works_at(site, "pharmacist", by=by):
        raise NotAllowed("Only a pharmacist of this site may do this.")
    assert isinstance(by, User)  # works_at says so
    return by


def signature_of(site: Site, *, by: Any) -> Signature:
    """The signature of a pharmacist registered in the site's country today. Raises NotAllowed."""
    user = pharmacist_of(site, by=by)
    today = today_at(site)
    registration = registration_of(user, site.country, today)
    if registration is None:
        raise NotYourRegistration
    return Signature(user, registration.number, today)


def refuse_own_matter(request: SupplyRequest, signature: Signature) -> None:
    """Raises OwnMatter when the signer is the customer, acts for the patient, or prescribed it."""
    user = signature.user
    if user.pk == request.customer_id or (
        request.patient_id
        and Patient.objects.filter(
            Q(owner=user) | Q(carers__user=user, carers__state="granted"), pk=request.patient_id
        ).exists()
    ):
        raise OwnMatter
    if request.prescription_item_id is None:
        return
    prescriber = Prescriber.objects.filter(pk=_prescriber_of(request)).only("user_id", "number").get()
    if prescriber.user_id == user.pk or (prescriber.number and prescriber.number == signature.number):
        raise OwnMatter


def _prescriber_of(request: SupplyRequest) -> Any:
    assert request.prescription_item is not None  # asked for just before
    return request.prescription_item.prescription.prescriber_id


def works_at_any(*roles: str, by: Any) -> bool:
    """Does this person hold one of the roles at some site now? For what belongs to no site yet."""
    return (
        isinstance(by, User)
        and Role.objects.filter(user=by, user__is_active=True, role__in=roles, ended_at=None).exists()
    )
