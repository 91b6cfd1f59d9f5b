"""Pages of substances: what they tell, how one comes to them, and that they never call an unknown pair safe."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from catalog.actions.search import recount, refresh_due
from catalog.models.interaction import SubstanceClass
from catalog.models.product import Product, Substance, SubstanceName
from catalog.queries import substance_page
from catalog.queries.substance_page import medicines_with
from catalog.rules.names import substance_slug
from tests.catalog.test_interactions import says, source, substance
from tests.shop.catalog import a_pack, baclofen, ibuprofen
from tests.web.test_search_engines import said
from tests.web.test_statement_budgets import PUBLIC, over

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> Substance:
    """Baclofen of two makers, in one more strength and together with another substance, and ibuprofen."""
    baclofen(maker="Maker A")
    baclofen(maker="Maker B")
    a_pack("Baclofen", strength="5 mg", supply="prescription_only")
    a_pack("Baclopain", strength="10 mg; 200 mg", substance="baclofen")
    ibuprofen()
    found = Substance.objects.get(key="baclofen")
    mixed = Product.objects.get(name="Baclopain")
    mixed.ingredients.create(substance=Substance.objects.get(key="ibuprofen"), position=2, listed_as="Ibuprofen")
    for kind, name in (("brand", "Lioresal"), ("synonym", "Baclofenum"), ("salt", "Baclofen hydrochloride")):
        SubstanceName.objects.create(substance=found, name=name, key=name.lower(), kind=kind, source="test")
    SubstanceClass.objects.create(substance=found, name="GABA-ergic Agonist", source="test")
    Substance.objects.filter(pk=found.pk).update(atc_codes=["M03BX01"], unii="H789N3FKE8", rxcui="1292")
    refresh_due()
    recount()
    return found


def body(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return answer.content.decode()


def test_a_page_tells_names_codes_and_classes_of_a_substance(shop: Substance, client: Client) -> None:
    page = body(client, "/substances/baclofen/")

    for each in ("Lioresal", "Baclofenum", "Baclofen hydrochloride", "GABA-ergic Agonist"):
        assert each in page, each
    for code in ("ATC M03BX01", "UNII H789N3FKE8", "RxCUI 1292"):
        assert code in page, code
    assert 'href="/classes/M03/"' in page


def test_what_a_market_has_is_counted_by_form_and_strength_and_mixtures_apart(shop: Substance, client: Client) -> None:
    found = medicines_with(shop.pk, "US")

    counted = [(each.is_mixed, each.form, each.strength, each.products, each.now) for each in found.groups]
    assert counted == [
        (False, "Tablet", "5 mg", 1, 0), (False, "Tablet", "10 mg", 2, 2), (True, "Tablet", "", 1, 0),
    ]  # fmt: skip
    assert (found.total, found.capped, found.shelf) == (4, False, "muscles")
    page = body(client, "/substances/baclofen/")
    assert 'href="/search?q=Baclofen&amp;form=Tablet&amp;strength=10+mg"' in page
    assert "together with other substances" in page
    assert medicines_with(shop.pk, "NL").groups == ()
    client.cookies["country"] = "NL"
    assert "Nothing with it is listed in the Netherlands." in body(client, "/substances/baclofen/")


def test_a_list_that_was_cut_says_so(shop: Substance, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(substance_page, "CAP", 2)
    assert "Counted among the first 2 products." in body(client, "/substances/baclofen/")


def test_others_are_counted_once_by_the_most_severe_thing_that_is_said(shop: Substance, client: Client) -> None:
    alpha, beta, gamma = substance("Alphadrug"), substance("Betadrug"), substance("Gammadrug")
    mild, hard = source("mild", rank=1), source("hard", rank=9)
    says(mild, shop, alpha, "minor")
    says(hard, alpha, shop, "contraindicated")
    says(mild, shop, beta, "moderate")
    says(mild, beta, gamma, "major")  # of other substances

    page = body(client, "/substances/baclofen/")

    assert "together with 2 other substances" in page
    assert re.search(r"Do not combine.*?>1<", page, re.DOTALL)
    assert "Best avoided together" not in page
    assert 'href="/substances/alphadrug/"' in page
    assert "Betadrug" not in page  # at this level others are counted, not named
    assert "Never read that as “no interaction”" in page
    assert 'name="medicine" value="Baclofen"' in page  # the way to the check leads by POST


def test_another_name_for_a_substance_carries_what_is_said_of_it(shop: Substance, client: Client) -> None:
    valproic, divalproex = substance("Valproic acid"), substance("Divalproex")
    SubstanceName.objects.create(substance=valproic, name="Divalproex", key="divalproex", kind="synonym",
                                 source="interactions")  # fmt: skip
    says(source("who"), valproic, shop, "major")
    assert 'href="/substances/baclofen/"' in body(client, f"/substances/{divalproex.slug}/")


def test_where_no_source_speaks_the_page_calls_nothing_safe(shop: Substance, client: Client) -> None:
    page = body(client, "/substances/ibuprofen/")
    assert "No source at hand speaks of it together with another substance." in page
    assert "Never read that as “no interaction”" in page


def test_a_to_z_lists_what_is_listed_and_nothing_else(shop: Substance, client: Client) -> None:
    substance("Betadrug")  # known from interactions alone
    Product.objects.filter(name="Ibuprofen").update(withdrawn_at="2026-01-01T00:00Z")
    Product.objects.filter(name="Baclopain").update(withdrawn_at="2026-01-01T00:00Z")

    page = body(client, "/substances/?initial=b")

    assert 'href="/substances/baclofen/"' in page
    assert "Betadrug" not in page
    assert "No substance of a listed medicine begins with this letter" in body(client, "/substances/?initial=i")
    assert "No substance" in body(client, "/substances/?initial=0")
    for letter in ("B", "ab", "%", "é"):
        assert client.get("/substances/", {"initial": letter}).status_code == 404, letter


def test_products_searches_and_footers_lead_to_it(shop: Substance, client: Client) -> None:
    link = 'href="/substances/baclofen/"'
    assert body(client, f"/products/{Product.objects.filter(labeler='Maker A')[0].slug}/").count(link) == 2
    for text in ("baclofen", "Lioresal", "baclofenum", "baclofin"):
        assert link in body(client, f"/search?q={text}"), text
    for text in ("maker", "qqqzzz", "0093-", "NDC 0093-1234"):
        assert "all about it" not in body(client, f"/search?q={text}"), text
    assert 'href="/substances/"' in body(client, "/about/")


def test_every_address_that_is_made_of_a_name_is_the_substances_own() -> None:
    long = Substance(name="X" * 91)
    assert substance_slug("Sodium fluoride (F-18)") == "sodium-fluoride-f-18"
    assert substance_slug(long.name) == ""


def test_an_address_put_right_by_hand_is_found_from_the_name(shop: Substance, client: Client) -> None:
    Substance.objects.filter(pk=shop.pk).update(slug="baclofen-racemic")
    answer = client.get("/substances/baclofen/")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/substances/baclofen-racemic/")
    assert client.get("/substances/nothing/").status_code == 404


def test_search_engines_are_told_of_listed_substances(shop: Substance, client: Client) -> None:
    page = body(client, "/substances/baclofen/?utm_source=x")
    address = f"{settings.PUBLIC_URL}/substances/baclofen/"
    assert f'<link rel="canonical" href="{address}">' in page
    assert f'hreflang="de" href="{address}?lang=de"' in page
    drug: dict[str, Any] = said(page)["Drug"]
    assert drug["code"][0] == {"@type": "MedicalCode", "codingSystem": "ATC", "codeValue": "M03BX01"}
    assert "Lioresal" in drug["alternateName"]
    assert "offers" not in drug
    other = substance("Betadrug")
    assert 'content="noindex"' in body(client, f"/substances/{other.slug}/")
    listed = b"".join(client.get("/sitemap-substances-0.xml")).decode()
    assert f"{address}</loc>" in listed
    assert "betadrug" not in listed
    letter = f"{settings.PUBLIC_URL}/substances/?initial=b"
    assert f'<link rel="canonical" href="{letter}">' in body(client, "/substances/?initial=b")


def test_pages_of_substances_need_six_statements_at_most(shop: Substance, client: Client) -> None:
    who = source("who")
    for number in range(30):
        says(who, shop, substance(f"Drug{number}"), "major")
    assert not over(
        PUBLIC, client, "/substances/", "/substances/?initial=b", "/substances/baclofen/", "/search?q=lioresal",
        "/sitemap-substances-0.xml",
    )  # fmt: skip
