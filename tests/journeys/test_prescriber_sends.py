""" "My prescriber will send it": a letter, a page without an account, a look-up by a person, a decision."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.journeys.bench import claim_next, write_down
from tests.journeys.house import House, until
from tests.journeys.paper import a_prescription
from tests.journeys.people import Colleague, Someone

pytestmark = pytest.mark.browser

NPI = "1993999998"  # its check digit is right; nobody's


def test_a_prescriber_sends_what_a_pharmacist_looks_up_and_approves(
    house: House, someone: Callable[..., Someone], staff: Callable[[str], Colleague]
) -> None:
    nora, doctor = someone("Nora"), someone("Doctor")
    orders_without_paper(nora, doctor)
    link = the_link(doctor)
    sends_it(doctor, link, patient=nora.full_name)

    petra = staff("pharmacist")
    case = claim_next(petra, nora.full_name)
    looks_up(petra)
    petra.go(case)
    write_down(petra)
    petra.page.get_by_role("button", name=re.compile("^Approve( A)?$")).click()
    petra.page.get_by_text("1 of 1 done").wait_for()
    nora.letter("decision")

    assert doctor.go(link).status == 410, "a link works once"
    nora.go("/account/prescriptions/ask/")
    assert nora.sees("Sent")


def orders_without_paper(nora: Someone, doctor: Someone) -> None:
    """The order waits for the prescriber, who is written to from the checkout."""
    nora.ask_for_baclofen()
    nora.go_to_the_paper()
    nora.follow("Write to the prescriber")
    nora.write("Prescriber’s name", "Dr. Ines Okonjo")
    nora.write("Prescriber’s e-mail", doctor.email)
    nora.write("What you need", "Baclofen 10 mg, three times a day, as before")
    nora.press("Write to the prescriber")
    nora.page.get_by_role("checkbox", name=re.compile("^My prescriber will send it")).check()
    nora.press("Continue")
    nora.give_address()
    nora.place()
    nora.pay()
    nora.come_back()


def the_link(doctor: Someone) -> str:
    """The path in the prescriber's letter, which tells nobody's name and no medicine."""
    letter = doctor.letter("prescriber")
    assert "aclofen" not in letter.subject + letter.text
    assert "Nora" not in letter.subject + letter.text
    [link] = set(re.findall(r"\S+/rx/[\w-]{40,}/", letter.text))
    return urlsplit(link).path


def sends_it(doctor: Someone, link: str, *, patient: str) -> None:
    doctor.go(link)
    assert patient in doctor.page.get_by_role("complementary").last.inner_text()
    paper = {"name": "rx.jpg", "mimeType": "image/jpeg", "buffer": a_prescription(patient)}
    doctor.page.get_by_label("Register", exact=True).select_option("NPI")
    doctor.write("Register number", "1993999999")
    doctor.write("Sign with your full name", "Ines Okonjo")
    doctor.page.get_by_role("checkbox", name=re.compile("^I am entitled to prescribe")).check()
    doctor.page.get_by_label("Prescription file", exact=True).set_input_files(paper)
    doctor.press("Sign and send")
    doctor.page.get_by_role("link", name=re.compile("can’t be a number of that register")).or_(
        doctor.page.get_by_text("can’t be a number of that register")
    ).first.wait_for()
    doctor.write("Register number", NPI)
    doctor.page.get_by_label("Prescription file", exact=True).set_input_files(paper)
    doctor.press("Sign and send")
    doctor.page.get_by_role("heading", name=re.compile("Thank you")).wait_for()


def looks_up(petra: Colleague) -> None:
    """A right check digit verifies nobody: the register itself is looked at, and that is kept as evidence."""
    petra.go("/admin/incoming/")
    row = petra.page.get_by_role("article").filter(has_text=NPI)
    until(lambda: petra.go("/admin/incoming/") and row.count(), "the prescriber waits to be looked up")
    row.get_by_label(re.compile("^What it says")).fill("Active, family medicine, New Jersey")
    row.get_by_role("button", name="Found, and may prescribe").click()
    until(lambda: not row.count(), "the look-up is kept")
