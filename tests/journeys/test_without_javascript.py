"""Everything a guest needs, in a browser that runs no script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.journeys.house import House
from tests.journeys.people import Someone

pytestmark = pytest.mark.browser


def test_a_guest_finds_buys_and_pays_without_a_script(house: House, someone: Callable[..., Someone]) -> None:
    plain = someone("Plain", java_script_enabled=False)
    plain.buy("naproxen")
    assert plain.page.get_by_role("heading", name=re.compile("naproxen", re.I)).count()

    plain.write("Packs", "2")
    plain.page.get_by_role("button", name=re.compile("^Change")).click()
    assert plain.page.get_by_label("Packs", exact=True).input_value() == "2"
    plain.go_to_checkout()
    plain.give_contact()
    plain.give_address()
    plain.place()
    plain.pay()

    reference = plain.come_back()
    held = house.until_money(reference, "requires_capture")
    assert held.held > 0
    assert plain.page.get_by_role("heading", name="Where it is now").count() == 1
