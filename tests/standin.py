"""The stand-in for Stripe as a process of its own, and the hands of a customer at its payment page.

from tests.standin import StandIn, started
with started(tmp_path) as stripe: ...          # or the fixture `stripe_standin` (tests/conftest plugins)
"""

from __future__ import annotations

import html
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

KEY = "sk_test_standin"
SECRET = "whsec_tests"
ROOT = Path(__file__).parent.parent


class _Stay(urllib.request.HTTPRedirectHandler):
    """A customer who stops at every redirect, to see where it leads."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_BROWSER = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))


def _ask(url: str, body: bytes | None = None, kind: str = "") -> tuple[int, str, str]:
    """Status, text and Location of one request."""
    request = urllib.request.Request(url, data=body, headers={"Content-Type": kind} if kind else {})
    try:
        with _BROWSER.open(request, timeout=30) as answer:
            return answer.status, answer.read().decode(), answer.headers.get("Location", "")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers.get("Location", "")


class Declined(AssertionError):
    """The payment page showed an error instead of letting the customer go on."""


class StandIn:
    """One running stand-in: `url`, `control`, `advance`, `ledger`, `pay`, `settle`, `kill`, `restart`."""

    def __init__(self, state: Path, *, webhook_url: str = "", retry_base: float = 0.05) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.state = state
        self.webhook_url = webhook_url
        self.retry_base = retry_base
        self.url = f"http://localhost:{self.port}"
        self.key = KEY
        self.secret = SECRET
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        told = ["--port", str(self.port), "--state", str(self.state), "--key", KEY, "--secret", SECRET, "--allow"]
        told += ["--retry-base", str(self.retry_base)]
        if self.webhook_url:
            told += ["--webhook-url", self.webhook_url]
        self._process = subprocess.Popen([sys.executable, "-m", "pharmacy.standins.stripe", *told], cwd=ROOT)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            assert self._process.poll() is None, "the stand-in ended at once"
            try:
                _ask(self.url + "/healthz")
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the stand-in did not start within 30 s")

    def kill(self) -> None:
        """As `kill -9`."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def restart(self) -> None:
        self.kill()
        self.start()

    def control(self, **told: Any) -> dict[str, Any]:
        """See or set faults: `reset=True`, `answers=[{"do": "close", "path": "capture$"}]`, `webhooks={"copies": 9}`"""
        return self._control("", told) if told else self._get("")

    def advance(self, seconds: int) -> dict[str, Any]:
        """Move the stand-in's clock on; holds and pages lapse."""
        return self._control("/advance", {"seconds": seconds})

    def redeliver(self, event: str = "all") -> int:
        return int(self._control("/redeliver", {"event": event})["owed"])

    def dispute(self, charge: str) -> str:
        return str(self._control("/dispute", {"charge": charge})["dispute"])

    def ledger(self, kind: str | None = None) -> Any:
        """All objects by kind ("payment_intent", "charge", "refund", "checkout.session" …), or those of one kind."""
        found = self._get("/ledger")
        return found if kind is None else found.get(kind, [])

    def settle(self, seconds: float = 20) -> None:
        """Wait until every webhook was delivered or given up."""
        until = time.monotonic() + seconds
        while self.control()["deliveries_pending"]:
            assert time.monotonic() < until, "webhooks are still on their way"
            time.sleep(0.02)

    def pay(self, url: str, card: str = "4242424242424242", *, authenticate: str = "complete") -> str:
        """Pay on a hosted page as a browser would; answers where it leads. Raises Declined with the page's words.

        `authenticate`: what to press when the bank asks: "complete" or "fail".
        """
        form = {"number": card, "expiry": "12/34", "cvc": "123", "name": "Test Person"}
        status, page, location = _ask(url, urllib.parse.urlencode(form).encode())
        if location.startswith("/authenticate/"):
            choice = urllib.parse.urlencode({"choice": authenticate}).encode()
            status, page, location = _ask(self.url + location, choice)
        if location.startswith("/c/pay/"):
            status, page, location = _ask(self.url + location)
        if not location:
            raise Declined(f"{status}: " + "; ".join(re.findall(r'class="wrong"[^>]*>([^<]*)', html.unescape(page))))
        return location

    def page(self, url: str) -> tuple[int, str]:
        """A hosted page as a browser gets it: status and HTML."""
        status, text, _ = _ask(url)
        return status, text

    def _get(self, path: str) -> dict[str, Any]:
        return dict(json.loads(_ask(f"{self.url}/_control{path}")[1]))

    def _control(self, path: str, told: dict[str, Any]) -> dict[str, Any]:
        status, text, _ = _ask(f"{self.url}/_control{path}", json.dumps(told).encode(), "application/json")
        assert status == 200, text
        return dict(json.loads(text))


@contextmanager
def started(state: Path, **options: Any) -> Iterator[StandIn]:
    """A stand-in of one's own, ended afterwards."""
    one = StandIn(state, **options)
    one.start()
    try:
        yield one
    finally:
        one.kill()


@pytest.fixture(scope="session")
def _one_standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with started(tmp_path_factory.mktemp("stripe")) as one:
        yield one


@pytest.fixture
def stripe_standin(_one_standin: StandIn, settings: Any) -> Iterator[StandIn]:
    """The stand-in that the gateway talks to in this test; faults are cleared afterwards, objects stay."""
    settings.STRIPE_API_BASE = _one_standin.url
    settings.STRIPE_SECRET_KEY = KEY
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    yield _one_standin
    _one_standin.control(reset=True)
