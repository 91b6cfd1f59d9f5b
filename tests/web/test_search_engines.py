"""What search engines are told: one address a page, every language, what may be offered where, nothing private."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from catalog.models.product import Product
from catalog.rules.supply import SupplyClass, may_be_offered
from pharmacy.web.addresses import without_language
from pharmacy.web.templatetags.look import json_ld
from tests.shop.catalog import a_pack, baclofen, ibuprofen, stocked
from tests.web.test_statement_budgets import PUBLIC, over

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def said(body: str) -> dict[str, Any]:
    """Things of the page's structured data by type (the first type of each)."""
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', body)
    assert found, "no structured data"
    graph = json.loads(found[1])["@graph"]
    return {(each["@type"] if isinstance(each["@type"], str) else each["@type"][0]): each for each in graph}


def test_a_page_has_one_address_and_the_others_say_so(client: Client) -> None:
    slug = ibuprofen().product.slug
    body = client.get(f"/products/{slug}/?pack=x&utm_source=y").content.decode()
    address = f"{settings.PUBLIC_URL}/products/{slug}/"
    assert f'<link rel="canonical" href="{address}">' in body
    assert f'hreflang="de" href="{address}?lang=de"' in body
    assert f'hreflang="x-default" href="{address}"' in body
    german = client.get(f"/products/{slug}/?lang=de")
    assert f'<link rel="canonical" href="{address}?lang=de">' in german.content.decode()
    assert '<html lang="de"' in german.content.decode()
    assert '<html lang="de"' in client.get("/").content.decode()  # remembered
    assert '<html lang="de"' in client.get("/?lang=xx").content.decode()  # not a language of ours
    assert without_language("/products/x/?lang=de&pack=1") == "/products/x/?pack=1"


def test_what_is_private_or_one_of_endless_views_is_not_indexed(client: Client) -> None:
    refresh = a_pack("Ibuprofen", refresh=True)
    for path in ("/search?q=ibuprofen", "/search?form=Tablet", f"/compare/?p={refresh.product.slug}", "/basket/"):
        body = client.get(path).content.decode()
        assert '<meta name="robots" content="noindex">' in body, path
        assert "canonical" not in body, path
    for path in ("/", "/search", "/search?initial=i", "/compare/", "/side-effects/"):
        assert "noindex" not in client.get(path).content.decode(), path
    assert client.get("/basket/").headers["X-Robots-Tag"] == "noindex"
    robots = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml" in robots or "Disallow: /\n" in robots


def test_prescription_items_are_offered_only_where_the_profile_says_so(client: Client) -> None:
    pack = baclofen(refresh=True)
    thing = said(client.get(f"/products/{pack.product.slug}/").content.decode())["Product"]
    assert thing["@type"] == ["Product", "Drug"]
    assert thing["offers"][0]["priceCurrency"] == "USD"
    assert thing["prescriptionStatus"] == "https://schema.org/PrescriptionOnly"

    dutch = a_pack("Baclofen", supply="prescription_only", country="NL", currency="EUR", strength="10 mg")
    free = a_pack("Ibuprofen", country="NL", currency="EUR", strength="200 mg")
    for each in (dutch, free):
        stocked(each, 1000, site="nl-utrecht", number=f"N{each.pk}")
    client.cookies["country"] = "NL"
    assert "offers" not in said(client.get(f"/products/{dutch.product.slug}/").content.decode())["Drug"]
    assert said(client.get(f"/products/{free.product.slug}/").content.decode())["Product"]["offers"]
    client.cookies["country"] = "GB"  # nobody has written down its law here
    assert "offers" not in said(client.get(f"/products/{pack.product.slug}/").content.decode())["Drug"]


def test_the_rule_says_no_where_nothing_is_said() -> None:
    offered = {each for each in SupplyClass if may_be_offered(each, prescription_offers=False)}
    assert offered == {SupplyClass.GENERAL_SALE}
    assert not may_be_offered(SupplyClass.CONTROLLED, prescription_offers=True)


def test_structured_data_cannot_end_its_block() -> None:
    text = json_ld({"name": "</script><script>alert(1)</script> & \u2028"})
    assert text.count("<") == 2
    assert json.loads(text[text.index("{") : text.rindex("}") + 1])["name"].startswith("</script>")


def test_the_sitemap_lists_what_is_listed(client: Client) -> None:
    kept, gone = ibuprofen(refresh=True), ibuprofen()
    Product.objects.filter(pk=gone.product_id).update(withdrawn_at="2026-01-01T00:00Z")
    index = ElementTree.fromstring(b"".join(client.get("/sitemap.xml")))
    parts = [each.text or "" for each in index.iterfind("s:sitemap/s:loc", NAMES)]
    pages = {
        found.text or ""
        for part in parts
        for found in ElementTree.fromstring(b"".join(client.get(part.removeprefix(settings.PUBLIC_URL)))).iterfind(
            "s:url/s:loc", NAMES
        )
    }
    paths = {page.removeprefix(settings.PUBLIC_URL) for page in pages}
    assert f"/products/{kept.product.slug}/" in paths
    assert f"/products/{gone.product.slug}/" not in paths
    assert {"/", "/compare/", "/side-effects/", f"/shelf/{kept.product.shelf}/", "/search?initial=i"} <= paths
    for path in sorted(paths):
        assert client.get(path).status_code == 200, path
    assert client.get("/sitemap-nothing-1.xml").status_code == 404
    assert not over(PUBLIC, client, "/sitemap.xml", *(part.removeprefix(settings.PUBLIC_URL) for part in parts))
