"""A pharmacist asks, the patient answers, less is approved and less is charged."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.journeys.bench import claim_next, pack, write_down
from tests.journeys.house import House
from tests.journeys.people import Colleague, Someone

pytestmark = pytest.mark.browser

QUESTION = "Have you any tablets left from last time?"
ANSWER = "Yes, about ninety."


def test_an_answered_question_leads_to_fewer_packs_and_a_smaller_charge(
    house: House, someone: Callable[..., Someone], staff: Callable[[str], Colleague]
) -> None:
    ines = someone("Ines")
    reference = ines.order_on_paper(packs=2)
    held = house.until_money(reference, "requires_capture").held

    petra = staff("pharmacist")
    case = claim_next(petra, ines.full_name)
    petra.page.get_by_role("button", name=re.compile("^Ask the patient")).click()
    petra.write("Note to the patient", QUESTION)
    petra.page.get_by_role("button", name="Ask the patient", exact=True).click()

    ines.letter("question")
    ines.page.reload()
    messages = ines.page.get_by_role("region", name="Messages")
    assert QUESTION in messages.inner_text()
    ines.write("Your message to the pharmacist", ANSWER)
    ines.press("Reply")
    assert ANSWER in messages.inner_text()

    petra.go(case)
    assert ANSWER in petra.page.get_by_role("region", name="Messages").inner_text()
    claim = petra.page.get_by_role("button", name=re.compile("^Claim( C)?$"))
    if claim.count():
        claim.click()
    write_down(petra, quantity=180)
    petra.page.get_by_role("button", name=re.compile("^Approve less")).click()
    petra.page.get_by_text("1 of 1 done").wait_for()

    ines.wait_for("Cleared for 1 of 2 packs.")
    pack(staff("dispenser"), house, reference)
    taken = house.until_money(reference, "succeeded").taken
    assert 0 < taken < held
    ines.wait_for("Charged")
