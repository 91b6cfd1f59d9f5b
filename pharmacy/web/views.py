"""Pages of the house itself: delivery country and language, who we are, privacy, accessibility, problem types."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from pharmacy.accounts.models import User
from pharmacy.web import visitor, words
from pharmacy.web.addresses import without_language
from pharmacy.web.problem_types import PROBLEM_TYPES


class PlaceForm(forms.Form):
    """Delivery country and language, one of them or both."""

    country = forms.ChoiceField(label=_("Delivery country"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted(((code, words.country_name(code)) for code in visitor.COUNTRIES), key=lambda pair: pair[1])
        self.fields["country"].choices = named  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["class"] = "select"


@require_http_methods(["GET", "HEAD", "POST"])
def country(request: HttpRequest) -> HttpResponse:
    """Choose the delivery country and the language; afterwards back to where one was."""
    back = visitor.way_back(request)
    if request.method == "POST":
        form = PlaceForm(request.POST)
        if form.is_valid():
            return _remember(request, form.cleaned_data, back)
        status = 422
    else:
        form = PlaceForm(initial={"country": visitor.country_of(request), "language": request.LANGUAGE_CODE})
        status = 200
    return render(request, "web/country.html", {"form": form, "back": back}, status=status)


def _remember(request: HttpRequest, chosen: dict[str, str], back: str) -> HttpResponse:
    response = HttpResponseRedirect(without_language(back) if chosen.get("language") else back)
    if chosen.get("country"):
        visitor.remember_country(response, chosen["country"])
    if language := chosen.get("language"):
        visitor.remember_language(response, language)
        if isinstance(request.user, User):
            # Letters are written in the language of the account.
            User.objects.filter(pk=request.user.pk).update(language=language)
    return response


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Who we are, what the demonstration is, how to check a registration."""
    return render(request, "web/about.html", {"source_url": settings.SOURCE_URL})


@require_safe
def delivery(request: HttpRequest) -> HttpResponse:
    """When money is taken, how parcels travel, what can come back."""
    return render(request, "web/delivery.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, why, for how long, who sees it."""
    return render(request, "web/privacy.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What works, what does not yet, whom to tell."""
    return render(request, "web/accessibility.html")


@require_safe
def problem_type(request: HttpRequest, code: str) -> HttpResponse:
    """The page that the `type` of problem details leads to."""
    known = PROBLEM_TYPES.get(code)
    if known is None and code not in _refusal_codes():
        raise Http404
    meaning, advice = known or (_("The answer is no; `detail` says why."), _("Read `detail`, then decide."))
    return render(request, "web/problem_type.html", {"code": code, "meaning": meaning, "advice": advice})


@require_safe
def problem_types(request: HttpRequest) -> HttpResponse:
    """All stable codes of the API."""
    more = sorted(_refusal_codes() - set(PROBLEM_TYPES))
    return render(request, "web/problem_types.html", {"types": PROBLEM_TYPES, "more": more})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt: private pages are not for crawlers; a demonstration is for none."""
    private = ["/account/", "/admin/", "/api/", "/basket/", "/checkout/", "/dev/", "/o/", "/orders/", "/pay/"]
    # A demonstration on one's own machine is out of reach anyway; one on the web would compete with real pharmacies.
    hidden = settings.DEMO and urlsplit(settings.PUBLIC_URL).hostname not in ("localhost", "127.0.0.1")
    lines = ["Disallow: /"] if hidden else [*(f"Disallow: {path}" for path in private), ""]
    lines += [] if hidden else [f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml"]
    return HttpResponse("\n".join(["User-agent: *", *lines, ""]), content_type="text/plain; charset=utf-8")


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116: whom to tell about a weakness."""
    return render(
        request, "web/security.txt", {"public_url": settings.PUBLIC_URL}, content_type="text/plain; charset=utf-8"
    )


def _refusal_codes() -> set[str]:
    from rest_framework.exceptions import APIException

    from pharmacy.refusals import Refused

    found: set[str] = {Refused.code}
    waiting: list[Any] = [*Refused.__subclasses__(), *APIException.__subclasses__()]
    while waiting:
        kind = waiting.pop()
        found.add(kind.code if issubclass(kind, Refused) else getattr(kind, "problem_code", Refused.code))
        waiting += kind.__subclasses__()
    return found
