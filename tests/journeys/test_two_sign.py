"""A child's dose goes by weight: one pharmacist signs, another confirms, and never the same."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest

from tests.journeys.bench import claim_next, write_down
from tests.journeys.house import House
from tests.journeys.paper import a_prescription
from tests.journeys.people import Colleague, Someone

pytestmark = pytest.mark.browser


def test_what_two_must_sign_is_cleared_by_the_second_alone(
    house: House, someone: Callable[..., Someone], staff: Callable[[str], Colleague]
) -> None:
    rosa = someone("Rosa")
    rosa.ask_for_baclofen()
    rosa.go_to_checkout()
    rosa.sign_up()
    rosa.give_contact()
    rosa.give_patient(born=(dt.date.today() - dt.timedelta(3900)).isoformat())
    rosa.send_file("prescription.jpg", "image/jpeg", a_prescription(rosa.full_name))
    rosa.page.get_by_role("listitem").filter(has_text="prescription.jpg").wait_for()
    rosa.press("Continue")
    rosa.give_address()
    rosa.place()
    rosa.pay()
    reference = rosa.come_back()

    petra = staff("pharmacist")
    case = claim_next(petra, rosa.full_name)
    write_down(petra)
    approve = petra.page.get_by_role("button", name=re.compile("^Approve( A)?$"))
    assert approve.get_attribute("aria-disabled") == "true"
    assert petra.sees(re.compile("dose by weight is signed by two"))
    petra.page.get_by_role("button", name=re.compile("^Second check")).click()
    petra.page.get_by_text("Signed. A second pharmacist looks at it now.").wait_for()
    assert petra.page.get_by_role("button", name=re.compile("^Confirm")).count() == 0
    assert petra.sees("The second pharmacist is somebody else than the first.")

    paul = staff("second-pharmacist")
    paul.go(case)
    paul.page.get_by_role("button", name=re.compile("^Confirm")).click()
    paul.page.get_by_text("1 of 1 done").wait_for()
    rosa.letter("decision")
    assert house.until_money(reference, "requires_capture").taken == 0
