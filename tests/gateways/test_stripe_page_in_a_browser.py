"""The hosted payment page in a real browser: by eye, by keyboard, by screen reader, and without a foreign request."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.standin import StandIn

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_and_is_accessible(
    stripe_standin: StandIn, a_page: Any, chromium: Any, width: int, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(a_page().url)
    page.get_by_role("link", name="Insufficient funds").click()
    page.get_by_role("button", name="Pay", exact=True).click()

    assert "Your card has insufficient funds." in page.get_by_role("alert").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page).response["violations"] == []
    assert [line for line in said if "402" not in line and "favicon" not in line] == []
    page.close()


def test_a_customer_pays_and_confirms_at_the_bank(
    stripe_standin: StandIn, a_page: Any, ear: Any, chromium: Any
) -> None:
    """The shop stands on another origin, so the page's own policy must let the browser go there."""
    shop = ear.url.removesuffix("/webhooks/stripe/")
    opened = a_page(success_url=shop + "/thanks?session={CHECKOUT_SESSION_ID}", cancel_url=shop + "/back")
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(opened.url)
    page.get_by_label("Card number").fill("4000 0027 6000 3184")
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("CVC").fill("123")
    page.get_by_label("Name on card").fill("Alice Example")
    page.get_by_role("button", name="Pay", exact=True).click()
    page.get_by_role("button", name="Complete").click()

    page.wait_for_url(f"{shop}/thanks?session={opened.session_id}")
    assert {url.split("/")[2] for url in asked} <= {stripe_standin.url.split("/")[2], shop.split("/")[2]}
    page.close()
