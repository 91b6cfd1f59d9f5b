"""A customer changes their mind before the box is packed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.house import House
from tests.journeys.people import Someone

pytestmark = pytest.mark.browser


def test_a_cancelled_order_gives_the_money_back_and_says_so(house: House, someone: Callable[..., Someone]) -> None:
    carl = someone("Carl")
    reference = carl.order("loratadine")
    house.until_money(reference, "requires_capture")

    carl.press("Cancel order")
    carl.page.get_by_text("The order is cancelled. What was held on your card is released.").wait_for()

    gone = house.until_money(reference, "canceled")
    assert (gone.held, gone.taken) == (0, 0)
    carl.page.reload()
    assert carl.page.get_by_role("button", name="Cancel order").count() == 0
    carl.letter("ended")
