"""Same medicine, other makers: who rates it, what is cheapest, and what a price was before it was lowered."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client

from catalog.actions.pricing import set_price
from catalog.models.product import Pack, Price
from catalog.models.rating import EquivalenceRating
from catalog.queries.product import ProductPage, alternatives, product_page, usual_pack
from catalog.queries.selling import sellable
from catalog.rules import prices
from catalog.rules.supply import SupplyClass
from pharmacy.clock import db_now
from tests.shop.catalog import a_pack, stocked, the_sites

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(pack: Pack) -> ProductPage:
    found = product_page("US", currency="USD", site=the_sites()["us-newark"], slug=pack.product.slug)
    assert found
    return found


def makers(pack: Pack) -> list[tuple[str, str]]:
    page = page_of(pack)
    chosen = usual_pack(page)
    assert chosen
    return [(each.pack.maker, each.rating.code if each.rating else "") for each in alternatives(chosen, page)]


def rate(pack: Pack, code: str, group: str) -> None:
    EquivalenceRating.objects.create(
        product=pack.product, source="drugsfda", group=group, code=code, as_of="2019-07-02"
    )


def three() -> list[Pack]:
    packs = [
        a_pack("Baclofen", strength="10 mg", supply="prescription_only", maker=maker, unit_micro=cost)
        for maker, cost in (("Lannett", 40_000), ("Teva", 30_000), ("Upsher-Smith", 50_000))
    ]
    for pack in packs:
        stocked(pack, number=f"L{pack.pk}")
    return packs


def test_what_a_source_rates_apart_is_not_offered_and_its_word_is_told() -> None:
    lannett, teva, upsher = three()
    assert makers(lannett) == [("Teva", ""), ("Lannett", ""), ("Upsher-Smith", "")]
    rate(lannett, "AB1", "g1")
    rate(teva, "AB2", "g2")
    assert makers(lannett) == [("Lannett", ""), ("Upsher-Smith", "")]
    rate(teva, "AB1", "g1")
    rate(upsher, "BX", "")
    assert makers(lannett) == [("Teva", "AB1"), ("Lannett", "")]


def test_a_rated_brand_is_found_though_its_listing_differs_and_a_suspended_one_is_not() -> None:
    lannett, teva, _ = three()
    brand = a_pack("Lioresal", strength="10 mg tab", substance="Baclofen", supply="prescription_only", maker="Saol",
                   unit_micro=900_000, is_brand=True)  # fmt: skip
    stocked(brand, number="BR")
    assert "Saol" not in {maker for maker, _ in makers(lannett)}
    for pack, code in ((lannett, "AB"), (brand, "AB")):
        rate(pack, code, "g")
    assert makers(lannett)[-1] == ("Saol", "AB")
    assert ("Lannett", "AB") in makers(brand)
    type(brand.product).objects.filter(pk=teva.product_id).update(market_status="suspended")
    assert "Teva" not in {maker for maker, _ in makers(lannett)}
    assert sellable([teva.pk], country="US", currency="USD")[teva.pk].blocked == "not-supplied"


def reprice(pack: Pack, unit_micro: int) -> None:
    made = prices.build(unit_micro, pack.size, currency="USD", supply_class=SupplyClass.GENERAL_SALE)
    set_price(pack, currency="USD", parts=made, source="tests", by="job:tests")


def with_history(spans: list[tuple[int, int, int | None]]) -> Pack:
    """A stocked pack with prices, oldest first: (cost of a unit in millionths, began, ended days ago)."""
    pack = a_pack(unit_micro=spans[0][0])
    stocked(pack, number=f"H{pack.pk}")
    for cost, _, _ in spans[1:]:
        reprice(pack, cost)
    now = db_now()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE catalog_price DISABLE TRIGGER prices_are_kept")
        for price, (_, began, ended) in zip(Price.objects.filter(pack=pack).order_by("pk"), spans, strict=True):
            price.valid_from = now - dt.timedelta(days=began)
            price.valid_until = None if ended is None else now - dt.timedelta(days=ended)
            price.save()
        cursor.execute("ALTER TABLE catalog_price ENABLE TRIGGER prices_are_kept")
    return pack


@pytest.mark.parametrize(
    ("spans", "lowest"),
    [
        ([(40_000, 5, None)], None),  # there was no other price
        ([(40_000, 90, 5), (60_000, 5, None)], None),  # dearer than before is no reduction
        ([(40_000, 90, 40), (60_000, 40, 5), (30_000, 5, None)], 207),  # the cheaper price ended 35 days before
        ([(40_000, 90, 20), (60_000, 20, 5), (30_000, 5, None)], 138),  # the cheaper price was within 30 days
        ([(20_000, 90, 20), (60_000, 20, 5), (30_000, 5, None)], None),  # it was cheaper still a fortnight before
        ([(40_000, 90, 31), (30_000, 31, None)], None),  # after 30 days it is simply the price
    ],
)
def test_a_lowered_price_names_the_lowest_of_the_thirty_days_before(
    client: Client, spans: list[tuple[int, int, int | None]], lowest: int | None
) -> None:
    pack = with_history(spans)
    found = sellable([pack.pk], country="US", currency="USD")[pack.pk].lowest_before
    assert (found.minor if found else None) == lowest
    page = client.get(f"/products/{pack.product.slug}/").content.decode()
    assert ("Lowest price in the 30 days before" in page) == (lowest is not None)
    if lowest:
        assert f"before: ${lowest / 100:.2f}" in page


def test_the_build_up_follows_the_pack_without_a_script(client: Client) -> None:
    small = a_pack("Ibuprofen", size=30)
    stocked(small)
    page = client.get(f"/products/{small.product.slug}/?pack={small.public_id}").content.decode()
    assert f'href="?pack={small.public_id}"' in page
    assert 'aria-current="true"' in page
    assert f'<input type="hidden" name="pack" value="{small.public_id}">' in page
