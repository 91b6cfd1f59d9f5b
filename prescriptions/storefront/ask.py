""" "Ask a pharmacist": one's conversations, a new question, and what was answered."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models.product import Product
from catalog.models.site import Site
from catalog.queries.law import emergency_numbers, site_for
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.refusals import NotFound, NotPossible, Refused
from pharmacy.web.visitor import country_of
from prescriptions.actions import question as verbs
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.questions import talk_of, thread_of, threads_of
from prescriptions.storefront.files import keep_files, take_back, takes_files

STATES: Final = {
    "waiting": ("note", lazy("Waits for a pharmacist")),
    "claimed": ("note", lazy("A pharmacist reads it")),
    "answered": ("ok", lazy("Answered")),
    "closed": ("unknown", lazy("Closed")),
}
ENDINGS: Final = {
    "advice": lazy("Ended with advice"),
    "signpost": lazy("Sent on to other help"),
    "supply": lazy("A medicine may be supplied"),
    "withdrawn": lazy("You closed it"),
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What one can ask, by when it is answered, and one's conversations. Open to guests, who are asked to sign in."""
    user = request.user if isinstance(request.user, User) else None
    rows = [(one, *STATES[one.state]) for one in threads_of(user)[:50]] if user else []
    facts = {
        "threads": rows,
        "site": site_for(country_of(request)),
        "numbers": emergency_numbers(country_of(request)),
        "sign_in": f"{reverse('account_login')}?{urlencode({'next': reverse('ask-new')})}",
    }
    return render(request, "prescriptions/storefront/ask.html", facts)


@login_required
@takes_files
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new question: in general, about a product (`product`) or about one's own order (`order`)."""
    user = _user(request)
    if not has_consent(user):
        return redirect(f"{reverse('account-consent')}?{urlencode({'next': request.get_full_path()})}")
    about = _about(request, user)
    text = request.POST.get("text", "")
    if request.method == "POST" and about is not None:
        kept, wrong = keep_files(request, user)
        try:
            thread = verbs.ask(customer=user, text=text, about=about, documents=kept, by=user)
        except (NotPossible, verbs.TooManyQuestions) as refusal:
            take_back(kept, user)  # chosen again with the words; loose, it would go with the next order
            return _new_page(request, about, text=text, wrong=[refusal.detail, *wrong], status=422)
        for sentence in wrong:
            messages.warning(request, sentence)
        messages.success(request, _("Your question is with our pharmacists."))
        return redirect("ask-thread", reference=thread.reference)
    return _new_page(request, about, text=text, wrong=[], status=200)


def _new_page(
    request: HttpRequest, about: verbs.About | None, *, text: str, wrong: list[str], status: int
) -> HttpResponse:
    facts = {"about": about, "text": text, "wrong": wrong, "numbers": emergency_numbers(country_of(request))}
    return render(request, "prescriptions/storefront/ask_new.html", facts, status=status)


def _about(request: HttpRequest, user: User) -> verbs.About | None:
    """What it is about and who answers; None where no site serves the country. NotFound for a stranger's order."""
    order = (request.POST.get("order") or request.GET.get("order", ""))[:40]
    if order:
        mine = SupplyRequest.objects.filter(order_reference=order, customer=user).select_related("site").first()
        if mine is None:
            raise NotFound
        return verbs.About(mine.site, "order", order_reference=order)
    site = site_for(country_of(request))
    if site is None:
        return None
    product = _product(request.POST.get("product") or request.GET.get("product", ""))
    return verbs.About(site, "product" if product else "general", product)


def _product(text: str) -> Product | None:
    try:
        return Product.objects.filter(public_id=UUID(text)).first() if text else None
    except ValueError as problem:
        raise NotFound from problem


@login_required
@require_safe
def thread(request: HttpRequest, reference: str) -> HttpResponse:
    """One conversation. Opening it is the read receipt of what the pharmacist wrote."""
    user = _user(request)
    found = thread_of(reference, user)
    verbs.note_read(found, by=user)
    return _thread_page(request, found, site=found.site)


def _thread_page(request: HttpRequest, found: Any, *, site: Site, text: str = "", wrong: Any = ()) -> HttpResponse:
    talk = talk_of(found)
    weight, state = STATES[found.state]
    facts = {
        "thread": found,
        "talk": talk,
        "weight": weight,
        "state": state,
        "ending": ENDINGS.get(found.ending, ""),
        "stops": sorted({flag.stop for flag in talk.flags}),
        "numbers": emergency_numbers(country_of(request)) if talk.flags else None,
        "text": text,
        "wrong": list(wrong),
    }
    timezone.activate(site.time_zone)
    return render(request, "prescriptions/storefront/ask_thread.html", facts, status=422 if wrong else 200)


@login_required
@takes_files
@require_POST
def write(request: HttpRequest, reference: str) -> HttpResponse:
    """Write again, with files; what can't be taken is said and the words are kept."""
    user = _user(request)
    found = thread_of(reference, user)
    kept, wrong = keep_files(request, user)
    text = request.POST.get("text", "")
    if kept and not text.strip():
        text = _("I have sent a file.")
    try:
        verbs.write_more(found, text=text, documents=kept, by=user)
    except Refused as refusal:
        take_back(kept, user)
        found.refresh_from_db()
        return _thread_page(request, found, site=found.site, text=text, wrong=[refusal.detail, *wrong])
    for sentence in wrong:
        messages.warning(request, sentence)
    messages.success(request, _("Sent."))
    return HttpResponseRedirect(f"{reverse('ask-thread', args=[reference])}#write")


@login_required
@require_POST
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """The customer needs no answer any more."""
    found = thread_of(reference, request.user)
    verbs.withdraw_question(found, by=_user(request))
    messages.success(request, _("Closed. You can still read it here."))
    return redirect("ask-thread", reference=reference)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
