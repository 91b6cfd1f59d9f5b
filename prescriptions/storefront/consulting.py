""" "Start a consultation": a questionnaire about one medicine; a red flag stops it and names whom to call."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from catalog.models.product import Product
from catalog.queries.law import emergency_numbers, site_for
from catalog.queries.selling import sellable
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.refusals import NotFound, Refused
from pharmacy.web.visitor import country_of, currency_of
from prescriptions.actions.consultation import Asked, consult
from prescriptions.models.consultation import Questionnaire
from prescriptions.models.patient import Patient
from prescriptions.queries.acting import acts_for
from prescriptions.queries.authority import today_at
from prescriptions.queries.questions import questionnaire_for
from prescriptions.rules import questionnaire as rules

WRONG: Final = {
    "missing": lazy("Please answer this."),
    "unknown": lazy("Choose one of the answers."),
    "both": lazy("“None of these” goes with no other answer."),
    "range": lazy("Write a whole number that can be right."),
    "long": lazy("Please use up to 1,000 characters."),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, product: UUID) -> HttpResponse:
    """The questions, and on POST the answers. No pack and no quantity can be chosen here (R-303)."""
    user = request.user
    assert isinstance(user, User)
    found = Product.objects.filter(public_id=product, withdrawn_at=None).first()
    if found is None:
        raise NotFound
    if not has_consent(user):
        return redirect(f"{reverse('account-consent')}?{urlencode({'next': request.path})}")
    site = site_for(country_of(request))
    supply_class = _class_of(found, request)
    form = questionnaire_for(found, supply_class) if supply_class else None
    if site is None or form is None:
        facts = {"product": found, "numbers": emergency_numbers(country_of(request))}
        return render(request, "prescriptions/storefront/consult_none.html", facts)
    people = list(acts_for(user, on=today_at(site)))
    if not people:
        return redirect(f"{reverse('person-new')}?{urlencode({'next': request.path})}")
    if request.method == "POST":
        return _answered(request, user, Asked(found, supply_class, people[0], form, site), people)
    return _page(request, found, form, people, {}, {}, 200)


def _class_of(product: Product, request: HttpRequest) -> str:
    """The supply class there; "" for what no consultation can lead to (general sale, not supplied, controlled)."""
    ids = list(product.packs.values_list("pk", flat=True)[:30])
    offers = sellable(ids, country=country_of(request), currency=currency_of(request))
    classes = {offer.supply_class.value for offer in offers.values()}
    wanted = classes & {"pharmacy_only", "prescription_only"}
    return next(iter(sorted(wanted)), "")


def _answered(request: HttpRequest, user: User, asked: Asked, people: list[Patient]) -> HttpResponse:
    given = {one["id"]: request.POST.getlist(one["id"]) for one in asked.questionnaire.questions}
    chosen = next((one for one in people if str(one.pk) == request.POST.get("person")), None)
    wrong: dict[str, Any] = {} if chosen else {"person": _("Choose who it is for.")}
    answers: rules.Answers = {}
    try:
        answers = rules.read(asked.questionnaire.questions, given)
    except rules.Incomplete as problem:
        wrong |= {key: WRONG[code] for key, code in problem.wrong.items()}
    if wrong or chosen is None:
        return _page(request, asked.product, asked.questionnaire, people, given, wrong, 422)
    try:
        about = Asked(asked.product, asked.supply_class, chosen, asked.questionnaire, asked.site)
        kept = consult(customer=user, asked=about, answers=answers, by=user)
    except Refused as refusal:
        return _page(request, asked.product, asked.questionnaire, people, given, {"": refusal.detail}, 422)
    return redirect("ask-thread", reference=kept.thread.reference)


def _page(
    request: HttpRequest,
    product: Product,
    form: Questionnaire,
    people: list[Patient],
    given: dict[str, list[str]],
    wrong: dict[str, Any],
    status: int,
) -> HttpResponse:
    asked = [
        {
            **one,
            "given": given.get(one["id"], []),
            "first": (given.get(one["id"]) or [""])[0],
            "wrong": wrong.get(one["id"], ""),
        }
        for one in form.questions
    ]
    facts = {
        "product": product,
        "form": form,
        "asked": asked,
        "people": people,
        "person": request.POST.get("person", str(people[0].pk) if len(people) == 1 else ""),
        "wrong": wrong,
        "numbers": emergency_numbers(country_of(request)),
    }
    return render(request, "prescriptions/storefront/consult.html", facts, status=status)
