"""A pharmacist says no: nobody pays for it, and the customer alone reads why."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from tests.journeys.bench import claim_next
from tests.journeys.house import House
from tests.journeys.people import Colleague, Someone

pytestmark = pytest.mark.browser

WHY = "Your kidneys clear baclofen too slowly for this dose; please speak with Dr. Demo."


def test_a_refusal_releases_the_hold_within_a_minute_and_says_why_on_the_order_alone(
    house: House, someone: Callable[..., Someone], staff: Callable[[str], Colleague]
) -> None:
    dora = someone("Dora")
    reference = dora.order_on_paper()
    house.until_money(reference, "requires_capture")

    petra = staff("second-pharmacist")
    claim_next(petra, dora.full_name)
    petra.page.get_by_role("button", name=re.compile("^Decline")).click()
    petra.page.get_by_label("Reason", exact=True).select_option(label="Not safe for this patient")
    petra.write("Note to the patient", WHY)
    decided = time.monotonic()
    petra.page.get_by_role("button", name="Decline", exact=True).click()
    petra.page.get_by_text("1 of 1 done").wait_for()

    gone = house.until_money(reference, "canceled", seconds=60)
    assert (gone.held, gone.taken) == (0, 0)
    assert time.monotonic() - decided < 60
    dora.page.reload()
    section = dora.page.get_by_role("region", name="Why it was declined")
    assert WHY in section.inner_text()
    dora.letter("decision")
    for letter in dora.letters():
        assert "kidney" not in letter.text
        assert "baclofen" not in (letter.subject + letter.text).lower()
