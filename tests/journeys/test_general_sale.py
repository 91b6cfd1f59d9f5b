"""A guest buys something that needs no pharmacist."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.bench import box_and_hand_over
from tests.journeys.house import House
from tests.journeys.people import Colleague, Someone

pytestmark = pytest.mark.browser


def test_a_guest_buys_and_the_parcel_leaves_without_a_pharmacist(
    house: House, someone: Callable[..., Someone], staff: Callable[[str], Colleague]
) -> None:
    nora = someone("Nora")
    reference = nora.order("cetirizine", quantity=2)

    held = house.until_money(reference, "requires_capture")
    assert held.held > 0
    assert held.taken == 0
    nora.page.get_by_role("heading", name="Where it is now").wait_for()

    box_and_hand_over(staff("dispenser"), house, reference)

    taken = house.money(reference)
    assert taken is not None
    assert (taken.status, taken.taken) == ("succeeded", held.held)
    nora.wait_for("Tracking")
    assert "names no medicine" in nora.letter("placed").text
    assert reference in nora.letter("dispatched").subject
    assert nora.foreign == []
