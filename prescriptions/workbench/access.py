"""Whose pages these are: pharmacists and the superintendent, each at their own sites (decision 16)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from catalog.models.site import Site
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_role, sites_of
from pharmacy.clock import db_now
from pharmacy.refusals import NotFound
from prescriptions.actions.patient import note_look
from prescriptions.models.review import OPEN_CASE, Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.case import looked_since

REVIEW: Final = ("pharmacist", "superintendent")
SAME_LOOK_SECONDS: Final = 60
ONE_SITTING: Final = timedelta(hours=1)
_AT = "review-at"


def who(request: HttpRequest) -> User:
    """The member of staff. The admin site lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def sites_for(user: User) -> list[Site]:
    """The sites whose queue this person may see, the one with most open cases first (1 statement)."""
    codes = sites_of(user, *REVIEW)
    sites = Site.objects.all() if "*" in codes else Site.objects.filter(code__in=codes)
    open_here = Case.objects.filter(site=OuterRef("pk"), status__in=OPEN_CASE).order_by().values("site")
    counted = open_here.annotate(n=Count("pk")).values("n")
    return list(sites.annotate(open_cases=Coalesce(Subquery(counted), 0)).order_by("-open_cases", "code"))


def may_decide(user: User, site: Site) -> bool:
    """Whether this person is a pharmacist of the site, by the roles read for this request."""
    return has_role(user, "pharmacist", site.code)


def case_for(request: HttpRequest, number: str) -> Case:
    """The case, for staff of its site. Raises NotFound alike for one of another site and one that never was."""
    case = Case.objects.select_related("site", "claimed_by").filter(number=number).first()
    if case is None or not any(has_role(request.user, role, case.site.code) for role in REVIEW):
        raise NotFound
    return case


def line_of(case: Case, line: UUID) -> SupplyRequest:
    """A line of this very case. Raises NotFound for a line of another one."""
    joined = ("prescription_item__prescription", "patient", "pack__product", "site")
    found = SupplyRequest.objects.select_related(*joined).filter(pk=line, case=case).first()
    if found is None:
        raise NotFound
    return found


def look(request: HttpRequest, case: Case) -> None:
    """Record that the case was opened, before it is shown. Coming back from one's own verb is the same look."""
    at = request.session.get(_AT)
    if isinstance(at, list) and at[0] == str(case.pk) and 0 <= time.time() - at[1] < SAME_LOOK_SECONDS:
        return
    note_look(case, by=who(request))


def stay(request: HttpRequest, case: Case) -> None:
    """Somebody who has the case open does something with it: its next page is the same look."""
    if looked_since(case, db_now() - ONE_SITTING, user=who(request)):
        request.session[_AT] = [str(case.pk), int(time.time())]
