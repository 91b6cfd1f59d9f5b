"""The central story: from a misspelt word to a parcel with a tracking number."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.journeys.bench import box_and_hand_over, claim_next, see_the_paper, write_down
from tests.journeys.house import House
from tests.journeys.paper import a_prescription
from tests.journeys.people import Colleague, Someone

pytestmark = pytest.mark.browser


def test_a_prescription_becomes_a_parcel_and_is_charged_only_when_packed(
    house: House, someone: Callable[..., Someone], staff: Callable[[str], Colleague]
) -> None:
    marta = someone("Marta")
    finds_the_medicine(marta)
    reference = orders_it(marta)

    held = house.until_money(reference, "requires_capture")
    assert held.held > 0
    assert held.taken == 0
    marta.letter("placed")

    petra = staff("pharmacist")
    claim_next(petra, marta.full_name)
    see_the_paper(petra)
    write_down(petra)
    petra.page.get_by_role("button", name=re.compile("^Approve( A)?$")).click()
    petra.page.get_by_text("1 of 1 done").wait_for()
    marta.letter("decision")
    assert house.until_money(reference, "requires_capture").taken == 0, "nothing is charged before it is packed"

    box_and_hand_over(staff("dispenser"), house, reference)
    assert house.until_money(reference, "succeeded").taken == held.held
    marta.wait_for("Tracking")
    marta.letter("dispatched")
    nothing_tells_of_the_medicine(marta)
    sees_who_looked(marta, reference)
    house.assert_sound()


def finds_the_medicine(marta: Someone) -> None:
    marta.search("baclofin")
    marta.page.get_by_text(re.compile("Did you mean baclofen")).wait_for()
    marta.open_first(re.compile(r"^baclofen.*10\s*mg", re.I))
    makers = marta.page.get_by_role("region", name="Same medicine, other makers")
    assert makers.get_by_text(re.compile(r"^\$\d+\.\d\d more$")).count() > 3
    makers.get_by_role("link", name="Teva Pharmaceuticals USA, Inc.").click()
    main = marta.page.get_by_role("main")
    assert "Prescription only" in main.inner_text()
    pack = marta.choose_pack(re.compile(r"^90 tablets"))
    assert re.search(r"\$\d+\.\d\d.*\$\d+\.\d+ ", pack.inner_text().replace("\n", " "))
    assert re.search(r"\d+ states", main.inner_text()), "who may have it where"


def orders_it(marta: Someone) -> str:
    marta.press("Send a prescription")
    marta.page.wait_for_url("**/basket/")
    marta.go_to_the_paper()
    marta.send_file("prescription.jpg", "image/jpeg", a_prescription(marta.full_name))
    marta.page.get_by_role("listitem").filter(has_text="prescription.jpg").wait_for()
    marta.press("Continue")
    marta.give_address()
    main = marta.page.get_by_role("main").inner_text()
    assert marta.full_name in main
    assert "One file" in main
    marta.place()
    marta.pay()
    return marta.come_back()


def nothing_tells_of_the_medicine(marta: Someone) -> None:
    letters = marta.letters()
    assert len(letters) >= 4
    for letter in letters:
        assert "baclofen" not in (letter.subject + letter.text).lower(), letter


def sees_who_looked(marta: Someone, reference: str) -> None:
    marta.go("/account/looks/")
    said = marta.page.get_by_role("main").inner_text()
    assert "Anna Lindqvist" in said
    assert reference in said
    assert marta.foreign == []
