"""How long records are kept (rule data), what is over its time, and what a hold keeps longer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from catalog.models.rule import CountryRule
from catalog.rules.validity import add_months
from pharmacy.accounts.models import User
from prescriptions.models.document import Document
from prescriptions.models.hold import LegalHold
from prescriptions.models.patient import Patient
from prescriptions.models.question import Thread
from prescriptions.models.supply import SupplyRequest

KINDS = ("question", "document", "patient")
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Term:
    """An approved rule: records of this kind in this country are kept for so many months."""

    record: str
    country: str
    months: int
    code: str
    source: str

    def before(self, today: date) -> date:
        """Records whose time began before this day are over: calendar months, as the page that promises the day."""
        return add_months(today, -self.months)

    def last_day(self, since: date) -> date:
        """The last day that something whose time began on `since` is kept."""
        return add_months(since, self.months)


@dataclass(frozen=True, slots=True)
class Due:
    """One line of the dry run: what a rule would erase now, and what a hold keeps."""

    term: Term
    ids: list[UUID]
    held: int


def terms(today: date) -> list[Term]:
    """Every approved retention rule in force. What no rule speaks of is kept: nobody decided that it may go."""
    rows = CountryRule.objects.on(today).filter(kind=CountryRule.Kind.RETENTION).order_by("country", "code")
    found = [
        Term(str(one.value["record"]), one.country, int(one.value["months"]), one.code, one.source_key)
        for one in rows
        if one.value.get("record") in KINDS and isinstance(one.value.get("months"), int)
    ]
    # Where two rules speak of the same, the longer one counts.
    longest = {(one.record, one.country): one for one in sorted(found, key=lambda one: one.months)}
    return list(longest.values())


def held(column: str) -> Exists:
    """Is the customer in this column under a hold?"""
    return Exists(LegalHold.objects.filter(customer=OuterRef(column), lifted_at=None))


def is_held(user: Any) -> bool:
    """Is this customer's record under a hold now?"""
    return LegalHold.objects.filter(customer=user, lifted_at=None).exists()


def due(today: date) -> list[Due]:
    """What every rule would erase today (2 statements a rule)."""
    found = []
    for term in terms(today):
        rows, owner = _over(term, today)
        free = rows.exclude(held(owner)).order_by("pk")
        found.append(Due(term, list(free.values_list("pk", flat=True)[:AT_ONCE]), rows.filter(held(owner)).count()))
    return found


def _over(term: Term, today: date) -> tuple[QuerySet[Any], str]:
    before = term.before(today)
    if term.record == "question":
        threads = Thread.objects.filter(
            site__country=term.country, erased_at=None, state="closed", closed_at__date__lt=before
        )
        return threads, "customer"
    if term.record == "document":
        live = SupplyRequest.objects.filter(order_reference=OuterRef("order_reference"))
        younger = live.filter(Q(created_at__date__gte=before) | Q(status="waiting"))
        of_country = live.filter(site__country=term.country)
        rows = Document.objects.filter(
            Exists(of_country), ~Exists(younger), removed_at=None, created_at__date__lt=before
        )
        return rows, "owner"
    return _patients(term, before), "owner"


def _patients(term: Term, before: date) -> QuerySet[Any]:
    """Of closed accounts alone: who still has an account keeps their own facts."""
    closed = Patient.objects.filter(erased_at=None, owner__is_active=False)
    dated = closed.annotate(
        supplied=Max("supply_requests__created_at", filter=Q(supply_requests__site__country=term.country)),
        elsewhere=Max("supply_requests__created_at", filter=~Q(supply_requests__site__country=term.country)),
    )
    return dated.filter(supplied__date__lt=before).filter(Q(elsewhere=None) | Q(elsewhere__lt=F("supplied")))


def stands_on_supply(user: User) -> QuerySet[Patient]:
    """Patients of a customer on whom a supply, a prescription or a consultation stands."""
    mine = Patient.objects.filter(owner=user, erased_at=None)
    return mine.filter(
        Q(supply_requests__isnull=False) | Q(prescriptions__isnull=False) | Q(consultations__isnull=False)
    ).distinct()


def countries_of(user: User) -> set[str]:
    """The countries whose sites a customer dealt with: orders, and questions (a consultation is one)."""
    asked = SupplyRequest.objects.filter(customer=user).values_list("site__country", flat=True)
    threads = Thread.objects.filter(customer=user).values_list("site__country", flat=True)
    return set(asked.union(threads))


def newest_supply(user: User) -> datetime | None:
    """When something was last asked for by a customer."""
    found: datetime | None = SupplyRequest.objects.filter(customer=user).aggregate(at=Max("created_at"))["at"]
    return found


def holds(*, live: bool = True) -> Iterable[LegalHold]:
    """Holds in force, newest first."""
    rows = LegalHold.objects.select_related("customer", "placed_by")
    return rows.filter(lifted_at=None).order_by("-placed_at") if live else rows.order_by("-placed_at")
