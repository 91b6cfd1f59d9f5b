"""Pictures are shown and measured before they are sent: the same advice as after sending, and never in the way."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter

from pharmacy.accounts.models import User
from prescriptions.models.document import Document
from prescriptions.rules.upload_words import ADVICE, SENTENCES
from prescriptions.rules.uploads import MAX_BYTES
from tests.prescriptions.test_pictures import paper
from tests.prescriptions.test_sending_a_prescription import UPLOAD, as_user
from tests.prescriptions.test_workbench_in_a_browser import CHROMIUM, browser_of, chromium, shot
from tests.shop.prescriptions import a_pdf

__all__ = ["chromium"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium"),
]
CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "good": lambda page: page,
    "dark": lambda page: page.point(lambda value: value // 6),
    "blurred": lambda page: page.filter(ImageFilter.GaussianBlur(9)),
    "small": lambda page: page.resize((300, 400)),
    "cropped": lambda page: page.crop((300, 200, 1200, 1900)),
    "faint": lambda page: page.point(lambda value: 200 + value // 10),
    "blank": lambda page: Image.new("RGB", page.size, "white"),
}


def a_file(name: str, content: bytes, kind: str = "image/jpeg") -> dict[str, Any]:
    return {"name": name, "mimeType": kind, "buffer": content}


def a_picture(what: str) -> dict[str, Any]:
    out = io.BytesIO()
    CHANGES[what](paper()).save(out, "JPEG", quality=90)
    return a_file(f"{what}.jpg", out.getvalue())


def said_of(page: Any, name: str) -> str:
    """What stands beside the preview of a file once it was looked at."""
    row = page.get_by_role("list", name="Chosen files").get_by_role("listitem").filter(has_text=name)
    row.get_by_text("Looking at it").wait_for(state="detached", timeout=15_000)
    return str(row.inner_text())


@pytest.fixture
def page(live_server: Any, chromium: Any, alice: User) -> Any:
    found = browser_of(chromium, as_user(alice), live_server, viewport={"width": 1280, "height": 900})
    found.goto(live_server.url + UPLOAD)
    yield found
    assert found.said == []
    found.context.close()


def test_each_picture_gets_the_advice_it_would_get_after_sending(page: Any) -> None:
    page.get_by_label("Prescription file").set_input_files([a_picture(what) for what in CHANGES])

    for what in CHANGES:
        said = said_of(page, f"{what}.jpg")
        assert ("Looks readable" in said) == (what == "good"), (what, said)
        assert [code for code, words in ADVICE.items() if words in said] == ([] if what == "good" else [what])
    assert page.locator(".picture canvas").count() == len(CHANGES)


def test_what_can_not_be_drawn_or_is_too_large_is_said_and_nothing_is_in_the_way(page: Any) -> None:
    field = page.get_by_label("Prescription file")
    heic, huge = a_file("a.heic", b"ftypheic", "image/heic"), a_file("b.jpg", bytes(MAX_BYTES + 1))
    field.set_input_files([heic, huge, a_file("c.pdf", a_pdf(), "application/pdf"), a_picture("dark")])
    assert "No preview here" in said_of(page, "a.heic")
    assert SENTENCES["too_big"] in said_of(page, "b.jpg")
    assert "No preview here" in said_of(page, "c.pdf")

    field.set_input_files([a_picture("dark"), a_file("c.pdf", a_pdf(), "application/pdf")])
    assert ADVICE["dark"] in said_of(page, "dark.jpg")
    page.get_by_role("button", name="Send file").click()

    page.get_by_text("2 files received").wait_for()
    assert {one.name for one in Document.objects.all()} == {"dark.jpg", "c.pdf"}


def test_without_script_nothing_of_it_shows_and_a_picture_is_sent(live_server: Any, chromium: Any, alice: User) -> None:
    page = browser_of(chromium, as_user(alice), live_server, java_script_enabled=False)
    page.goto(live_server.url + UPLOAD)
    page.get_by_label("Prescription file").set_input_files([a_picture("good")])
    assert not page.get_by_text("Looked at on your device").is_visible()

    page.get_by_role("button", name="Send file").click()

    page.get_by_text("1 file received").wait_for()
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (360, "dark"), (1280, "light"), (1280, "dark")])
def test_it_fits_and_is_accessible(live_server: Any, chromium: Any, alice: User, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser_of(
        chromium, as_user(alice), live_server, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page.goto(live_server.url + UPLOAD)
    page.get_by_label("Prescription file").set_input_files([a_picture("dark"), a_picture("good")])
    said_of(page, "good.jpg")
    shot(page, f"previews-{width}-{scheme}")

    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_the_script_loads_nothing_and_has_no_words_of_its_own() -> None:
    script = Path("prescriptions/static/prescriptions/upload.js").read_text()
    for banned in ("fetch(", "http", "innerHTML", "data:"):
        assert banned not in script
