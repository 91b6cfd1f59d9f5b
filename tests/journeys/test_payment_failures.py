"""Cards that are refused, and banks that ask."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.house import House
from tests.journeys.people import Someone

pytestmark = pytest.mark.browser

DECLINED = "4000 0000 0000 0002"
ASKS = "4000 0027 6000 3184"


def at_the_payment_page(one: Someone) -> None:
    one.buy("ibuprofen")
    one.go_to_checkout()
    one.give_contact()
    one.give_address()
    one.place()


def test_a_declined_card_is_said_and_another_one_is_taken(house: House, someone: Callable[..., Someone]) -> None:
    faye = someone("Faye")
    at_the_payment_page(faye)

    faye.pay(DECLINED)
    assert "declined" in faye.page.get_by_role("alert").inner_text()
    faye.pay()

    reference = faye.come_back()
    held = house.until_money(reference, "requires_capture")
    assert held.taken == 0
    faye.page.reload()
    assert faye.page.get_by_role("button", name="Cancel order").count() == 1


def test_who_leaves_the_payment_page_finds_the_way_back_to_it(house: House, someone: Callable[..., Someone]) -> None:
    lena = someone("Lena")
    at_the_payment_page(lena)

    lena.page.get_by_role("link", name="Back").first.click()
    reference = lena.come_back()
    lena.page.get_by_role("heading", name="Not paid yet").wait_for()
    assert house.money(reference) is None
    lena.press("Pay")
    lena.page.wait_for_url(f"{house.stripe.url}/**")
    lena.pay()

    assert lena.come_back() == reference
    house.until_money(reference, "requires_capture")


def test_a_bank_that_asks_is_answered_and_the_card_is_held(house: House, someone: Callable[..., Someone]) -> None:
    sami = someone("Sami")
    at_the_payment_page(sami)

    sami.pay(ASKS)
    sami.press("Complete")

    held = house.until_money(sami.come_back(), "requires_capture")
    assert held.held > 0
