"""How many SQL statements a page takes, whatever the number of rows: public pages 6, others 12, the case page 20."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.userkit import user_id_to_str
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models.product import Pack
from orders.actions.checkout import place_order
from orders.models.order import Order
from pharmacy.accounts.models import User
from pharmacy.keys import new_id
from prescriptions.actions import document as verbs
from prescriptions.actions.review import claim
from prescriptions.models.document import Document
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from tests.shop.catalog import baclofen, ibuprofen, plasters
from tests.shop.orders import a_basket, an_order, details, pay, place, the_lane, total_of
from tests.shop.prescriptions import a_patient, transcribed
from tests.standin import StandIn

pytestmark = pytest.mark.django_db(transaction=True)
PUBLIC, OTHER, CASE = 6, 12, 20
FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET ")


def statements(act: Callable[[], object]) -> list[str]:
    """The SQL of an act, without what only frames it."""
    with CaptureQueriesContext(connection) as asked:
        act()
    return [one["sql"] for one in asked if not one["sql"].lstrip().upper().startswith(FRAME)]


def over(budget: int, client: Client, *paths: str) -> dict[str, list[str]]:
    """Pages that take more statements than they may, the first time or the second, with those statements."""
    found = {}
    for path in paths:
        for _ in range(2):
            asked = statements(lambda path=path: _shown(client, path))  # type: ignore[misc]
            if len(asked) > budget:
                found[path] = [f"{len(asked)} statements", *(_short(one) for one in asked)]
    return found


def _short(sql: str) -> str:
    """The statement without its long list of columns."""
    return re.sub(r"SELECT .* FROM", "SELECT … FROM", " ".join(sql.split()))[:150]


def _shown(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.headers.get('Location', '')}"


def signed_in(user: User, *, second_factor: bool = False) -> Client:
    """A browser of this person's."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    if second_factor:
        session = client.session
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = user_id_to_str(user)
        session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def many_packs() -> list[Pack]:
    """Several makers of the same and of other medicines, findable and in stock."""
    makers = [baclofen(refresh=True, maker=f"Maker {letter}") for letter in "ABCDEF"]
    return [*makers, ibuprofen(refresh=True), plasters(refresh=True)]


def test_public_pages_of_the_catalogue(client: Client) -> None:
    packs = many_packs()
    shelves = {pack.product.shelf for pack in packs} - {""}
    assert shelves

    assert not over(
        PUBLIC, client, "/", "/search?q=baclofen", "/search?q=baclofenn", "/search", "/search/suggest?q=bac",
        *(f"/shelf/{shelf}/" for shelf in shelves),
        *(f"/products/{pack.product.slug}/" for pack in packs[:1] + packs[-2:]),
    )  # fmt: skip


def test_basket_and_checkout_of_a_guest(client: Client, stripe_standin: StandIn) -> None:
    for pack in (ibuprofen(), plasters(), plasters()):
        assert client.post("/basket/add/", {"pack": str(pack.public_id), "quantity": 1}).status_code == 302
    lane = the_lane()
    address = {"name": "Marta Quintero", "street": "418 Halsey Street", "city": "Newark", "region": "NJ"}
    steps: dict[str, dict[str, object]] = {
        "/checkout/contact/": {"email": "marta@example.com", "consent": "on"},
        "/checkout/delivery/": {**address, "postal_code": "07102", "lane": lane.pk},
    }

    found = over(OTHER, client, "/basket/")
    for path, answers in steps.items():
        found |= over(OTHER, client, path)
        asked = statements(lambda path=path, answers=answers: client.post(path, answers))  # type: ignore[misc]
        if len(asked) > OTHER:
            found[f"POST {path}"] = [f"{len(asked)} statements", *(_short(one) for one in asked)]
    found |= over(OTHER, client, "/checkout/review/")

    assert not found


def test_placing_an_order_takes_twenty_statements_whatever_it_holds() -> None:
    counts = []
    for many in (1, 5):
        basket, told = a_basket([plasters() for _ in range(many)]), details()
        total, who = total_of(basket), {"customer": None, "by": "customer:guest"}
        counts.append(
            len(statements(lambda: place_order(basket, details=told, expected_total=total, **who)))  # noqa: B023
        )

    assert max(counts) <= 20, counts
    assert counts[0] == counts[1], "it grows with the number of lines"


def test_the_page_of_an_order(alice: User) -> None:
    orders = [an_order([ibuprofen(), plasters(), plasters()], at="paid", by=alice) for _ in range(3)]

    assert not over(OTHER, signed_in(alice), f"/orders/{orders[0].reference}/", "/account/orders/")


def test_an_order_page_with_prescriptions(alice: User) -> None:
    order = _prescription_order(alice, lines=3)

    found = over(OTHER, signed_in(alice), f"/orders/{order.reference}/")

    assert not found


def test_the_queue_and_a_case_of_a_pharmacist(alice: User, petra: User) -> None:
    references = [_prescription_order(alice, lines=3).reference for _ in range(3)]
    case = Case.objects.get(order_reference=references[0])
    claim(case, by=petra)
    for request in SupplyRequest.objects.filter(case=case):
        transcribed(request, by=petra)
    browser = signed_in(petra, second_factor=True)

    found = over(OTHER, browser, "/admin/review/")
    found |= over(CASE, browser, f"/admin/review/{case.number}/")

    assert not found


def test_the_dispensing_bench(alice: User, dan: User) -> None:
    orders = [an_order([ibuprofen(), plasters()], at="paid") for _ in range(4)]

    found = over(
        OTHER, signed_in(dan, second_factor=True), "/admin/dispensing/", f"/admin/dispensing/{orders[0].reference}/"
    )

    assert not found


def _prescription_order(customer: User, *, lines: int) -> Order:
    patient, papers = a_patient(customer), [_paper(customer).pk]
    basket = a_basket([baclofen(maker=f"Maker {n}") for n in range(lines)], by=customer)
    order = place(basket, by=customer, patient_id=patient.pk, documents=papers)
    pay(order)
    return order


def _paper(owner: User) -> Document:
    """A readable document, without drawing one."""
    made = verbs.begin_upload(owner=owner, name="rx.jpg", declared_type="image/jpeg", size=9, by=owner)
    verbs.note_stored(made, sha256=secrets.token_hex(32), by=owner)
    verbs.begin_cleaning(made.pk, by="job:tests")
    page = verbs.CleanPage(
        id=new_id(), number=1, media_type="image/jpeg", width=600, height=800, size=9,
        sha256=secrets.token_hex(32), phash=secrets.token_hex(8),
    )  # fmt: skip
    return verbs.finish_upload(made, pages=[page], by="job:tests")
