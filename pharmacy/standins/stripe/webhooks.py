"""Webhooks: signed as Stripe signs them, sent from a queue that survives a crash, tried again with growing pauses."""

from __future__ import annotations

import json
import logging
import random
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any

from stripe import WebhookSignature

from pharmacy.standins.stripe.faults import Faults
from pharmacy.standins.stripe.shapes import public
from pharmacy.standins.stripe.world import World

logger = logging.getLogger("standin.stripe")

_LONGEST_PAUSE = 3_600.0
_TIMEOUT = 10.0
_AT_ONCE = 4


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Messenger(threading.Thread):
    """Delivers what the world owes to one address, a few at once, roughly in order: Stripe promises none either."""

    def __init__(self, world: World, faults: Faults, *, url: str, secret: str) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._world = world
        self._faults = faults
        self._url = url
        self._secret = secret
        self._opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
        self._senders = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="webhook")
        self._copies = ThreadPoolExecutor(max_workers=20, thread_name_prefix="webhook-copy")
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.02):
            list(self._senders.map(self._deliver, self._due()))

    def pending(self) -> int:
        return len(self._world.tables["deliveries"])

    def owe_again(self, event_id: str) -> int:
        """Owe an event once more ("all": every event). Answers how many."""
        with self._world.lock:
            known = self._world.kind("event")
            chosen = list(known) if event_id == "all" else [event_id] if event_id in known else []
            self._world.commit([("deliveries", one, {"attempts": 0, "due": time.time()}) for one in chosen])
            return len(chosen)

    def _due(self) -> list[tuple[str, dict[str, Any]]]:
        told = self._faults.webhooks
        if told.paused or not self._url:
            return []
        with self._world.lock:
            at = time.time()
            due = [
                (event_id, one)
                for event_id, one in self._world.tables["deliveries"].items()
                if one["due"] + (told.delay if not one["attempts"] else 0) <= at
            ]
        if told.shuffle:
            random.shuffle(due)
        return due

    def _deliver(self, owed: tuple[str, dict[str, Any]]) -> None:
        event_id, delivery = owed
        if self.over.is_set():
            return
        event = self._world.kind("event")[event_id]
        body = json.dumps(public(event), indent=2)
        if self._faults.drops():
            arrived = True
        else:
            copies = max(1, self._faults.webhooks.copies)
            arrived = any(list(self._copies.map(lambda _: self._post(body), range(copies))))
        self._settle(event_id, delivery, arrived)

    def _post(self, body: str) -> bool:
        # The signature carries the real time: the receiver measures its tolerance on its own clock, which nobody moved.
        request = urllib.request.Request(  # noqa: S310  (the operator's own address)
            self._url,
            data=body.encode(),
            method="POST",
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": WebhookSignature.generate_signature_header(body, self._secret),
                "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            },
        )
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                return bool(200 <= answer.status < 300)
        except urllib.error.HTTPError as error:
            logger.info("webhook answered %s", error.code)
        except (OSError, HTTPException) as error:
            logger.info("webhook not delivered: %s", error)
        return False

    def _settle(self, event_id: str, delivery: dict[str, Any], arrived: bool) -> None:
        told = self._faults.webhooks
        tries = delivery["attempts"] + 1
        with self._world.lock:
            if arrived or tries >= told.most_tries:
                self._world.commit([("deliveries", event_id, None)])
                return
            pause = min(told.retry_base * 2 ** (tries - 1), _LONGEST_PAUSE)
            self._world.commit([("deliveries", event_id, {"attempts": tries, "due": time.time() + pause})])
