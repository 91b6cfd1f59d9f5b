"""Reading up before buying, in a browser that runs no script: guide, sources, interactions, comparison, product."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.journeys.people import Someone

pytestmark = pytest.mark.browser


def test_from_a_misspelt_word_to_the_right_product_without_a_script(someone: Callable[..., Someone]) -> None:
    rhea = someone("Rhea", java_script_enabled=False)
    rhea.search("baclofin")
    rhea.open_first(re.compile(r"^baclofen.*10\s*mg", re.I))
    reads_the_guide(rhea)
    checks_two_together(rhea)
    compares_two_makers(rhea)
    assert rhea.page.get_by_role("button", name="Send a prescription").count() == 1
    assert rhea.foreign == []


def reads_the_guide(rhea: Someone) -> None:
    rhea.page.get_by_role("main").locator('a[href="/guides/baclofen/"]').first.click()
    rhea.heading(re.compile("Baclofen")).first.wait_for()
    main = rhea.page.get_by_role("main")
    assert main.get_by_text("Demonstration: not reviewed by a real clinician").count()
    source = main.locator("a.cite").first.get_attribute("href") or ""
    assert rhea.page.locator(f'[id="{source[1:]}"]').count() == 1, "a claim leads to where it was read"
    assert main.get_by_role("heading", name="All sources").count()


def checks_two_together(rhea: Someone) -> None:
    rhea.go("/interactions/")
    rhea.write("Medicine 1", "baclofen")
    rhea.write("Medicine 2", "alprazolam")
    rhea.press("Check")
    said = rhea.page.get_by_role("region", name=re.compile("to look at"))
    said.wait_for()
    assert re.search("baclofen", said.inner_text(), re.I)
    assert re.search("alprazolam", said.inner_text(), re.I)
    assert "baclofen" not in rhea.path, "what somebody takes stands in no address"


def compares_two_makers(rhea: Someone) -> None:
    rhea.search("baclofen 10 mg")
    rhea.open_first(re.compile("^baclofen", re.I))
    rhea.follow("Beside other medicines")
    rhea.page.get_by_role("searchbox", name="Add a medicine", exact=True).fill("baclofen 10 mg")
    rhea.press("Find it")
    rhea.page.get_by_role("main").get_by_role("link", name=re.compile("^Compare")).nth(3).click()
    table = rhea.page.get_by_role("table")
    assert table.get_by_role("columnheader").count() == 3, "what, and two makers"
    heads = rhea.page.get_by_role("main").get_by_role("heading", level=2).get_by_role("link")
    heads.last.click()
    rhea.page.wait_for_url("**/products/**")
