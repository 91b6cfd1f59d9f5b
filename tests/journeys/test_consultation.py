"""A consultation: a red flag stops it and names whom to call; calm answers end in a pharmacist's advice."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.journeys.house import House
from tests.journeys.people import Colleague, Someone

pytestmark = pytest.mark.browser


def test_a_red_flag_shows_911_and_calm_answers_end_in_advice(
    house: House, someone: Callable[..., Someone], staff: Callable[[str], Colleague]
) -> None:
    tara = someone("Tara")
    tara.ask_for_baclofen()
    tara.go_to_the_paper()
    there = f"/consultation/{house.run(_BACLOFEN)}/"

    tara.go(there)
    answers(tara, danger=re.compile("^Trouble breathing"))
    stopped = tara.page.get_by_role("main").inner_text()
    assert "911" in stopped
    assert tara.page.get_by_role("button", name=re.compile("Add to basket|Send a prescription")).count() == 0

    tara.go(there)
    answers(tara, danger=re.compile("^None of these"))
    reference = tara.path.split("/ask/")[1].strip("/")
    petra = staff("pharmacist")
    petra.go(f"/admin/questions/{reference}/")
    petra.page.get_by_role("button", name=re.compile("^Claim")).click()
    petra.page.get_by_role("radio", name="Advice, no medicine from us").check()
    assert petra.page.get_by_role("radio", name="May order it").count() == 0, "it needs a prescription (R-303)"
    petra.write("Summary for the customer", "Warmth and rest. See your prescriber if it stays.")
    petra.press("Decide")
    petra.page.get_by_role("region", name="Summary").wait_for()

    tara.letter("closed")
    tara.go(f"/ask/{reference}/")
    assert tara.sees("Warmth and rest. See your prescriber if it stays.")


def answers(tara: Someone, *, danger: re.Pattern[str]) -> None:
    """Everything the questionnaire asks, as somebody well would, but for the first question."""
    page = tara.page
    person = page.get_by_role("group", name="Who is it for?").get_by_role("radio")
    person.first.check()
    page.get_by_role("checkbox", name=danger).check()
    tara.page.get_by_label(re.compile("What do you want to treat")).fill("Stiff legs in the evening")
    tara.page.get_by_label(re.compile("For how many days")).fill("2")
    page.get_by_role("group", name=re.compile("quickly getting worse")).get_by_role("radio", name="No").check()
    page.get_by_role("group", name=re.compile("pregnant or breast")).get_by_role("radio", name="No").check()
    tara.page.get_by_label(re.compile("Which other medicines")).fill("none")
    tara.page.get_by_label(re.compile("Any allergy")).fill("none known")
    page.get_by_role("radio", name="Yes", exact=True).last.check()
    tara.press("Send to the pharmacist")
    page.wait_for_url("**/ask/**")


_BACLOFEN = """
from catalog.models.product import Product
print(Product.objects.filter(name__iexact="baclofen", supplies__country="US", withdrawn_at=None).first().public_id)
"""
