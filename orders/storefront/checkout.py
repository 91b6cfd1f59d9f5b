"""The checkout: one step a page, each keeps what it was told in the basket, so that going back loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from orders.actions.basket import keep_answers
from orders.actions.checkout import ConsentMissing, Details, PriceChanged, place_order
from orders.models.basket import Basket
from orders.queries.basket import BasketView, lines_of, view_of
from orders.queries.lanes import LaneOffer
from orders.rules.pricing import Quote
from orders.storefront.addresses import AddressForm
from orders.storefront.forms import LISTS, ContactForm, PatientForm
from orders.storefront.papers import all_papers, good_papers, said_of_papers
from orders.storefront.paying import leads_to_payment, to_payment
from orders.storefront.visiting import basket_of, by_whom, order_just_placed, person, remember_placed
from orders.storefront.words import LANE_REFUSED, why_blocked
from pharmacy.accounts.actions import give_consent
from pharmacy.accounts.queries import CONSENT_VERSION, has_consent
from pharmacy.clock import db_now
from pharmacy.money import Money
from prescriptions.actions.patient import PatientFacts, save_patient
from prescriptions.queries.owner import patients_of

STEPS = {
    "contact": lazy("Contact"),
    "patient": lazy("Patient"),
    "prescription": lazy("Prescription"),
    "delivery": lazy("Delivery"),
    "review": lazy("Review"),
}


@dataclass(frozen=True, slots=True)
class Going:
    """A visitor on the way through the checkout."""

    basket: Basket
    view: BasketView
    draft: dict[str, Any]
    steps: list[str]

    @property
    def lane(self) -> LaneOffer | None:
        """The way of delivery chosen, if it can still be chosen."""
        open_ones = [lane for lane in self.view.lanes if not lane.refused]
        return next((lane for lane in open_ones if lane.lane.pk == self.draft.get("lane")), None)

    @property
    def quote(self) -> Quote | None:
        """The price with the chosen way of delivery."""
        return self.view.quoted(self.lane) if self.lane and self.view.is_ready else None


type Step = Callable[[HttpRequest, Going], HttpResponse]


def step(name: str) -> Callable[[Step], Callable[[HttpRequest], HttpResponse]]:
    """A page of the checkout: sends visitors without a basket away, and those who left out a step back to it."""

    def wrap(page: Step) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(page)
        @require_http_methods(["GET", "HEAD", "POST"])
        def view(request: HttpRequest) -> HttpResponse:
            basket = basket_of(request)
            placed = order_just_placed(request) if basket is None and request.method == "POST" else None
            if placed is not None:
                return to_payment(placed)  # the same form again: the same order again
            going = _going(basket, request=request, name=name) if basket else None
            if going is None or not going.view.rows:
                return redirect("basket")
            if any(row.blocked and row.blocked != "region-not-licensed" for row in going.view.rows):
                return redirect("basket")
            missing = _first_missing(request, going)
            if name not in going.steps or going.steps.index(missing) < going.steps.index(name):
                return redirect(f"checkout-{missing}")
            return page(request, going)

        return view

    return wrap


_EARLY = ("contact", "patient", "prescription")


def _going(basket: Basket, *, request: HttpRequest, name: str) -> Going:
    """What the step needs and no more: early answers ask no price, early pages no lanes, placing only the verb."""
    draft = basket.draft
    address = draft.get("address", {})
    region = str(address.get("region", "")) if address.get("country") == basket.country else ""
    answering = request.method == "POST"
    if answering and (
        name in _EARLY or (name == "review" and draft.get("lane") and address.get("country") == basket.country)
    ):
        view = lines_of(basket)
    elif name in _EARLY:
        view = view_of(basket, region=region)
    else:
        region = request.POST.get("region", "") if answering else region
        view = view_of(basket, region=region, now=basket.seen_at or db_now())
    left_out = set() if view.needs_prescription else {"patient", "prescription"}
    return Going(basket, view, draft, [one for one in STEPS if one not in left_out])


def _first_missing(request: HttpRequest, going: Going) -> str:
    draft, user = going.draft, person(request)
    consent = not going.view.has_medicine or draft.get("consent") == CONSENT_VERSION
    if not draft.get("email") or not consent or (going.view.needs_prescription and user is None):
        return "contact"
    if going.view.needs_prescription and not draft.get("patient"):
        return "patient"
    if going.view.needs_prescription and not said_of_papers(request, draft):
        return "prescription"
    address = draft.get("address", {})
    if address.get("country") != going.basket.country or not draft.get("lane"):
        return "delivery"
    # Without prices (early steps, "Place order") the lane is looked at by the page or the verb that needs it.
    priced = going.view.site is not None
    return "delivery" if priced and going.view.lanes and (going.lane is None or not going.view.is_ready) else "review"


def _show(request: HttpRequest, going: Going, name: str, *, status: int = 200, **more: Any) -> HttpResponse:
    if going.view.site is None and going.view.rows and going.view.rows[0].offer is None:
        going = replace(going, view=view_of(going.basket))  # an answer that is shown again
    done = going.steps.index(name)
    steps = [
        {
            "label": STEPS[one],
            "url": reverse(f"checkout-{one}"),
            "state": "done" if at < done else "now" if at == done else "",
        }
        for at, one in enumerate(going.steps)
    ]
    back = reverse(f"checkout-{going.steps[done - 1]}") if done else reverse("basket")
    facts = {"going": going, "steps": steps, "back": back, "step_name": name, "quote": going.quote, **more}
    return render(request, f"orders/storefront/checkout_{name}.html", facts, status=status)


def start(request: HttpRequest) -> HttpResponse:
    """Go to the first step that is not done."""
    basket = basket_of(request)
    going = _going(basket, request=request, name="delivery") if basket else None
    return redirect(f"checkout-{_first_missing(request, going)}" if going and going.view.rows else "basket")


def _next(going: Going, name: str) -> HttpResponse:
    return redirect(f"checkout-{going.steps[going.steps.index(name) + 1]}")


@step("contact")
def contact(request: HttpRequest, going: Going) -> HttpResponse:
    """Who you are, and the consent where a medicine is ordered."""
    user = person(request)
    asks = going.view.has_medicine and not has_consent(user)
    first = {
        "email": going.draft.get("email") or (user.email if user else ""),
        "consent": bool(going.draft.get("consent")),
    }
    form = ContactForm(request.POST or None, initial=first, asks_consent=asks)
    if request.method == "POST" and form.is_valid() and not (going.view.needs_prescription and user is None):
        if user is not None and asks:
            give_consent(user, version=CONSENT_VERSION, by=user)
        given = CONSENT_VERSION if going.view.has_medicine else ""
        keep_answers(going.basket, answers={"email": form.cleaned_data["email"], "consent": given}, by=by_whom(request))
        return _next(going, "contact")
    must_sign_in = going.view.needs_prescription and user is None
    return _show(request, going, "contact", form=form, must_sign_in=must_sign_in, status=422 if form.errors else 200)


@step("patient")
def patient(request: HttpRequest, going: Going) -> HttpResponse:
    """Who the medicine is for."""
    user = person(request)
    known = {str(one.pk): one for one in patients_of(user)}
    choices = [(pk, f"{one.name}, {one.born_on}") for pk, one in known.items()]
    form = PatientForm(request.POST or None, initial={"patient": going.draft.get("patient")}, known=choices)
    if request.method == "POST" and user is not None and form.is_valid():
        chosen = form.cleaned_data.get("patient", "new")
        if form.is_new:
            chosen = str(save_patient(None, owner=user, facts=_facts(form), by=user).pk)
        keep_answers(going.basket, answers={"patient": chosen}, by=user)
        return _next(going, "patient")
    nothing = [form[f"{name}_none"] for name in LISTS]
    return _show(request, going, "patient", form=form, known=known, nothing=nothing, status=422 if form.errors else 200)


def _facts(form: PatientForm) -> PatientFacts:
    given = form.cleaned_data
    told = {name: given[name] for name in ("name", "born_on", "sex", "allergies", "conditions", "medicines")}
    return PatientFacts(weight_kg=str(given["weight_kg"] or ""), **told)


@step("prescription")
def prescription(request: HttpRequest, going: Going) -> HttpResponse:
    """The papers: uploaded here, or sent by the prescriber."""
    papers, good = all_papers(request), good_papers(request)
    wrong = ""
    if request.method == "POST":
        later = request.POST.get("papers") == "later"
        if good or later:
            keep_answers(going.basket, answers={"papers": "sent" if good else "later"}, by=by_whom(request))
            return _next(going, "prescription")
        wrong = _("Add your prescription, or say that your prescriber will send it.")
    status = 422 if wrong else 200
    return _show(request, going, "prescription", papers=papers, good=good, wrong=wrong, status=status)


@step("delivery")
def delivery(request: HttpRequest, going: Going) -> HttpResponse:
    """Where to and how."""
    known = going.draft.get("address", {})
    same = known.get("country") == going.basket.country
    first = {**known, "street": ", ".join(known.get("lines", []))} if same else {}
    form = AddressForm(request.POST or None, initial=first, country=going.basket.country)
    lane, lane_wrong = str(going.draft.get("lane", "")), ""
    if request.method == "POST":
        lane = request.POST.get("lane", "")
        open_ones = {str(one.lane.pk) for one in going.view.lanes if not one.refused}
        lane_wrong = "" if lane in open_ones else _("Choose one")
        if form.is_valid() and not lane_wrong and _is_served(going, form):
            keep_answers(going.basket, answers={"address": form.address(), "lane": int(lane)}, by=by_whom(request))
            return _next(going, "delivery")
    wrong = request.method == "POST"
    facts = {"form": form, "lane": lane, "lane_wrong": lane_wrong, "lane_refused": LANE_REFUSED}
    return _show(request, going, "delivery", status=422 if wrong else 200, **facts)


def _is_served(going: Going, form: AddressForm) -> bool:
    """Is everything supplied to that state? Said beside the field when not. The view was read for the state given."""
    blocked = next((row.blocked for row in going.view.rows if row.blocked), "")
    if blocked:
        form.add_error("region" if "region" in form.fields else None, why_blocked(blocked))
    return not blocked


@leads_to_payment
@step("review")
def review(request: HttpRequest, going: Going) -> HttpResponse:
    """Look once more, then "Place order"."""
    if request.method == "POST":
        return _place(request, going)
    return _review(request, going)


def _review(request: HttpRequest, going: Going, *, status: int = 200, **more: Any) -> HttpResponse:
    draft = going.draft
    known = patients_of(person(request)).filter(pk=draft["patient"]).first() if draft.get("patient") else None
    papers = good_papers(request) if draft.get("papers") == "sent" else []
    return _show(request, going, "review", status=status, patient=known, papers=papers, **more)


def _place(request: HttpRequest, going: Going) -> HttpResponse:
    text = request.POST.get("expected_total", "")
    expected = Money(int(text) if text.isdecimal() and len(text) < 13 else -1, going.basket.currency)
    details = _details(request, going)
    try:
        order = place_order(
            going.basket, details=details, expected_total=expected, customer=person(request), by=by_whom(request)
        )
    except ConsentMissing:
        keep_answers(going.basket, answers={"consent": ""}, by=by_whom(request))
        return redirect("checkout-contact")  # taken back since: asked again
    except PriceChanged as change:
        region = str(going.draft["address"].get("region", ""))
        going = replace(going, view=view_of(going.basket, region=region, now=db_now()))
        return _review(request, going, status=change.status, changed=change, seen=max(expected.minor, 0))
    response = to_payment(order)
    remember_placed(request, response, going.basket)
    return response


def _details(request: HttpRequest, going: Going) -> Details:
    draft, user = going.draft, person(request)
    papers: list[UUID] = []
    if draft.get("papers") == "sent" and user is not None:
        papers = [one.pk for one in good_papers(request)]
    return Details(
        email=draft["email"],
        ship_to=draft["address"],
        lane_id=draft["lane"],
        consent_version=draft.get("consent", ""),
        patient_id=UUID(draft["patient"]) if draft.get("patient") and going.view.needs_prescription else None,
        documents=papers,
        language=get_language() or "en",
    )
