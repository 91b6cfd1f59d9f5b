"""A visitor with a browser's manners: one kept connection, cookies, forms; no JavaScript and no pause to think."""

from __future__ import annotations

import http.client
import re
import urllib.parse
from dataclasses import dataclass
from typing import Final

CSRF: Final = "a" * 32
NEWARK: Final = {
    "name": "Marta Quintero", "street": "418 Halsey Street", "city": "Newark", "region": "NJ", "postal_code": "07102",
    "phone": "",
}  # fmt: skip


class Unexpected(AssertionError):
    """The pharmacy answered something else than the visitor needs to go on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `size` is what went over the wire, compressed, without headers."""

    status: int
    body: bytes
    location: str
    size: int

    @property
    def text(self) -> str:
        """The page (asked for without compression)."""
        return self.body.decode()


class Visitor:
    """One person at one connection. `compressed`: ask for gzip and leave the body packed."""

    def __init__(self, port: int, *, compressed: bool = False, timeout: float = 30) -> None:
        self.port = port
        self.timeout = timeout
        self.cookies: dict[str, str] = {"csrftoken": CSRF}
        self._packing = "gzip" if compressed else "identity"
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.more_headers: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", path, None)

    def post(self, path: str, **fields: str) -> Answer:
        """Send a form."""
        return self._ask("POST", path, urllib.parse.urlencode({"csrfmiddlewaretoken": CSRF, **fields}).encode())

    def hang_up(self) -> None:
        """Close the connection."""
        self._line.close()

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        cookies = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        headers = {"Accept-Encoding": self._packing, "Cookie": cookies, **self.more_headers}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._line.request(method, path, body, headers)
            answer = self._line.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # A kept connection that the server closed meanwhile: a browser opens a new one for what may be repeated.
            self._line.close()
            if method != "GET":
                raise
            self._line.request(method, path, body, headers)
            answer = self._line.getresponse()
        read = answer.read()
        self._keep(answer)
        self.heard(answer.headers)
        return Answer(answer.status, read, answer.headers.get("Location", ""), len(read))

    def heard(self, headers: http.client.HTTPMessage) -> None:
        """For visitors who listen to headers."""

    def _keep(self, answer: http.client.HTTPResponse) -> None:
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            if value in ("", '""'):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    # --- a guest's order ----------------------------------------------------------------------------------------
    def fill_basket(self, pack: str, *, quantity: int = 1) -> None:
        """Put packs into the basket."""
        _wanted(self.post("/basket/add/", pack=pack, quantity=str(quantity), wants="buy"), "/basket/")

    def go_to_review(self, *, lane: str, email: str = "marta@example.com") -> Answer:
        """Look at each step of the checkout and answer it; the page with "Place order"."""
        _ok(self.get("/checkout/contact/"))
        _wanted(self.post("/checkout/contact/", email=email, consent="on"), "/checkout/delivery/")
        _ok(self.get("/checkout/delivery/"))
        _wanted(self.post("/checkout/delivery/", lane=lane, **NEWARK), "/checkout/review/")
        return _ok(self.get("/checkout/review/"))

    def place(self, review: Answer) -> str:
        """Press "Place order"; where the browser is sent: the hosted page, or the order's own."""
        found = re.search(r'name="expected_total"[^>]*value="(\d+)"', review.text)
        if found is None:
            raise Unexpected("the review has no total")
        answer = self.post("/checkout/review/", expected_total=found[1])
        if answer.status != 303:
            raise Unexpected(f"{answer.status} instead of a payment page")
        return answer.location


def _ok(answer: Answer) -> Answer:
    if answer.status != 200:
        raise Unexpected(f"{answer.status} → {answer.location or answer.body[:300]!r}")
    return answer


def _wanted(answer: Answer, location: str) -> None:
    if answer.location.partition("?")[0] != location:
        raise Unexpected(f"{answer.status} → {answer.location or answer.body[:300]!r}, not {location}")
