"""People at a browser. They find everything as a screen reader does: by role and accessible name."""

from __future__ import annotations

import base64
import hmac
import itertools
import random
import re
import struct
import time
from dataclasses import dataclass
from typing import Any

from tests.journeys.house import SOON, House, until
from tests.journeys.paper import a_prescription

PASSWORD = "a long walk by the sea"
CARD = "4242 4242 4242 4242"
_SURNAMES = ("Ash", "Birk", "Dal", "Esk", "Field", "Gard", "Holm", "Lund", "Moor", "Ness", "Strand", "Thorn", "Wald")
_numbers = itertools.count(1)


class Someone:
    """One person with a browser window of their own."""

    def __init__(self, house: House, browser: Any, name: str, **window: Any) -> None:
        self.house = house
        self.name = name
        self.email = f"{name.lower()}-{int(time.time())}-{next(_numbers)}@example.com"
        self.full_name = f"{name} {random.choice(_SURNAMES)}{random.choice(_SURNAMES).lower()}"
        self.context = browser.new_context(base_url=house.url, locale="en-US", **window)
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", self._note_request)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith((self.house.url, self.house.stripe.url, "data:", "blob:")):
            self.foreign.append(request.url)

    def _note_console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({self.page.url})")

    # --- hands --------------------------------------------------------------------------------------------------
    def go(self, path: str) -> Any:
        return self.page.goto(path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def write(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def heading(self, name: str | re.Pattern[str]) -> Any:
        return self.page.get_by_role("heading", name=name)

    def sees(self, text: str | re.Pattern[str]) -> bool:
        return bool(self.page.get_by_text(text).filter(visible=True).count())

    def wait_for(self, text: str | re.Pattern[str], *, seconds: float = SOON) -> None:
        """Look again until the page says so (an order's page does not change by itself)."""
        ends = time.monotonic() + seconds
        while not self.sees(text):
            assert time.monotonic() < ends, f"not within {seconds} s: {text}\n{self.page.locator('main').inner_text()}"
            time.sleep(0.5)
            self.page.reload()

    @property
    def path(self) -> str:
        return str(self.page.url).removeprefix(self.house.url)

    @property
    def reference(self) -> str:
        """Of the order whose page is open."""
        return self.path.split("/orders/")[1].split("/")[0]

    # --- shopping -----------------------------------------------------------------------------------------------
    def search(self, words: str) -> None:
        self.go("/")
        box = self.page.get_by_role("combobox", name="Search medicines")
        box.fill(words)
        box.press("Enter")
        self.page.wait_for_url("**/search?**")

    def open_first(self, name: str | re.Pattern[str]) -> None:
        """Open the first product of a list that is called so."""
        self.page.get_by_role("main").get_by_role("heading").get_by_role("link", name=name).first.click()
        self.page.wait_for_url("**/products/**")

    def sign_up(self) -> None:
        """Create an account from the page that offers it; the code comes by e-mail."""
        self.follow("Create account")
        self.write("E-mail", self.email)
        self.write("Password", PASSWORD)
        self.press("Create account")
        self.write("Code", self.code_in_mail())
        self.press("Continue")

    def code_in_mail(self) -> str:
        found: list[str] = []

        def look() -> bool:
            for letter in self.letters():
                found.extend(re.findall(r"^\s*(\d{6})\s*$", letter.text, re.M))
            return bool(found)

        until(look, f"a letter with a code for {self.email}")
        return found[0]

    def letters(self) -> list[Letter]:
        """Everything that was written to this person, oldest first."""
        desk = self.context.new_page()
        desk.goto(f"/dev/mail/?to={self.email}")
        rows = desk.get_by_role("row").filter(has=desk.get_by_role("rowheader")).all()
        opened = [(row.get_by_role("link").first.get_attribute("href"), row.get_by_role("cell").all()) for row in rows]
        kinds = [(link, cells[1].inner_text().rpartition("/")[2]) for link, cells in opened]
        letters = []
        for link, kind in kinds:
            desk.goto(link)
            body = desk.get_by_role("article").inner_text()
            letters.append(Letter(kind, desk.get_by_role("heading", level=1).inner_text(), body))
        desk.close()
        return letters[::-1]

    def letter(self, kind: str) -> Letter:
        """The one letter of that kind, once it is there: "placed", "decision", "dispatched" …"""
        found: list[Letter] = []

        def look() -> bool:
            found[:] = [letter for letter in self.letters() if letter.kind == kind]
            return bool(found)

        until(look, f"a letter {kind!r} to {self.email}")
        assert len(found) == 1, f"{kind} was sent {len(found)} times"
        return found[0]

    # --- checkout -----------------------------------------------------------------------------------------------
    def go_to_checkout(self) -> None:
        self.go("/basket/")
        self.follow("Checkout")

    def give_contact(self) -> None:
        self.page.get_by_role("heading", name="Contact", exact=True).wait_for()
        if not self.page.get_by_label("E-mail", exact=True).input_value():
            self.write("E-mail", self.email)
        consent = self.page.get_by_role("checkbox", name="Health-data consent")
        if consent.count():
            consent.check()
        self.press("Continue")

    def give_patient(self, *, born: str = "1984-05-02") -> None:
        self.write("Name of the patient", self.full_name)
        self.write("Born on", born)
        self.press("Continue")

    def give_address(self) -> None:
        self.write("Full name", self.full_name)
        self.page.get_by_label(re.compile("^Street")).fill("12 Market Street")
        self.write("City", "Newark")
        self.page.get_by_label(re.compile("^State")).select_option(label="New Jersey")
        self.page.get_by_label(re.compile("^ZIP")).fill("07102")
        self.page.get_by_role("radio").and_(self.page.locator(":enabled")).first.check()
        self.press("Continue")
        self.page.get_by_role("button", name="Place order", exact=True).wait_for()

    def place(self) -> None:
        """ "Place order", up to the hosted payment page."""
        self.press("Place order")
        self.page.wait_for_url(f"{self.house.stripe.url}/**")

    def pay(self, card: str = CARD) -> None:
        """Fill in the hosted page and press "Pay"."""
        self.write("Card number", card)
        self.write("Expiry", "12/34")
        self.write("CVC", "123")
        self.write("Name on card", self.full_name)
        self.press("Pay")

    def come_back(self) -> str:
        """Back from the hosted page; the reference of the order whose page opens."""
        self.page.wait_for_url("**/orders/**")
        return self.reference

    def order(self, product: str, *, quantity: int = 1) -> str:
        """A guest buys a thing on general sale; the reference of the paid order."""
        self.buy(product, quantity=quantity)
        self.go_to_checkout()
        self.give_contact()
        self.give_address()
        self.place()
        self.pay()
        return self.come_back()

    def buy(self, product: str, *, quantity: int = 1) -> None:
        self.search(product)
        self.open_first(re.compile(product, re.I))
        self.page.get_by_label("Quantity", exact=True).select_option(str(quantity))
        self.press("Add to basket")
        self.page.wait_for_url("**/basket/")

    def choose_pack(self, name: re.Pattern[str]) -> Any:
        """Choose one of the product's packs; its row, once it is the chosen one."""
        pack = self.page.get_by_role("group", name="Pack").get_by_role("link", name=name)
        pack.click()
        until(lambda: pack.get_attribute("aria-current") == "true", f"{name.pattern} is chosen")
        return pack

    # --- prescriptions ------------------------------------------------------------------------------------------
    def ask_for_baclofen(self, *, packs: int = 1) -> None:
        """From the search to the basket, with packs of 90."""
        self.search("baclofen 10 mg")
        self.open_first(re.compile("^baclofen", re.I))
        self.follow("Teva Pharmaceuticals USA, Inc.")
        self.choose_pack(re.compile(r"^90 tablets"))
        self.press("Send a prescription")
        self.page.wait_for_url("**/basket/")
        if packs > 1:
            self.write("Packs", str(packs))
            self.page.get_by_role("button", name=re.compile("^Change")).click()
            self.page.wait_for_load_state()

    def go_to_the_paper(self) -> None:
        """Through checkout and sign-up to the page that asks for the prescription."""
        self.go_to_checkout()
        self.sign_up()
        self.give_contact()
        self.give_patient()

    def send_file(self, name: str, kind: str, content: bytes) -> None:
        box = self.page.get_by_label("Prescription file", exact=True)
        box.set_input_files({"name": name, "mimeType": kind, "buffer": content})
        self.press("Send file")

    def order_on_paper(self, *, packs: int = 1) -> str:
        """A new customer sends a prescription for baclofen and pays; the order's reference."""
        self.ask_for_baclofen(packs=packs)
        self.go_to_the_paper()
        self.send_file("prescription.jpg", "image/jpeg", a_prescription(self.full_name))
        self.page.get_by_role("listitem").filter(has_text="prescription.jpg").wait_for()
        self.press("Continue")
        self.give_address()
        self.place()
        self.pay()
        return self.come_back()

    def close(self) -> None:
        self.context.close()


@dataclass(frozen=True)
class Letter:
    """A letter as `/dev/mail/` shows it."""

    kind: str
    subject: str
    text: str


class Colleague(Someone):
    """A member of staff, signed in with a second factor."""

    def __init__(self, house: House, browser: Any, mailbox: str, **window: Any) -> None:
        super().__init__(house, browser, mailbox, **window)
        self.known = house.person(mailbox)
        self.email = self.known["email"]

    def sign_in(self) -> None:
        self.go("/admin/")
        self.write("E-mail", self.email)
        self.write("Password", self.known["password"])
        self.press("Sign in")
        self.write("Code", code_now(self.known["totp_secret"]))
        self.press("Sign in")
        self.page.wait_for_url("**/admin/**")


def code_now(secret: str) -> str:
    """The six digits that an authenticator app shows now."""
    key = base64.b32decode(secret)
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")  # RFC 6238
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
