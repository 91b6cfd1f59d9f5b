"""The admin's plain pages: orders of one's own sites alone; names that checks read are not marketing's to edit."""

from __future__ import annotations

import pytest

from orders.models.order import Order
from pharmacy.accounts.models import User
from pharmacy.journal.models import Event
from tests.people import staff
from tests.prescriptions.desk import desk
from tests.shop.catalog import plasters
from tests.shop.orders import an_order

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("order", "orderline", "payment", "paymententry", "parcel", "dispenseditem")


@pytest.fixture
def order(dan: User) -> Order:
    return an_order([plasters()], at="captured", dispenser=dan)


def test_support_of_another_site_finds_no_order(order: Order, sue: User) -> None:
    at_home, elsewhere = desk(sue), desk(staff("sven", "support", "nl-utrecht"))

    assert order.reference in at_home.get("/admin/orders/order/").content.decode()
    for page in PAGES:
        answer = elsewhere.get(f"/admin/orders/{page}/")
        assert answer.status_code == 200
        assert order.reference not in answer.content.decode()
        assert "0 " in answer.content.decode()
    assert elsewhere.get(f"/admin/orders/order/{order.pk}/change/").status_code == 302


def test_marketing_edits_no_names_that_checks_read_and_sees_no_reservations() -> None:
    browser = desk(staff("mia", "marketing", "*"))

    assert browser.get("/admin/catalog/product/").status_code == 200
    assert browser.get("/admin/catalog/substancename/add/").status_code == 403
    assert browser.get("/admin/catalog/reservation/").status_code == 403
    assert browser.get("/admin/orders/order/").status_code == 403


def test_the_operator_can_add_a_way_of_delivery_and_sees_no_orders(otto: User) -> None:
    browser = desk(otto)

    assert browser.get("/admin/orders/lane/add/").status_code == 200
    assert browser.get("/admin/orders/order/").status_code == 403


def test_who_edited_what_is_in_the_journal(otto: User, order: Order) -> None:
    lane = order.lane
    browser = desk(otto)
    page = browser.get(f"/admin/orders/lane/{lane.pk}/change/")
    bound = page.context["adminform"].form
    shown = {one.html_name: one.field.prepare_value(one.value()) for one in bound}
    form = {name: value for name, value in shown.items() if value is not None and value is not False}
    formset = {
        f"{f.formset.prefix}-{k}": 0
        for f in page.context["inline_admin_formsets"]
        for k in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    answer = browser.post(page.request["PATH_INFO"], {**form, **formset, "name": "By barge"})

    lane.refresh_from_db()
    assert (answer.status_code, lane.name) == (302, "By barge"), answer.context and answer.context["errors"]
    event = Event.objects.get(kind="lane.edited")
    assert (event.about_id, event.by_id) == (str(lane.pk), str(otto.pk))
    assert "name" in event.facts["fields"]
