"""Guides for readers: the list by need and substance, and a guide with its sources, dates and emergency box."""

from __future__ import annotations

import json
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from catalog.queries.guide_prices import prices_of
from catalog.queries.guide_reading import cited, shown
from catalog.queries.guides import GuidePage, all_guides, guide_page, numbered_sources, words_of
from catalog.rules.guide_shape import Source
from catalog.rules.guide_sources import address_of
from catalog.rules.shelves import BY_SLUG
from catalog.storefront.place import here
from pharmacy.web.visitor import currency_of

CRUMB: Final = gettext_lazy("Guides")


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """`/guides/`"""
    found = all_guides()
    needs = sorted({each.need for each in found}, key=lambda slug: list(BY_SLUG).index(slug) if slug in BY_SLUG else 99)
    context = {
        "guides": found,
        "is_demo": any(each.is_demo for each in found),
        "needs": [
            {"name": _(BY_SLUG[need].name) if need in BY_SLUG else need, "slug": need, "on_shelf": need in BY_SLUG,
             "guides": [each for each in found if each.need == need]}
            for need in needs
        ],
        "substances": sorted({(name, each.slug, each.title) for each in found for name in each.substances}),
        "crumbs": [{"label": _("Home"), "url": "/"}, {"label": str(CRUMB), "url": ""}],
    }  # fmt: skip
    return render(request, "catalog/storefront/guides.html", context)


@require_safe
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    """`/guides/<slug>/`; 410 for one that was withdrawn."""
    page = guide_page(slug)
    if page is None:
        raise Http404
    place = here(request)
    crumbs = [("/", _("Home")), ("/guides/", str(CRUMB)), ("", page.title)]
    if page.withdrawn:
        context = {"page": page, "place": place, "crumbs": [{"url": url, "label": label} for url, label in crumbs]}
        return render(request, "catalog/storefront/guide_withdrawn.html", context, status=410)
    words = words_of(page.version_id)
    sources = numbered_sources(page.version_id)
    ids = sorted(each.id for each in page.substances)
    context = {
        "page": page,
        "place": place,
        "crumbs": [{"url": url, "label": label} for url, label in crumbs],
        "sections": shown(words, sources),
        "sources": [cited(number, source) for number, source in sources],
        "prices": prices_of(ids, market=place.country, currency=currency_of(request)),
        "need": BY_SLUG.get(page.need),
        "structured": structured(page, sources),
        "private_page": page.is_demo,
    }
    return render(request, "catalog/storefront/guide.html", context)


def structured(page: GuidePage, sources: list[tuple[int, Source]]) -> SafeString:
    """schema.org MedicalWebPage as a data block: no script runs, so the content security policy allows it."""
    facts = {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": page.title,
        "description": page.summary,
        "inLanguage": page.language,
        "url": f"{settings.PUBLIC_URL}/guides/{page.slug}/",
        "datePublished": page.published_at.date().isoformat(),
        "lastReviewed": page.reviewed_on.isoformat(),
        "reviewedBy": {"@type": "Person", "name": page.reviewer},
        "author": {"@type": "Person", "name": page.author},
        "about": [{"@type": "Drug", "name": each.name} for each in page.substances],
        "audience": {"@type": "PeopleAudience", "audienceType": "Patient"},
        "citation": [address_of(source) or source.title for _number, source in sources],
    }
    safe = str(json_script(facts))
    body = safe[safe.index(">") + 1 : safe.rindex("</script>")]
    assert json.loads(body)
    return mark_safe(f'<script type="application/ld+json">{body}</script>')  # noqa: S308  # escaped by json_script
