"""Basket, checkout and order page through their URLs, as a browser without JavaScript would use them."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.actions.pricing import set_price
from catalog.models.product import Pack
from catalog.rules import prices
from catalog.rules.supply import SupplyClass
from orders.actions.link import issue_link, revoke_links
from orders.models.order import Order
from orders.tasks.payment import sync_payment
from pharmacy.accounts.models import User
from tests.people import PASSWORD
from tests.shop.catalog import baclofen, ibuprofen, plasters
from tests.shop.orders import an_order, the_lane
from tests.standin import StandIn

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = {
    "name": "Marta Quintero",
    "street": "418 Halsey Street",
    "city": "Newark",
    "region": "NJ",
    "postal_code": "07102",
}


def words(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def put(client: Client, pack: Pack, quantity: object = 1, wants: str = "buy") -> HttpResponse:
    return client.post("/basket/add/", {"pack": str(pack.public_id), "quantity": quantity, "wants": wants})


def to_review(client: Client) -> str:
    """Through the steps of a guest; the total that the review page shows, in minor units."""
    lane = the_lane()
    client.post("/checkout/contact/", {"email": "marta@example.com", "consent": "on"})
    answer = client.post("/checkout/delivery/", ADDRESS | {"lane": lane.pk})
    assert answer.headers["Location"] == "/checkout/review/", words(answer)
    page = client.get("/checkout/review/")
    found = re.search(r'name="expected_total" value="(\d+)"', page.content.decode())
    assert found, words(page)
    return found[1]


def sign_in(client: Client, user: User) -> Client:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert PASSWORD
    return client


def test_a_guest_buys_general_sale(client: Client, stripe_standin: StandIn) -> None:
    assert put(client, ibuprofen(), 2).headers["Location"] == "/basket/"
    assert "Ibuprofen" in words(client.get("/basket/"))
    total = to_review(client)

    placed = client.post("/checkout/review/", {"expected_total": total})

    assert placed.status_code == 303
    assert placed.headers["Location"].startswith(stripe_standin.url)
    back = stripe_standin.pay(placed.headers["Location"])
    there = client.get(back.replace("http://testserver", ""))
    order = Order.objects.get()
    assert there.headers["Location"] == f"/orders/{order.reference}/"
    page = client.get(there.headers["Location"])
    assert "Where it is now" in words(page)
    assert "Cleared by rule" in words(page)
    assert order.total_minor == int(total)


def test_a_guests_whole_order_takes_few_statements(client: Client, stripe_standin: StandIn) -> None:
    pack = ibuprofen()
    the_lane()
    with CaptureQueriesContext(connection) as asked:
        put(client, pack)
        client.get("/basket/")
        total = to_review(client)
        client.post("/checkout/review/", {"expected_total": total})
    counted = [q["sql"] for q in asked if not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET"))]
    print(len(counted), "statements for a guest's whole order")
    assert len(counted) <= 120, "\n".join(text[:110] for text in counted)


@pytest.mark.parametrize("quantity", ["0", "-3", "1e309", "NaN", "2.5", "99999", "", "７"])
def test_an_impossible_quantity_is_answered_clearly(client: Client, quantity: str) -> None:
    pack = plasters()

    answer = put(client, pack, quantity)

    assert answer.status_code == 302
    assert "Choose from 1 to" in words(client.get("/basket/"))


def test_a_pack_that_never_was_is_404(client: Client) -> None:
    assert client.post("/basket/add/", {"pack": "nonsense", "quantity": 1}).status_code == 404


def test_the_same_form_sent_twice_is_the_same_order(client: Client, stripe_standin: StandIn) -> None:
    put(client, plasters())
    total = to_review(client)
    cookies = client.cookies.output()
    before = {name: morsel.value for name, morsel in client.cookies.items()}

    first = client.post("/checkout/review/", {"expected_total": total})
    for name, value in before.items():
        client.cookies[name] = value
    second = client.post("/checkout/review/", {"expected_total": total})

    assert cookies
    assert first.headers["Location"] == second.headers["Location"]
    assert Order.objects.count() == 1


def test_a_stale_total_is_409_and_shows_the_new_one(client: Client) -> None:
    pack = plasters()
    put(client, pack)
    total = to_review(client)
    dearer = prices.build(400_000, pack.size, currency="USD", supply_class=SupplyClass.GENERAL_SALE)
    set_price(pack, currency="USD", parts=dearer, source="test", by="job:tests")

    answer = client.post("/checkout/review/", {"expected_total": total})

    assert answer.status_code == 409
    assert "The price has changed" in words(answer)
    assert not Order.objects.exists()
    assert f'value="{total}"' not in answer.content.decode()


def test_the_place_order_page_names_the_payment_page_in_form_action(client: Client, settings: object) -> None:
    settings.STRIPE_PAGE_ORIGIN = "https://pay.example"  # type: ignore[attr-defined]
    put(client, plasters())
    to_review(client)

    assert (
        "form-action 'self' https://pay.example" in client.get("/checkout/review/").headers["Content-Security-Policy"]
    )
    assert "pay.example" not in client.get("/basket/").headers["Content-Security-Policy"]


def test_steps_left_out_lead_back_to_the_first_one_missing(client: Client) -> None:
    put(client, plasters())

    assert client.get("/checkout/review/").headers["Location"] == "/checkout/contact/"
    assert client.get("/checkout/").headers["Location"] == "/checkout/contact/"


def test_a_wrong_zip_stands_beside_its_field_and_nothing_is_lost(client: Client) -> None:
    put(client, plasters())
    client.post("/checkout/contact/", {"email": "marta@example.com", "consent": "on"})

    answer = client.post("/checkout/delivery/", ADDRESS | {"postal_code": "0710"})

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "thing to put right" in words(answer)
    assert 'value="418 Halsey Street"' in text
    assert 'id="id_postal_code_error"' in text


def test_a_prescription_item_asks_for_an_account(client: Client) -> None:
    put(client, baclofen(), wants="request")

    page = client.get("/checkout/contact/")

    assert "Create account" in words(page)
    assert client.get("/checkout/patient/").headers["Location"] == "/checkout/contact/"


def test_a_signed_in_customer_is_asked_for_patient_and_prescription(client: Client, alice: User) -> None:
    sign_in(client, alice)
    put(client, baclofen(), wants="request")
    client.post("/checkout/contact/", {"email": "alice@example.com"})

    answer = client.post("/checkout/patient/", {"name": "Alice", "born_on": "1968-03-04", "sex": "female"})
    assert answer.headers["Location"] == "/checkout/prescription/", words(answer)
    assert client.post("/checkout/prescription/").status_code == 422
    assert client.post("/checkout/prescription/", {"papers": "later"}).headers["Location"] == "/checkout/delivery/"


def test_a_stranger_gets_the_same_404_as_for_no_order(client: Client, alice: User, bob: User) -> None:
    order = an_order([plasters()], by=alice)
    sign_in(client, bob)

    foreign = client.get(f"/orders/{order.reference}/")
    unknown = client.get("/orders/ABC-DEF-GHJ/")

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert re.sub(order.reference, "", words(foreign)) == re.sub("ABC-DEF-GHJ", "", words(unknown))
    for verb in ("pay", "cancel", "again", "messages"):
        assert client.post(f"/orders/{order.reference}/{verb}/").status_code == 404


def test_an_order_is_cancelled_by_its_owner(client: Client, alice: User) -> None:
    order = an_order([plasters()], by=alice, at="paid")
    sign_in(client, alice)

    client.post(f"/orders/{order.reference}/cancel/")

    assert "Cancelled, not charged." in words(client.get(f"/orders/{order.reference}/"))


def test_a_forged_status_in_a_form_changes_nothing(client: Client, alice: User) -> None:
    order = an_order([plasters()], by=alice)
    sign_in(client, alice)

    client.post(f"/orders/{order.reference}/messages/", {"text": "x", "status": "delivered"})
    client.post(f"/orders/{order.reference}/pay/", {"status": "approved", "amount_minor": "1"})

    order.refresh_from_db()
    assert order.status == "awaiting_payment"


def test_the_order_page_takes_few_statements_whatever_the_number_of_lines(client: Client, alice: User) -> None:
    order = an_order([plasters(), ibuprofen(), ibuprofen(), ibuprofen()], by=alice, at="paid")
    sign_in(client, alice)
    client.get(f"/orders/{order.reference}/")

    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"/orders/{order.reference}/")

    assert page.status_code == 200
    assert len(asked) <= 12, "\n".join(q["sql"][:110] for q in asked)


def test_a_link_from_a_letter_shows_states_and_no_names(client: Client, alice: User) -> None:
    order = an_order([ibuprofen()], by=alice, at="paid")
    token = issue_link(order, letter="event-1-placed", by="job:mail")

    page = client.get(f"/o/{token}/")

    assert page.status_code == 200
    assert "Where it is now" in words(page)
    assert "Ibuprofen" not in page.content.decode()
    assert "Marta" not in page.content.decode()
    revoke_links(order, by=alice)
    assert client.get(f"/o/{token}/").status_code == 404
    assert client.get("/o/guess/").status_code == 404


def test_a_refused_card_is_tried_again_from_the_order_page(
    client: Client, alice: User, stripe_standin: StandIn
) -> None:
    order = an_order([plasters()], by=alice)
    sign_in(client, alice)
    first = client.post(f"/orders/{order.reference}/pay/")
    with pytest.raises(AssertionError):
        stripe_standin.pay(first.headers["Location"], "4000000000000002")
    sync_payment(order.payments.get(), by="stripe")
    page = client.get(f"/orders/{order.reference}/")
    assert "Try another card" in words(page)

    second = client.post(f"/orders/{order.reference}/pay/")
    stripe_standin.pay(second.headers["Location"])
    client.get(f"/pay/return/?payment={order.payments.get().reference}")

    order.refresh_from_db()
    assert order.status == "approved"


@pytest.mark.django_db(transaction=True)
def test_the_button_on_a_product_page_leads_to_an_address_of_ours() -> None:
    """The product page belongs to a lower app and names these addresses by hand."""
    from django.urls import resolve

    assert resolve("/basket/add/").url_name == "basket-add"
    assert resolve("/basket/request/").url_name == "basket-request"


def test_an_unpaid_order_is_said_where_the_visitor_comes_back_by_the_clock_of_its_site(
    client: Client, alice: User
) -> None:
    order = an_order([plasters()], by=alice)
    assert order.pay_by is not None
    there = order.pay_by.astimezone(ZoneInfo(order.site.time_zone))
    assert there.utcoffset() != dt.timedelta(0)
    sign_in(client, alice)

    for path in ("/basket/", "/orders/"):
        answer = client.get(path)
        assert f"Order {order.reference} waits for payment until" in words(answer)
        assert f"{there:%H:%M} (time of {order.site.name})" in words(answer)
        assert f'class="btn" href="/orders/{order.reference}/"' in answer.content.decode()
    page = words(client.get(f"/orders/{order.reference}/"))
    assert f"Pay by {there:%a} {there.day} {there:%b}, {there:%H:%M}" in page
    assert timezone.get_current_timezone_name() == "UTC"
