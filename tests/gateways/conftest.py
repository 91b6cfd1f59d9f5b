"""What the gateway tests ask for: a Stripe (the stand-in, or the real test mode), fresh references, and an open ear."""

from __future__ import annotations

import itertools
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from orders.gateways import stripe_gateway
from tests.standin import StandIn

LIVE_KEY = os.environ.get("STRIPE_SECRET_KEY", "")


@pytest.fixture(params=["standin", pytest.param("live", marks=pytest.mark.stripe_live)])
def stripe_side(request: pytest.FixtureRequest, settings: Any) -> str:
    """The same test against the stand-in and, when a test key is given, against Stripe itself."""
    if request.param == "standin":
        request.getfixturevalue("stripe_standin")
    elif not LIVE_KEY.startswith("sk_test_") or LIVE_KEY == "sk_test_standin":
        pytest.skip("needs STRIPE_SECRET_KEY=sk_test_… of a Stripe account")
    else:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = "", LIVE_KEY
    return str(request.param)


@pytest.fixture
def reference() -> str:
    """A payment reference that nobody used before."""
    return f"pay_{uuid.uuid4().hex[:20]}"


@pytest.fixture
def a_hold(reference: str) -> Callable[..., stripe_gateway.Snapshot]:
    """Money held on a card: `a_hold(1000, card="pm_card_visa")`."""
    count = itertools.count()

    def hold(amount_minor: int = 1000, card: str = "pm_card_visa", key: str = "") -> stripe_gateway.Snapshot:
        return stripe_gateway.authorize(
            reference=reference,
            amount_minor=amount_minor,
            currency="USD",
            payment_method=card,
            key=key or f"{reference}/authorize/{next(count)}",
        )

    return hold


@pytest.fixture
def a_page(reference: str) -> Callable[..., stripe_gateway.CheckoutPage]:
    """An open payment page: `a_page(1317)`."""

    def open_page(amount_minor: int = 1317, **options: Any) -> stripe_gateway.CheckoutPage:
        told: dict[str, Any] = {
            "reference": reference,
            "order_reference": "OP-7K3M",
            "amount_minor": amount_minor,
            "currency": "USD",
            "email": "alice@example.com",
            "success_url": "http://localhost:8000/pay/return/?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://localhost:8000/orders/OP-7K3M/",
            "key": f"{reference}/checkout",
        }
        return stripe_gateway.open_checkout(**(told | options))

    return open_page


class Ear:
    """A webhook endpoint that keeps what it hears. `statuses` are answered first, then 200."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        self.url = ""

    def kinds(self) -> list[str]:
        return [stripe_gateway.verify_webhook(body, signature).kind for body, signature in list(self.heard)]


@pytest.fixture
def ear() -> Iterator[Ear]:
    listening = Ear()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = listening.statuses.pop(0) if listening.statuses else 200
            listening.heard.append((body, self.headers["Stripe-Signature"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    listening.url = f"http://127.0.0.1:{server.server_port}/webhooks/stripe/"
    yield listening
    server.shutdown()
    server.server_close()


@pytest.fixture
def loud_standin(tmp_path: Any, ear: Ear, settings: Any) -> Iterator[StandIn]:
    """A stand-in of its own whose webhooks reach the `ear`."""
    from tests.standin import KEY, SECRET, started

    with started(tmp_path / "stripe", webhook_url=ear.url) as one:
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = one.url, KEY, SECRET
        yield one
