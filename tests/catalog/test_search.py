"""Finding things: names, brands, codes, slips of the pen; pages that stay right."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.actions.search import recount, refresh_due
from catalog.actions.stock import recall_batch
from catalog.models.product import Product, Substance, SubstanceName
from catalog.models.search import SearchEntry
from catalog.queries.search import Ask, BadCursor, search, suggest
from tests.house import settle
from tests.shop.catalog import a_pack, baclofen, ibuprofen, plasters, stocked

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> None:
    """Baclofen of three makers, ibuprofen, plasters; Lioresal is another name for baclofen."""
    for maker in ("Lannett Company", "Teva", "Northstar Rx"):
        baclofen(maker=maker)
    ibuprofen()
    plasters()
    SubstanceName.objects.create(
        substance=Substance.objects.get(key="baclofen"), name="Lioresal", key="lioresal", kind="brand", source="test"
    )
    SearchEntry.objects.all().delete()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_searchdue (product_id) SELECT id FROM catalog_product ON CONFLICT DO NOTHING"
        )
    refresh_due()
    recount()


def titles(text: str, **more: object) -> list[str]:
    """The titles found."""
    return [hit.title for hit in search(Ask("US", text=text, **more)).hits]  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["baclofen", "Baclofen 10 mg", "10mg baclofen", "BACLO", "lioresal", "teva baclofen"])
def test_a_medicine_is_found_by_any_of_its_names(shop: None, text: str) -> None:
    assert set(titles(text)) == {"Baclofen"}


@pytest.mark.parametrize("typed", ["baclofin", "bacloffen", "baclfen", "balcofen"])
def test_a_slip_of_the_pen_finds_what_was_meant_and_says_so(shop: None, typed: str) -> None:
    found = search(Ask("US", text=typed))
    assert found.instead == "baclofen"
    assert {hit.title for hit in found.hits} == {"Baclofen"}
    assert not search(Ask("US", text=typed, exact=True)).hits


def test_a_brand_name_says_what_it_stands_for(shop: None) -> None:
    found = search(Ask("US", text="lioresal"))
    assert (found.heading, found.brand_of) == ("Lioresal", "Baclofen")


def test_a_code_finds_its_product_in_every_spelling(shop: None) -> None:
    from catalog.models.product import PackCode
    from catalog.rules import codes

    code = PackCode.objects.filter(pack__product__name="Ibuprofen", system="ndc").values_list("code", flat=True)[0]
    for text in (code, codes.ndc11(code), codes.gtin_of_ndc(code), f"NDC {code}"):
        assert titles(text) == ["Ibuprofen"], text


def test_pages_neither_repeat_nor_lose_anything(shop: None) -> None:
    for sort in ("relevance", "name", "unit_price", "-unit_price"):
        for text in ("", "baclofen"):
            seen: list[int] = []
            cursor = ""
            for _ in range(10):
                page = search(Ask("US", text=text, sort=sort, cursor=cursor, limit=2, facets=False))
                seen += [hit.product_id for hit in page.hits]
                cursor = page.next
                if not cursor:
                    break
            assert len(seen) == len(set(seen)) == (3 if text else 5), (sort, text)


@pytest.mark.parametrize("cursor", ["x", "e30", "W10", "a" * 300, "WyJuYW1lIiwwLDFd"])
def test_a_cursor_that_is_not_ours_is_refused(shop: None, cursor: str) -> None:
    with pytest.raises(BadCursor):
        search(Ask("US", text="baclofen", cursor=cursor))


def test_facets_count_what_choosing_them_would_show(shop: None) -> None:
    found = search(Ask("US", text="baclofen", labeler=("Teva",)))
    assert [hit.labeler for hit in found.hits] == ["Teva"]
    makers = {each.value: (each.count, each.chosen) for each in found.facets["labeler"]}
    assert makers == {"Lannett Company": (1, False), "Northstar Rx": (1, False), "Teva": (1, True)}
    assert found.total == 1


def test_what_is_sold_elsewhere_only_is_shown_as_not_supplied(shop: None) -> None:
    found = search(Ask("NL", text="baclofen"))
    assert found.elsewhere
    assert {hit.supply_class for hit in found.hits} == {"not_supplied"}


@pytest.mark.parametrize(
    "text", ["%", "_", "'", "a' | b", ":*", "&", "\\", "!!", "0.05%", "ß", "اختبار", "x" * 500, "-", "<b>"]
)
def test_no_text_breaks_search(shop: None, text: str) -> None:
    search(Ask("US", text=text))
    suggest(text)


def test_suggestions_complete_names_and_forgive_slips(shop: None) -> None:
    assert [(each.text, each.note) for each in suggest("lio")] == [("Lioresal", "Baclofen")]
    assert suggest("bacl")[0].text == "Baclofen"
    assert suggest("baclofin")[0].text == "Baclofen"
    assert suggest("b") == []


@pytest.mark.django_db(transaction=True)
def test_search_follows_stock_and_price_events() -> None:
    pack = a_pack()
    lot = stocked(pack, 1000)
    settle()
    assert SearchEntry.objects.get(product=pack.product).in_stock
    recall_batch(lot, by="job:tests")
    settle()
    assert not SearchEntry.objects.get(product=pack.product).in_stock


def test_a_withdrawn_product_leaves_search(shop: None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET withdrawn_at = now() WHERE name = 'Ibuprofen'")
        cursor.execute("INSERT INTO catalog_searchdue (product_id) SELECT id FROM catalog_product")
    refresh_due()
    assert "Ibuprofen" not in titles("")


@pytest.mark.parametrize(
    "path", ["/", "/search?q=baclofin", "/search", "/search?initial=b", "/shelf/muscles/", "product"]
)
def test_public_pages_need_six_statements_at_most(shop: None, client: Client, path: str) -> None:
    if path == "product":
        path = f"/products/{Product.objects.filter(name='Baclofen')[0].slug}/"
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == 200
    assert len(asked) <= 6, [each["sql"][:120] for each in asked]


def test_the_product_page_offers_a_prescription_item_as_a_request_only(shop: None, client: Client) -> None:
    page = client.get(f"/products/{Product.objects.filter(labeler='Teva')[0].slug}/").content.decode()
    assert "Send a prescription" in page
    assert "Add to basket" not in page
    assert "What makes up $6.97" in page
    assert "Same medicine, other makers" in page
    assert "the same" in page


def test_the_product_page_sells_general_sale_and_says_why_not_elsewhere(shop: None, client: Client) -> None:
    url = f"/products/{Product.objects.get(name='Ibuprofen').slug}/"
    assert "Add to basket" in client.get(url).content.decode()
    client.cookies["country"] = "NL"
    page = client.get(url).content.decode()
    assert "Add to basket" not in page
    assert "No rule for this country is in force" in page


def test_unknown_addresses_are_not_found(shop: None, client: Client) -> None:
    for path in ("/products/nothing/", "/shelf/nothing/", "/search?after=xyz"):
        assert client.get(path).status_code == 404, path
