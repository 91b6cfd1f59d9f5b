"""The queue and the case in a real browser: by eye at two widths, day and night, by keyboard, and for axe."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from pharmacy.accounts.models import User
from prescriptions.actions.clinical_check import decline
from prescriptions.actions.review import answer, ask_patient, claim, reply
from prescriptions.models.clearance import Clearance
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.requests import seen_of
from tests.prescriptions.desk import desk
from tests.shop.catalog import a_pack, baclofen, ibuprofen, stocked
from tests.shop.prescriptions import a_case, a_patient, transcribed, waiting

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
SHOTS = os.environ.get("SHOTS", "")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def cyclobenzaprine() -> Any:
    pack = a_pack("Cyclobenzaprine hydrochloride", strength="10 mg", supply="prescription_only", size=30)
    stocked(pack, 600, number="C22")
    return pack


@pytest.fixture
def busy(alice: User, petra: User, paul: User) -> Case:
    """A queue in many states; the case that petra has, half done."""
    facts = {"conditions": "Multiple sclerosis", "medicines": "Baclofen 10 mg, 3 a day", "weight_kg": "61"}
    patient = a_patient(alice, **facts)
    pack = baclofen()
    case = a_case([(pack, 2), cyclobenzaprine(), ibuprofen()], customer=alice, patient=patient)
    first, second = SupplyRequest.objects.filter(case=case).order_by("created_at", "pk")[:2]
    claim(case, by=petra)
    transcribed(first, by=petra, quantity=90)
    assert second.status == "waiting"
    answer(case, text="I have three tablets left, will it come in time?", by=alice)
    reply(
        case, text="Yes. If it is cleared tonight it is with you on Wednesday. Please do not stop in between.", by=petra
    )
    asked, _ = waiting(alice, pack, patient=patient)
    ask_patient(asked, text="Which dose do you take at night?", by=paul)
    theirs, _ = waiting(alice, pack, patient=patient)
    claim(theirs, by=paul)
    for _ in range(4):
        waiting(alice, pack, patient=patient)
    done, gone = waiting(alice, pack, patient=patient)
    claim(done, by=petra)
    decline(gone, code="clinical", sentence="Please speak to your prescriber.", seen=seen_of(gone), by=petra)
    case.refresh_from_db()
    return case


def browser_of(chromium: Any, client: Client, server: Any, **how: Any) -> Any:
    """A page of a browser that has this client's session."""
    context = chromium.new_context(**how)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server.url}])
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("response", lambda got: page.said.append(got.url) if got.status >= 400 else None)
    page.on("pageerror", lambda problem: page.said.append(str(problem)))
    return page


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def test_queue_and_case_fit_and_are_accessible(live_server: Any, chromium: Any, busy: Case, petra: User) -> None:
    from axe_playwright_python.sync_playwright import Axe

    client = desk(petra)
    pages = {"queue": "/admin/review/", "case": f"/admin/review/{busy.number}/", "home": "/admin/"}
    problems: list[str] = []
    for width, scheme in [
        (320, "light"),
        (360, "light"),
        (360, "dark"),
        (800, "light"),
        (1280, "light"),
        (1280, "dark"),
    ]:
        page = browser_of(chromium, client, live_server, viewport={"width": width, "height": 900}, color_scheme=scheme)
        for name, path in pages.items():
            where = f"{name} {width} {scheme}"
            page.goto(live_server.url + path)
            page.wait_for_load_state("networkidle")
            shot(page, f"{name}-{width}-{scheme}")
            if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
                problems.append(f"{where} is {needed} wide")
            for found in Axe().run(page).response["violations"]:
                problems += [f"{where}: {found['id']} {node['html'][:160]}" for node in found["nodes"]]
        problems += page.said
        page.context.close()
    assert problems == [], "\n".join(problems)


def test_the_desk_works_by_keyboard_alone(live_server: Any, chromium: Any, busy: Case, petra: User) -> None:
    page = browser_of(chromium, desk(petra), live_server, viewport={"width": 1280, "height": 900})
    page.goto(f"{live_server.url}/admin/review/{busy.number}/")

    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    page.keyboard.press("j")
    assert "Cyclobenzaprine" in page.locator("[data-line][aria-current=true] h3").inner_text()
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.name") == "reason"
    shot(page, "case-declining")
    assert page.get_by_label("Note to the patient").count() == 1
    page.keyboard.press("Escape")
    assert page.get_by_label("Reason").count() == 0
    page.keyboard.press("k")
    page.keyboard.press("a")  # forbidden for this line: does nothing, and says why
    said = page.locator("[data-line][aria-current=true] [data-said]")
    page.wait_for_function("one => one.textContent !== ''", arg=said.element_handle())
    page.keyboard.press("l")
    page.get_by_text("Approved 1 of 2 by you").wait_for()
    assert page.evaluate("document.activeElement.matches('[data-line]')")  # on at the next line to decide

    assert Clearance.objects.filter(request__case=busy).exclude(decided_by=None).count() == 1
    assert page.get_by_text("Approved 1 of 2 by you").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_url("**/admin/review/?site=*")
    assert page.get_by_role("heading", name="Review queue").is_visible()
    assert page.said == []


def test_the_live_queue_keeps_the_focus_where_it_is(
    live_server: Any, chromium: Any, busy: Case, petra: User, alice: User
) -> None:
    page = browser_of(chromium, desk(petra), live_server, viewport={"width": 1280, "height": 900})
    page.goto(live_server.url + "/admin/review/")
    link = page.get_by_role("link", name=busy.number)
    link.focus()
    before = page.locator("#waiting").inner_text()
    a_case([baclofen()], customer=alice)

    page.wait_for_function("text => document.getElementById('waiting').innerText !== text", arg=before, timeout=20_000)

    assert page.evaluate("document.activeElement.textContent") == busy.number
    assert page.said == []
