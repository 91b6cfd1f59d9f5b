"""Time-outs, lost answers, saved errors and crashes: the outcome is one payment, and the caller hears the truth."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import stripe

from orders.gateways import stripe_gateway
from orders.gateways.stripe_gateway import wire
from pharmacy.refusals import Unreachable
from tests.standin import KEY, ROOT, StandIn, started


def intents(standin: StandIn, reference: str) -> list[dict[str, Any]]:
    return [one for one in standin.ledger("payment_intent") if one["metadata"].get("payment") == reference]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client that waits half a second and never asks again by itself."""
    wire._client_for.cache_clear()
    monkeypatch.setattr(wire, "TIMEOUT", 0.5)
    real = stripe.StripeClient

    def once(key: str, **options: Any) -> stripe.StripeClient:
        return real(key, **(options | {"max_network_retries": 0}))

    monkeypatch.setattr(stripe, "StripeClient", once)
    yield
    wire._client_for.cache_clear()


@pytest.mark.parametrize(
    "fault",
    [{"do": "late", "seconds": 1.5}, {"do": "close"}],
    ids=["timed out after it worked", "connection lost after it worked"],
)
def test_an_answer_lost_after_the_effect_leaves_one_hold(
    stripe_standin: StandIn, impatient: None, a_hold: Any, reference: str, fault: dict[str, Any]
) -> None:
    stripe_standin.control(answers=[fault | {"path": "payment_intents$", "method": "POST"}])
    with pytest.raises(Unreachable):
        a_hold(key=f"{reference}/one")
    time.sleep(fault.get("seconds", 0))

    held = a_hold(key=f"{reference}/one")

    assert held.status == "requires_capture"
    assert [one["id"] for one in intents(stripe_standin, reference)] == [held.intent_id]


def test_the_sdk_asks_again_by_itself_with_the_same_key(stripe_standin: StandIn, a_hold: Any, reference: str) -> None:
    stripe_standin.control(answers=[{"do": "close", "times": 2, "path": "payment_intents$"}])

    assert a_hold().status == "requires_capture"
    assert len(intents(stripe_standin, reference)) == 1


def test_a_saved_500_is_told_again_but_the_payment_can_be_found(
    stripe_standin: StandIn, a_hold: Any, reference: str
) -> None:
    stripe_standin.control(answers=[{"do": "error", "path": "payment_intents$"}])
    for _ in range(2):
        with pytest.raises(Unreachable):
            a_hold(key=f"{reference}/one")

    found = stripe_gateway.find_by_reference(reference)

    assert found is not None
    assert (found.status, found.capturable_minor) == ("requires_capture", 1000)
    assert len(intents(stripe_standin, reference)) == 1


@pytest.mark.parametrize("fault", ["rate_limit", "unavailable", "refuse"])
def test_what_was_never_done_is_unreachable_and_works_later_with_the_same_key(
    stripe_standin: StandIn, impatient: None, a_hold: Any, reference: str, fault: str
) -> None:
    stripe_standin.control(answers=[{"do": fault}])
    with pytest.raises(Unreachable):
        a_hold(key=f"{reference}/one")
    assert intents(stripe_standin, reference) == []

    assert a_hold(key=f"{reference}/one").status == "requires_capture"


def test_a_wrong_key_is_unreachable_and_is_not_told(stripe_standin: StandIn, a_hold: Any, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_somebody_elses_key"

    with pytest.raises(Unreachable) as told:
        a_hold()

    assert "somebody" not in str(told.value)


def test_refusals_hold_none_of_stripes_words(stripe_standin: StandIn, a_hold: Any) -> None:
    with pytest.raises(stripe_gateway.CardDeclined) as told:
        a_hold(card="pm_card_chargeDeclined")

    assert set(told.value.facts) == {"reason", "request"}
    assert told.value.__cause__ is None


def test_two_captures_at_once_with_one_key_take_money_once(
    stripe_standin: StandIn, impatient: None, a_hold: Any
) -> None:
    held = a_hold()
    stripe_standin.control(answers=[{"do": "slow", "seconds": 0.3, "path": "capture$"}])
    outcomes: list[Any] = []

    def take() -> None:
        try:
            outcomes.append(
                stripe_gateway.capture(held.intent_id, amount_minor=1000, key="capture/" + held.intent_id).status
            )
        except Unreachable:
            outcomes.append("in flight")

    both = [threading.Thread(target=take) for _ in range(2)]
    both[0].start()
    time.sleep(0.1)
    both[1].start()
    for one in both:
        one.join()

    assert sorted(outcomes) == ["in flight", "succeeded"]
    movements = [one for one in stripe_standin.ledger("balance_transaction") if one["source"] == held.objects[0].id]
    assert [one["amount"] for one in movements] == [1000]


def test_what_was_answered_survives_kill_9(tmp_path: Path, settings: Any, a_hold: Any, reference: str) -> None:
    with started(tmp_path / "stripe") as one:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = one.url, KEY
        held = a_hold(key=f"{reference}/one")
        one.advance(3600)
        before = one.ledger()
        one.kill()
        with (tmp_path / "stripe" / "journal.jsonl").open("ab") as torn:
            torn.write(b'[["payment_intent","pi_torn",{"id":')
        one.start()

        assert one.ledger() == before
        assert a_hold(key=f"{reference}/one").intent_id == held.intent_id
        assert stripe_gateway.capture(held.intent_id, amount_minor=1000, key=f"{reference}/c").status == "succeeded"
        assert one.control()["now"] >= int(time.time()) + 3599
        one.restart()
        assert stripe_gateway.fetch(intent_id=held.intent_id).status == "succeeded"


def test_holds_and_keys_survive_kill_9_in_the_middle_of_a_crowd(tmp_path: Path, settings: Any, reference: str) -> None:
    with started(tmp_path / "stripe") as one:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = one.url, KEY
        told: dict[int, str] = {}

        def hold(n: int) -> None:
            with contextlib.suppress(Unreachable):
                told[n] = stripe_gateway.authorize(
                    reference=f"{reference}{n}",
                    amount_minor=100 + n,
                    currency="USD",
                    payment_method="pm_card_visa",
                    key=f"k{n}",
                ).intent_id

        crowd = [threading.Thread(target=hold, args=(n,)) for n in range(20)]
        for person in crowd:
            person.start()
        time.sleep(0.05)
        one.restart()
        for person in crowd:
            person.join()

        for n in range(20):
            hold_id = told.get(n)
            hold(n)
            assert hold_id in (None, told[n])
        assert len(one.ledger("payment_intent")) == 20


def test_it_refuses_to_start_in_a_real_pharmacy(tmp_path: Path) -> None:
    for environment, options in (({"DEMO": "0"}, []), ({"DEMO": "1"}, ["--key", "sk_live_x"])):
        ended = subprocess.run(
            [sys.executable, "-m", "pharmacy.standins.stripe", "--port", "0", "--state", str(tmp_path), *options],
            cwd=ROOT, env={"PATH": "/usr/bin:/bin", **environment}, capture_output=True, timeout=30, check=False,
        )  # fmt: skip
        assert ended.returncode != 0
