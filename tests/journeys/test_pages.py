"""Every page on a phone and on a desk, by day and by night: it fits, is quiet, keeps to itself, and axe has nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.bench import claim_next
from tests.journeys.house import House
from tests.journeys.paper import a_prescription
from tests.journeys.people import Colleague, Someone

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SHOTS", "")
"""A folder for a picture of every page, for who wants to look."""

SETTLED = 250
"""Milliseconds after which colours have changed over."""


class Look:
    """Looks hard at whatever page is open."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def at(self, one: Someone, name: str) -> None:
        """A phone at night, a desk by day (each width and each scheme once). The page is not loaded again."""
        from axe_playwright_python.sync_playwright import Axe

        page = one.page
        for width, scheme in ((360, "dark"), (1280, "light")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.wait_for_timeout(SETTLED)
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                self.wrong.append(f"{name}: {wide} px wide at {width}")
            for found in Axe().run(page).response["violations"]:
                where = [node["target"] for node in found["nodes"]][:3]
                self.wrong.append(f"{name} at {width}, {scheme}: {found['id']} {where}")
            if SHOTS:
                page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
        self.wrong += [f"{name}: {line}" for line in one.complaints]
        self.wrong += [f"{name} asks {url}" for url in one.foreign]
        one.complaints.clear()
        one.foreign.clear()


@pytest.fixture
def look() -> Iterator[Look]:
    one = Look()
    yield one
    assert one.wrong == [], "\n".join(one.wrong)


def test_pages_that_anybody_sees(look: Look, someone: Callable[..., Someone]) -> None:
    vera = someone("Vera")
    vera.go("/")
    look.at(vera, "home")
    vera.search("baclofin")
    look.at(vera, "search")
    for name, path in (
        ("substances", "/substances/?initial=b"), ("substance", "/substances/baclofen/"),
        ("classes", "/classes/"), ("class", "/classes/M03BX01/"),
    ):  # fmt: skip
        vera.go(path)
        look.at(vera, name)
    vera.go("/basket/")
    look.at(vera, "basket-empty")
    for name, path in (("sign-in", "/account/login/"), ("sign-up", "/account/signup/"), ("country", "/country/")):
        vera.go(path)
        look.at(vera, name)
    vera.go("/orders/ZZZ-ZZZ-ZZZ/")
    vera.complaints.clear()  # the browser itself says that a page was not found
    look.at(vera, "not-found")


def test_pages_of_an_order_and_of_those_who_work_on_it(
    house: House, look: Look, someone: Callable[..., Someone], staff: Callable[[str], Colleague]
) -> None:
    wanda = someone("Wanda")
    reference = up_to_the_order(wanda, look)
    for path in ("/account/", "/account/orders/", "/account/prescriptions/", "/account/looks/"):
        wanda.go(path)
        look.at(wanda, path.strip("/").replace("/", "-"))

    petra, dan = staff("superintendent"), staff("dispenser")
    petra.go("/admin/")
    look.at(petra, "workbench")
    petra.go("/admin/review/")
    look.at(petra, "queue")
    claim_next(petra, wanda.full_name)
    look.at(petra, "case")
    dan.go("/admin/dispensing/")
    look.at(dan, "dispensing")
    wanda.go(f"/orders/{reference}/")
    wanda.press("Cancel order")


def up_to_the_order(wanda: Someone, look: Look) -> str:
    wanda.search("baclofen 10 mg")
    wanda.page.get_by_role("main").get_by_role("article").first.get_by_role("link").first.click()
    wanda.page.wait_for_url("**/products/**")
    look.at(wanda, "product")
    wanda.press("Send a prescription")
    wanda.page.wait_for_url("**/basket/")
    look.at(wanda, "basket")
    wanda.go_to_checkout()
    look.at(wanda, "checkout-who")
    wanda.sign_up()
    wanda.page.get_by_role("heading", name="Contact", exact=True).wait_for()
    look.at(wanda, "checkout-contact")
    wanda.give_contact()
    look.at(wanda, "checkout-patient")
    wanda.give_patient()
    wanda.send_file("prescription.jpg", "image/jpeg", a_prescription(wanda.full_name))
    wanda.page.get_by_role("listitem").filter(has_text="prescription.jpg").wait_for()
    look.at(wanda, "checkout-prescription")
    wanda.press("Continue")
    look.at(wanda, "checkout-delivery")
    wanda.give_address()
    look.at(wanda, "checkout-review")
    wanda.place()
    wanda.pay()
    reference = wanda.come_back()
    look.at(wanda, "order")
    return reference
