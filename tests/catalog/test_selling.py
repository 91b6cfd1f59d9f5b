"""What can be had where, at what price, and why not."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.actions.pricing import set_price
from catalog.actions.search import mark_due, refresh_due
from catalog.models.product import Pack, Price, Product
from catalog.models.rule import CountryRule
from catalog.models.search import SearchEntry
from catalog.queries.law import emergency_numbers, prescription_validity, profile_of, site_for
from catalog.queries.selling import Sellable, sellable
from catalog.rules import prices
from catalog.rules.supply import SupplyClass
from pharmacy.clock import today
from pharmacy.money import Money
from tests.shop.catalog import a_pack, baclofen, ibuprofen, plasters, stocked, the_sites

pytestmark = pytest.mark.django_db


def seen(pack: Pack, country: str = "US", region: str = "NJ", **more: object) -> Sellable:
    """The pack as a country sees it."""
    the_sites()
    currency = "USD" if country == "US" else "EUR"
    return sellable([pack.pk], country=country, region=region, currency=currency, **more)[pack.pk]  # type: ignore[arg-type]


def test_a_priced_pack_in_stock_can_be_had() -> None:
    found = seen(baclofen(units=1000))
    assert found.blocked == ""
    assert found.price == Money(697, "USD")
    assert found.packs_available == 11
    assert found.title == "Baclofen 10 mg tablets"
    assert found.buildup is not None
    assert str(found.buildup.unit_cost) == "0.033510"


@pytest.mark.parametrize(
    ("facts", "stock", "region", "blocked"),
    [
        ({"supply": "controlled"}, True, "NJ", "controlled"),
        ({"supply": "not_supplied"}, True, "NJ", "not-supplied"),
        ({"supply": ""}, True, "NJ", "not-supplied"),
        ({"unit_micro": None}, True, "NJ", "no-price"),
        ({}, False, "NJ", "out-of-stock"),
        ({}, True, "AK", "region-not-licensed"),
    ],
)
def test_what_can_not_be_had_says_why(facts: dict[str, object], stock: bool, region: str, blocked: str) -> None:
    pack = a_pack(**facts) if facts.get("supply") != "" else _undecided()  # type: ignore[arg-type]
    if stock:
        stocked(pack, 1000)
    assert seen(pack, region=region).blocked == blocked


@pytest.mark.parametrize("column", ["marketed_until", "marketed_from"])
@pytest.mark.parametrize("model", [Pack, Product])
def test_what_is_not_marketed_today_is_not_supplied_nor_listed_with_a_price(model: type, column: str) -> None:
    pack = baclofen(units=1000)
    away = dt.timedelta(days=-1 if column == "marketed_until" else 1)
    pk = pack.pk if model is Pack else pack.product_id
    for day, blocked, standing in ((today(), "", 0), (today() + away, "not-supplied", 5)):
        model.objects.filter(pk=pk).update(**{column: day})  # type: ignore[attr-defined]
        with transaction.atomic():
            mark_due([pack.product_id])
        refresh_due()
        assert seen(pack).blocked == blocked
        assert SearchEntry.objects.get(product=pack.product).standing == standing


def test_a_listing_whose_marketing_ends_is_swept_when_it_has() -> None:
    pack = baclofen(units=1000)
    Pack.objects.filter(pk=pack.pk).update(marketed_until=today() + dt.timedelta(days=3))
    with transaction.atomic():
        mark_due([pack.product_id])
    refresh_due()
    until = SearchEntry.objects.get(product=pack.product).price_until
    assert until is not None
    assert until.date() == today() + dt.timedelta(days=4)


def _undecided() -> Pack:
    pack = a_pack()
    pack.product.supplies.all().delete()
    return pack


def test_another_country_does_not_supply_what_it_has_not_classed() -> None:
    assert seen(ibuprofen(), country="NL", region="").blocked == "not-supplied"
    assert seen(ibuprofen(), country="JP", region="").blocked == "not-supplied"


def test_a_test_order_sees_the_sandbox_and_never_the_shelf() -> None:
    pack = ibuprofen()
    assert seen(pack, is_test=True).blocked == "out-of-stock"
    stocked(pack, 100, site="sandbox")
    assert seen(pack, is_test=True).site == the_sites()["sandbox"]


def test_any_number_of_packs_costs_two_statements() -> None:
    packs = [plasters(), ibuprofen(), baclofen()]
    the_sites()
    with CaptureQueriesContext(connection) as few:
        sellable([packs[0].pk], country="US", region="NJ", currency="USD")
    with CaptureQueriesContext(connection) as many:
        sellable([pack.pk for pack in packs], country="US", region="NJ", currency="USD")
    assert len(few) == len(many) == 2


@pytest.mark.django_db(transaction=True)
def test_a_new_price_ends_the_old_one_and_history_is_kept() -> None:
    pack = ibuprofen()
    dearer = prices.build(40_000, pack.size, currency="USD", supply_class=SupplyClass.GENERAL_SALE)
    set_price(pack, currency="USD", parts=dearer, source="test", by="job:tests")
    set_price(pack, currency="USD", parts=dearer, source="test", by="job:tests")
    first, second = Price.objects.filter(pack=pack).order_by("valid_from")
    assert first.valid_until == second.valid_from
    assert seen(pack).price == Money(dearer.amount_minor, "USD")


def test_the_database_keeps_prices_apart_whole_and_unforgotten() -> None:
    price = Price.objects.get(pack=ibuprofen())
    for wrong in (
        lambda: Price.objects.create(
            pack=price.pack, currency="USD", amount_minor=1, acquisition_minor=1, margin_minor=0, fee_minor=0,
            acquisition_unit_micro=1, source="x", valid_from=price.valid_from + dt.timedelta(days=1),
        ),
        lambda: Price.objects.filter(pk=price.pk).update(amount_minor=1),
        lambda: price.delete(),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_a_country_without_an_approved_rule_is_closed() -> None:
    the_sites()
    assert profile_of("US") is not None
    assert profile_of("GB") is None
    CountryRule.objects.create(
        code="gb", country="GB", kind="profile", value={"supply_profile": "consultation_first", "currency": "GBP"},
        source_key="x", effective_from=dt.date(2020, 1, 1), written_by="somebody",
    )  # fmt: skip
    assert profile_of("GB") is None


def test_nobody_approves_the_rule_they_wrote() -> None:
    with pytest.raises(IntegrityError, match="author_of_a_country_rule_is_not_its_approver"), transaction.atomic():
        CountryRule.objects.create(
            code="gb", country="GB", kind="profile", source_key="x", effective_from=dt.date(2020, 1, 1),
            written_by="one", approved_by="one", approved_at=dt.datetime.now(dt.UTC),
        )  # fmt: skip


def test_an_approved_rule_is_frozen() -> None:
    the_sites()
    with pytest.raises(IntegrityError), transaction.atomic():
        CountryRule.objects.filter(country="US", kind="profile").update(value={})


def test_prescriptions_hold_for_as_long_as_the_rule_says() -> None:
    the_sites()
    rule = prescription_validity("US", "NJ", SupplyClass.PRESCRIPTION_ONLY)
    assert rule is not None
    assert rule.ends_on(dt.date(2026, 2, 28)) == dt.date(2027, 2, 27)
    assert prescription_validity("US", "NJ", SupplyClass.CONTROLLED) is None
    assert prescription_validity("JP", "", SupplyClass.PRESCRIPTION_ONLY) is None


def test_whom_to_call_first_and_who_may_supply() -> None:
    sites = the_sites()
    numbers = emergency_numbers("US")
    assert numbers is not None
    assert [each.number for each in numbers.numbers] == ["911", "1-800-222-1222"]
    assert emergency_numbers("JP") is None
    assert site_for("US", "NJ") == sites["us-newark"]
    assert site_for("US", "AK") is None
    assert site_for("NL") == sites["nl-utrecht"]
    assert site_for("NL", is_test=True) == sites["sandbox"]
