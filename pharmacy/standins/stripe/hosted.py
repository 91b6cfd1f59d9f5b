"""The hosted payment page and the 3-D Secure page: what a person sees and presses."""

from __future__ import annotations

import dataclasses
import datetime
import re
from urllib.parse import parse_qs, urlencode, urlsplit

from pharmacy.standins.stripe import cards, charging, pages, sessions
from pharmacy.standins.stripe.shapes import Object
from pharmacy.standins.stripe.world import Draft, World


@dataclasses.dataclass(frozen=True)
class Page:
    """An answer for a browser: HTML, or a redirect when `location` is set. `forms_to`: origins a form may lead to."""

    status: int
    html: str = ""
    location: str = ""
    forms_to: str = ""


@dataclasses.dataclass(frozen=True)
class Typed:
    """What somebody typed into the card form. The number is kept only when it is a test card."""

    number: str = ""
    expiry: str = ""
    cvc: str = ""
    name: str = ""

    @classmethod
    def of(cls, text: str) -> Typed:
        told = {name: values[0].strip() for name, values in parse_qs(text).items()}
        return cls(**{field.name: told.get(field.name, "")[:80] for field in dataclasses.fields(cls)})


class Hosted:
    """Pages by path: `/c/pay/<session>` and `/authenticate/<intent>`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, method: str, path: str, text: str) -> Page:
        with self._world.lock:
            draft = Draft(self._world)
            charging.lapse(draft)
            draft.commit()
            draft = Draft(self._world)
            page = self._page(draft, method, path, text)
            draft.commit()
            return page

    def _page(self, draft: Draft, method: str, path: str, text: str) -> Page:
        match = re.fullmatch(r"/(c/pay|authenticate)/([A-Za-z0-9_]+)", path)
        if match and match[1] == "c/pay" and (session := draft.find("checkout.session", match[2])):
            return self._pay(draft, session, text) if method == "POST" else _form(session, _prefilled(text))
        if match and match[1] == "authenticate" and (intent := draft.find("payment_intent", match[2])):
            return self._authenticate(draft, intent, text if method == "POST" else "")
        return Page(
            404, pages.message("There is no such page", "The address is not one of a payment that is known here.")
        )

    def _pay(self, draft: Draft, session: Object, text: str) -> Page:
        """Pressed twice, or after the end: the first press counts, and everybody is told how it ended."""
        if session["status"] != "open":
            return _ended(session)
        typed = Typed.of(text)
        wrong, card, until = _check(typed, draft.now)
        if wrong or card is None:
            return _form(
                session, dataclasses.replace(typed, number="" if card is None else typed.number), wrong, status=422
            )
        outcome = sessions.pay(draft, session, card, name=typed.name, until=until)
        if outcome == "authenticate":
            return Page(303, location=f"/authenticate/{session['payment_intent']}")
        if outcome == "paid":
            return Page(303, location=_success(session))
        return _form(session, typed, {"number": cards.MESSAGES[outcome]}, status=402)

    def _authenticate(self, draft: Draft, intent: Object, text: str) -> Page:
        session = draft.find("checkout.session", intent.get("_session"))
        choice = parse_qs(text).get("choice", [""])[0]
        if intent["status"] != "requires_action":
            return Page(303, location=self._way_on(session, intent))
        if choice not in ("complete", "fail"):
            return Page(
                200,
                pages.authenticate(intent),
                forms_to=_origin(session["success_url"] if session else intent["_return_url"]),
            )
        if choice == "fail":
            charging.fail_authentication(draft, intent)
        else:
            method = draft.get("payment_method", intent["payment_method"])
            outcome = charging.attempt(draft, intent, method, authenticated=True)
            if session and outcome == "paid":
                sessions.complete(draft, session, intent)
        return Page(303, location=self._way_on(session, intent))

    def _way_on(self, session: Object | None, intent: Object) -> str:
        if session:
            failed = "?" + urlencode({"failed": _last_failure(intent)}) if intent["last_payment_error"] else ""
            return _success(session) if session["status"] == "complete" else f"/c/pay/{session['id']}{failed}"
        if not intent["_return_url"]:
            return "/"
        went = "succeeded" if intent["status"] in ("succeeded", "requires_capture") else "failed"
        told = urlencode({"payment_intent": intent["id"], "redirect_status": went})
        return f"{intent['_return_url']}{'&' if '?' in intent['_return_url'] else '?'}{told}"


def _last_failure(intent: Object) -> str:
    error = intent["last_payment_error"] or {}
    return (
        "authentication"
        if error.get("code") == "payment_intent_authentication_failure"
        else str(error.get("decline_code", "card"))
    )


def _prefilled(text: str) -> Typed:
    """The form filled with a test card (`?card=…`): a link does it, so the page needs no script."""
    told = parse_qs(text)
    card = cards.by_number(told.get("card", [""])[0])
    if "failed" in told:
        return Typed(cvc="failed:" + told["failed"][0])
    return Typed(number=card.number, expiry="12 / 34", cvc="123", name="Test Person") if card else Typed()


def _form(session: Object, typed: Typed, wrong: dict[str, str] | None = None, *, status: int = 200) -> Page:
    if session["status"] != "open":
        return _ended(session)
    if typed.cvc.startswith("failed:"):
        reason = typed.cvc.removeprefix("failed:")
        wrong = {
            "number": cards.MESSAGES.get(
                reason, "The card was not confirmed by its bank. Try again or use another card."
            )
        }
        typed = Typed()
    html = pages.pay(session, dataclasses.asdict(typed), wrong or {}, is_declined=status != 422)
    return Page(status, html, forms_to=_origin(session["success_url"]))


def _ended(session: Object) -> Page:
    if session["status"] == "complete":
        return Page(303, location=_success(session))
    return Page(
        410,
        pages.message(
            "This payment page has ended",
            "Nothing was charged or held. Go back to the shop to start again.",
            back=session["cancel_url"],
        ),
    )


def _check(typed: Typed, now: int) -> tuple[dict[str, str], cards.TestCard | None, tuple[int, int]]:
    """What is wrong by field, the card, and month and year of its end."""
    wrong: dict[str, str] = {}
    card = cards.by_number(typed.number)
    if not typed.number:
        wrong["number"] = "Enter a card number: pick one of the test cards."
    elif card is None:
        wrong["number"] = "Only the test cards listed here work. Never type a real card number on this page."
    until = _until(typed.expiry)
    today = datetime.datetime.fromtimestamp(now, datetime.UTC)
    if until is None:
        wrong["expiry"] = "Enter month and year, like 12 / 34."
    elif (until[1], until[0]) < (today.year, today.month):
        wrong["expiry"] = "This date is past. Enter one like 12 / 34."
    if not re.fullmatch(r"\d{3,4}", typed.cvc):
        wrong["cvc"] = "Enter three or four digits, like 123."
    if not typed.name:
        wrong["name"] = "Enter a name."
    return wrong, card, until or (0, 0)


def _until(text: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"\s*(\d{1,2})\s*/?\s*(\d{2}|\d{4})\s*", text)
    if not match or not 1 <= int(match[1]) <= 12:
        return None
    return int(match[1]), int(match[2]) % 100 + 2000


def _success(session: Object) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _origin(url: str | None) -> str:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
