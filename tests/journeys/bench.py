"""What staff do in every journey: read a case, dispense, pack, hand over."""

from __future__ import annotations

from tests.journeys.house import House
from tests.journeys.people import Colleague


def box_and_hand_over(dan: Colleague, house: House, reference: str) -> None:
    """Dispense, pack, wait for money and lane, hand over."""
    pack(dan, house, reference)
    dan.page.get_by_role("button", name="Hand over", exact=True).and_(dan.page.locator(":enabled"))
    while dan.page.get_by_role("link", name="Look again").count():
        dan.page.reload()
    dan.press("Hand over")
    dan.page.get_by_text("Handed over. The customer is told.").wait_for()


def pack(dan: Colleague, house: House, reference: str) -> None:
    """Dispense and pack; the money is taken."""
    dan.go("/admin/dispensing/")
    dan.wait_for(reference)
    dan.follow(reference)
    dan.press("Dispense")
    dan.press("Pack")
    house.until_money(reference, "succeeded")
