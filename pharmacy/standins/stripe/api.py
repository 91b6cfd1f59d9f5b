"""One API request from key to answer: who asks, once only, with right parameters, kept before it is told."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import time
from typing import Any

from pharmacy.standins.stripe import charging
from pharmacy.standins.stripe.contract.answers import faults as contract_faults
from pharmacy.standins.stripe.errors import ParameterWrong, StripeError, broken, unauthorised
from pharmacy.standins.stripe.faults import Fault, Faults
from pharmacy.standins.stripe.forms import decode
from pharmacy.standins.stripe.listing import expand, shown
from pharmacy.standins.stripe.routes import Route, find
from pharmacy.standins.stripe.shapes import identifier
from pharmacy.standins.stripe.world import Draft, World

logger = logging.getLogger("standin.stripe")

_KEPT_FOR = 24 * 3_600


class HangUp(Exception):
    """Close the connection without an answer."""


@dataclasses.dataclass(frozen=True)
class Request:
    """What came over the wire. Header names are in lower case; `text` is the query or the form body."""

    method: str
    path: str
    text: str
    headers: dict[str, str]

    @property
    def key(self) -> str:
        return self.headers.get("idempotency-key", "") if self.method == "POST" else ""


@dataclasses.dataclass
class Answer:
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


class Api:
    """Answers requests under one lock: every request is a transaction of the world."""

    def __init__(self, world: World, faults: Faults, *, secret_key: str) -> None:
        self._world = world
        self._faults = faults
        self._secret_key = secret_key
        self._in_flight: set[str] = set()

    def answer(self, request: Request) -> Answer:
        """The answer to one request; raises HangUp when a fault says so."""
        number = identifier("req_", 14)
        fault = self._faults.take(request.method, request.path)
        try:
            _before(fault)
            self._authorise(request)
            reply = self._once(request, fault, number) if request.key else self._work(request, fault, number)
        except StripeError as error:
            reply = Answer(error.status, {"error": error.error})
        if fault and fault.do == "late":
            time.sleep(fault.seconds)
        if fault and fault.do == "close":
            raise HangUp
        reply.headers |= {"Request-Id": number, "Stripe-Version": self._world.api_version}
        if request.key:
            reply.headers["Idempotency-Key"] = request.key
        return reply

    def _authorise(self, request: Request) -> None:
        scheme, _, told = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or told != self._secret_key:
            raise unauthorised(told)

    def _once(self, request: Request, fault: Fault | None, number: str) -> Answer:
        """The same key gives the same answer again, whatever it was, for 24 hours."""
        if len(request.key) > 255:
            raise StripeError(
                400, type="invalid_request_error", message="Idempotency keys may be at most 255 characters long."
            )
        fingerprint = hashlib.sha256(f"{request.method} {request.path} {_canonical(request.text)}".encode()).hexdigest()
        with self._world.lock:
            kept = self._world.tables["answers"].get(request.key)
            if kept and kept["at"] + _KEPT_FOR > self._world.now():
                return _replayed(kept, fingerprint, request)
            if request.key in self._in_flight:
                raise StripeError(
                    409,
                    type="invalid_request_error",
                    code="idempotency_key_in_use",
                    message="There is currently another in-progress request using this Idempotent Key.",
                )
            self._in_flight.add(request.key)
        try:
            return self._work(request, fault, number, fingerprint)
        finally:
            self._in_flight.discard(request.key)

    def _work(self, request: Request, fault: Fault | None, number: str, fingerprint: str = "") -> Answer:
        if fault and fault.do == "slow":
            time.sleep(fault.seconds)
        route, ids = find(request.method, request.path)
        params = route.read(decode(request.text))
        with self._world.lock:
            draft = Draft(self._world, request=number, key=request.key or None)
            charging.lapse(draft)
            draft.commit()
            draft = Draft(self._world, request=number, key=request.key or None)
            reply, draft = self._run(draft, route, params, ids)
            if fault and fault.do == "error":
                reply = Answer(500, {"error": broken().error})
            if request.key and not reply.headers.pop("unkept", ""):
                draft.keep(
                    "answers",
                    request.key,
                    {
                        "at": draft.now,
                        "fingerprint": fingerprint,
                        "path": request.path,
                        "status": reply.status,
                        "body": reply.body,
                        "request": number,
                    },
                )
            draft.commit()
            return reply

    def _run(self, draft: Draft, route: Route, params: dict[str, Any], ids: tuple[str, ...]) -> tuple[Answer, Draft]:
        """Run the endpoint; a refusal leaves nothing behind but itself, unless it says that something happened."""
        paths = params.pop("expand", [])
        try:
            found = route.endpoint(draft, params, *ids)
            body = expand(draft, found if found["object"] in ("list", "search_result") else shown(draft, found), paths)
            wrong = contract_faults(body)
            if wrong:
                logger.error("the stand-in's answer breaks the contract: %s", "; ".join(wrong))
                raise broken("The stand-in's answer breaks the contract: " + "; ".join(wrong))
        except StripeError as error:
            kept = draft if error.keeps else Draft(self._world)
            unkept = {"unkept": "1"} if isinstance(error, ParameterWrong) else {}
            return Answer(error.status, {"error": error.error}, unkept), kept
        return Answer(200, body), draft


def _before(fault: Fault | None) -> None:
    """Faults that come before any work."""
    if fault is None:
        return
    if fault.do == "refuse":
        raise HangUp
    if fault.do == "rate_limit":
        raise StripeError(
            429, type="invalid_request_error", code="rate_limit", message="Too many requests hit the API too quickly."
        )
    if fault.do == "unavailable":
        raise StripeError(503, type="api_error", message="The API is not available for a moment.")


def _canonical(text: str) -> str:
    return json.dumps(decode(text), sort_keys=True)


def _replayed(kept: dict[str, Any], fingerprint: str, request: Request) -> Answer:
    if kept["path"] != request.path:
        raise StripeError(
            400,
            type="idempotency_error",
            message="Keys for idempotent requests can only be used for the same "
            f"endpoint they were first used for ('{request.path}' vs '{kept['path']}').",
        )
    if kept["fingerprint"] != fingerprint:
        raise StripeError(
            400,
            type="idempotency_error",
            message="Keys for idempotent requests can only be used with the same "
            f"parameters they were first used with. Try using a key other than '{request.key}' if you meant to "
            "execute a different request.",
        )
    return Answer(kept["status"], kept["body"], {"Idempotent-Replayed": "true", "Original-Request": kept["request"]})
