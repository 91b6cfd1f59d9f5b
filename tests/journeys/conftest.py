"""One running pharmacy and one browser for all journeys; everybody in them has a window of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bench.stack import Stack
from pharmacy.run.place import REPOSITORY
from tests.journeys.house import House, already_running
from tests.journeys.people import Colleague, Someone
from tests.ready_made import place, schema

PEOPLE: pytest.StashKey[list[Someone]] = pytest.StashKey()
ON_DUTY: dict[str, Colleague] = {}
PICTURES = REPOSITORY / "var" / "log" / "journeys"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="package")
def house() -> Iterator[House]:
    """A whole pharmacy with the demo in it: gunicorn, worker, clock, payment stand-in with webhooks."""
    if running := already_running():
        yield running
        return
    stack = Stack(place("journeys-" + os.environ.get("TEST_DB", "main")))
    try:
        stack.servers(schema=schema())
        status, said = stack.manage("demo", owner=True)
        assert status == 0, said
        stack.start()
        yield House(stack.url, stack.variables)
    finally:
        stack.stop()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """The browser. Closed with the last journey: while Playwright runs, Django's ORM refuses to work in this thread."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """When a journey fails, what everybody saw is kept beside the logs, named by the test and the person."""
    report = yield
    people = [*item.stash.get(PEOPLE, []), *ON_DUTY.values()]
    if call.when == "call" and call.excinfo is not None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        for one in people:
            with contextlib.suppress(Exception):
                one.page.screenshot(path=PICTURES / f"{item.name[:60]}-{one.name}.png", full_page=True)
    return report


@pytest.fixture
def someone(request: pytest.FixtureRequest, house: House, chromium: Any) -> Iterator[Callable[..., Someone]]:
    """`someone("Marta")` is a customer with a fresh window."""
    came = request.node.stash[PEOPLE] = []

    def come(name: str, **window: Any) -> Someone:
        came.append(Someone(house, chromium, name, **window))
        return came[-1]

    yield come
    for one in came:
        one.close()


@pytest.fixture(scope="package")
def staff(house: House, chromium: Any) -> Iterator[Callable[[str], Colleague]]:
    """`staff("pharmacist")` has signed in with a second factor, once for all journeys: a code is good once."""

    def come(mailbox: str) -> Colleague:
        if mailbox not in ON_DUTY:
            ON_DUTY[mailbox] = Colleague(house, chromium, mailbox)
            ON_DUTY[mailbox].sign_in()
        return ON_DUTY[mailbox]

    yield come
    for one in ON_DUTY.values():
        one.close()
    ON_DUTY.clear()
