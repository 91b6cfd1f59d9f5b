"""The pharmacy that the journeys happen in, as seen from outside: pages, letters, the provider's books."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pharmacy.run.place import REPOSITORY
from tests.standin import StandIn

SOON = 30
"""Seconds within which a worker has done what a page or a letter waits for."""


class Standing(StandIn):
    """The stand-in that the pharmacy runs."""

    def __init__(self, url: str) -> None:
        self.url = url


@dataclass(frozen=True)
class Money:
    """What the provider holds and took for one order, in minor units."""

    status: str
    held: int
    taken: int


class House:
    """One running pharmacy. `variables`: the environment of its processes."""

    def __init__(self, url: str, variables: Mapping[str, str]) -> None:
        self.url = url
        self.variables = dict(variables)
        self.stripe = Standing(self.variables["STRIPE_API_BASE"])
        self._people: dict[str, dict[str, str]] = {}

    def manage(self, *args: str, stdin: str = "") -> str:
        """What a management command prints. Raises AssertionError with its complaint."""
        done = subprocess.run(
            [sys.executable, "manage.py", *args], cwd=REPOSITORY, input=stdin, text=True, capture_output=True,
            env=self.variables, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def person(self, mailbox: str) -> dict[str, str]:
        """The sign-in of one of the demo's people: "pharmacist", "dispenser" …"""
        if not self._people:
            told = json.loads(self.manage("demo_people", "--json"))["people"]
            self._people = {one["email"].partition("@")[0]: one for one in told}
        return self._people[mailbox]

    def run(self, program: str) -> str:
        """What a few lines of Python print inside the installation."""
        return self.manage("shell", "--no-imports", "--command", program).strip()

    # --- the provider's books -----------------------------------------------------------------------------------
    def money(self, reference: str, *, attempt: int = 1) -> Money | None:
        """What the provider knows of an order's payment; None when the card was never tried."""
        name = f"{reference}-{attempt}"
        found = [one for one in self.stripe.ledger("payment_intent") if one["metadata"].get("payment") == name]
        if not found or found[0]["status"] == "requires_payment_method":
            return None
        assert len(found) == 1, "two holds for one payment"
        return Money(found[0]["status"], found[0]["amount_capturable"], found[0]["amount_received"])

    def until_money(self, reference: str, status: str, *, seconds: float = SOON, attempt: int = 1) -> Money:
        """The payment once the provider says `status`."""
        until(
            lambda: (now := self.money(reference, attempt=attempt)) is not None and now.status == status,
            f"the provider says {status} for {reference}, not {self.money(reference, attempt=attempt)}",
            seconds=seconds,
        )
        found = self.money(reference, attempt=attempt)
        assert found is not None
        return found

    def assert_sound(self) -> None:
        """Every invariant holds over the whole database."""
        said = json.loads(self.manage("verify", "--json"))
        assert [rule for rule in said if rule["broken"]] == []


def until(done: Callable[[], Any], what: str, *, seconds: float = SOON) -> None:
    """Wait for it. Raises AssertionError that says what did not happen."""
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def already_running() -> House | None:
    """While journeys are being written: a pharmacy named by the file in JOURNEYS_AT is used instead of a new one."""
    named = os.environ.get("JOURNEYS_AT")
    if not named:
        return None
    told = json.loads(Path(named).read_text())
    return House(told["url"], told["variables"])
