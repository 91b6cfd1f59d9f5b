"""What people and programs send that they should not: a clear answer, and no trace of a half-done thing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.house import House
from tests.journeys.people import Someone

pytestmark = pytest.mark.browser

PAGE = b"<!doctype html><html><body><script>alert(1)</script>A prescription</body></html>"


def token(one: Someone) -> str:
    return next(str(kept["value"]) for kept in one.context.cookies() if kept["name"] == "csrftoken")


def post(one: Someone, path: str, **fields: str) -> Any:
    """What a program with this person's cookies gets."""
    told = {"form": {"csrfmiddlewaretoken": token(one), **fields}, "headers": {"Referer": one.house.url + "/"}}
    return one.context.request.post(path, max_redirects=0, **told)


def at_the_review(one: Someone, product: str) -> None:
    one.buy(product)
    one.go_to_checkout()
    one.give_contact()
    one.give_address()


def placed(house: House, email: str) -> list[str]:
    """The references of the orders of that address."""
    program = "from orders.models.order import Order\n"
    program += f"print(*[one.reference for one in Order.objects.all() if one.email == {email!r}])"
    return house.run(program).split()


def test_a_disguised_and_an_oversize_file_are_refused_beside_the_field(someone: Callable[..., Someone]) -> None:
    uma = someone("Uma")
    uma.ask_for_baclofen()
    uma.go_to_the_paper()

    uma.send_file("scan.jpg", "text/html", PAGE)
    assert "We can read PDF, JPEG, PNG, TIFF and HEIC." in uma.page.get_by_role("alert").inner_text()
    uma.send_file("scan.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + b"0" * (10 * 1024 * 1024 + 1))
    assert "larger than 10 MB" in uma.page.get_by_role("alert").inner_text()
    uma.go("/checkout/prescription/")
    assert not uma.sees("scan.jpg")

    uma.send_file("scan.jpg", "image/jpeg", PAGE)  # says it is a picture; found out when it is read
    uma.wait_for(re.compile("Can’t be taken|We can read PDF|We could not read the file"))
    uma.go("/checkout/prescription/")
    uma.press("Continue")
    assert uma.path.startswith("/checkout/prescription/"), "a refused file is no prescription"


def test_a_strangers_order_looks_like_none_at_all(someone: Callable[..., Someone]) -> None:
    owner, stranger = someone("Owen"), someone("Stan")
    reference = owner.order("cetirizine")

    foreign = stranger.go(f"/orders/{reference}/")
    said = stranger.page.get_by_role("main").inner_text()
    unknown = stranger.go("/orders/ZZZ-ZZZ-ZZZ/")
    assert (foreign.status, unknown.status) == (404, 404)
    assert stranger.page.get_by_role("main").inner_text() == said.replace(reference, "ZZZ-ZZZ-ZZZ")
    for verb in ("cancel", "pay", "messages", "again"):
        assert post(stranger, f"/orders/{reference}/{verb}/", text="Hello").status == 404


def test_a_price_that_changed_meanwhile_is_shown_and_nothing_is_placed(
    house: House, someone: Callable[..., Someone]
) -> None:
    tess = someone("Tess")
    at_the_review(tess, "famotidine")
    before = int(tess.page.locator('input[name="expected_total"]').input_value())
    house.run(_DEARER.format(email=tess.email))

    tess.press("Place order")
    tess.page.get_by_role("heading", name="The price has changed").wait_for()
    after = int(tess.page.locator('input[name="expected_total"]').input_value())
    assert after == before + 100
    assert f"${after / 100:.2f}" in tess.page.get_by_role("alert").inner_text()
    assert placed(house, tess.email) == []

    tess.place()  # who agrees goes on
    tess.pay()
    assert house.until_money(tess.come_back(), "requires_capture").held == after


def test_an_impossible_quantity_changes_nothing(someone: Callable[..., Someone]) -> None:
    ivan = someone("Ivan")
    ivan.buy("loratadine")
    pack = ivan.page.locator('input[name="pack"]').first.get_attribute("value") or ""
    for quantity in ("0", "-3", "1000000", "many", "1.5", ""):
        assert post(ivan, "/basket/change/", pack=pack, quantity=quantity).status in (302, 303, 422), quantity
        ivan.go("/basket/")
        assert ivan.page.get_by_label("Packs", exact=True).input_value() == "1", quantity


def test_a_double_click_on_place_order_places_one(house: House, someone: Callable[..., Someone]) -> None:
    dora = someone("Dorothy")
    at_the_review(dora, "ibuprofen")
    dora.page.get_by_role("button", name="Place order", exact=True).dblclick(no_wait_after=True)
    dora.page.wait_for_url(f"{house.stripe.url}/**")
    assert len(placed(house, dora.email)) == 1


def test_a_form_cannot_say_that_an_order_is_paid_or_approved(house: House, someone: Callable[..., Someone]) -> None:
    eve = someone("Eve")
    at_the_review(eve, "naproxen")
    eve.place()
    [reference] = placed(house, eve.email)

    told = {"status": "approved", "paid": "true", "payment_status": "succeeded"}
    assert post(eve, f"/orders/{reference}/", **told).status == 405
    assert eve.context.request.get(f"/pay/return/?payment={reference}-1&status=succeeded").status == 200
    eve.go(f"/orders/{reference}/")
    assert eve.page.get_by_role("heading", name="Not paid yet").count() == 1


def test_news_without_the_providers_signature_is_turned_away(someone: Callable[..., Someone]) -> None:
    mal = someone("Mal")
    news = {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {"id": "cs_1"}}}
    assert mal.context.request.post("/webhooks/stripe/", data=news).status == 400
    signed = {"Stripe-Signature": "t=1,v1=" + "0" * 64}
    assert mal.context.request.post("/webhooks/stripe/", data=news, headers=signed).status == 400


_DEARER = """
from catalog.actions.pricing import set_price
from catalog.models.product import Price
from catalog.rules.prices import PriceParts
from orders.models.basket import Basket
basket = next(one for one in Basket.objects.all() if one.draft.get("email") == "{email}")
pack = basket.lines.get().pack
now = Price.objects.get(pack=pack, currency="USD", valid_until=None)
parts = PriceParts(now.amount_minor + 100, now.acquisition_minor + 100, now.margin_minor, now.fee_minor,
                   now.acquisition_unit_micro)
set_price(pack, currency="USD", parts=parts, source="journey", by="job:journey")
"""
