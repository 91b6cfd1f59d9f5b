"""A pharmacist supplies an equivalent pack: what may be, what follows in stock and money, and who wins a race."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from catalog.models.product import Pack
from catalog.models.rule import CountryRule
from catalog.models.stock import Reservation, StockLevel
from orders.actions.dispensing import dispense
from orders.actions.releasing import cancel_order
from orders.models.order import Order, OrderLine
from orders.rules.pricing import due_with
from pharmacy.accounts.models import User
from pharmacy.clock import today
from pharmacy.journal.models import Event
from pharmacy.money import Money
from pharmacy.refusals import Overtaken
from prescriptions.actions.clinical_check import AlreadyDecided
from prescriptions.actions.signing import DoNotSubstitute
from prescriptions.actions.substitution import Chosen, MayNotReplace, substitute
from prescriptions.models.review import Decision
from prescriptions.models.substitution import Substitution
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.requests import seen_of
from prescriptions.queries.substitution import choices_for
from tests.house import broken_rules, settle
from tests.orders.test_review import in_review, request_of
from tests.prescriptions.desk import desk
from tests.races import successes, together
from tests.shop.catalog import a_pack, baclofen, stocked
from tests.shop.prescriptions import answered, approved, checked_by_hand, transcribed

pytestmark = pytest.mark.django_db(transaction=True)


def teva(*, size: int = 90, unit_micro: int = 20_000, units: int = 1000, name: str = "Baclofen", **facts: str) -> Pack:
    """The same medicine from another maker, cheaper."""
    pack = a_pack(name, strength=facts.get("strength", "10 mg"), supply="prescription_only", size=size, maker="Teva",
                  substance="Baclofen", unit_micro=unit_micro)  # fmt: skip
    stocked(pack, units)
    return pack


def put(request: SupplyRequest, pack: Pack, *, by: User, reason: str = "OS", seen: str = "") -> Substitution:
    chosen = Chosen(pack.pk, reason=reason, sentence="Your usual maker can't deliver.")
    return substitute(request, chosen=chosen, seen=seen or seen_of(request), by=by)


def checked(request: SupplyRequest, *, by: User) -> None:
    checked_by_hand(request, by=by)
    answered(request, by=by)


def test_the_pack_that_is_cleared_is_held_priced_and_handed_over(alice: User, petra: User, dan: User) -> None:
    order, other = in_review(alice, [(baclofen(), 2)]), teva()
    request = request_of(order)
    transcribed(request, by=petra, quantity=Decimal(180))
    asked, agreed = request.pack, order.due_minor

    put(request, other, by=petra)
    request.refresh_from_db()
    assert (request.pack, request.status) == (other, "waiting")
    assert StockLevel.objects.get(pack=asked.counted_from).reserved == 0
    assert StockLevel.objects.get(pack=other).reserved == 180
    assert order.lines.get().pack == asked  # nothing is agreed anew before the approval
    assert broken_rules() == {}
    checked(request, by=petra)
    approved(request, by=petra)
    settle()

    order.refresh_from_db()
    line, decision = order.lines.get(), Decision.objects.get()
    assert (decision.pack_asked, decision.substitution_type, decision.substitution_reason) == (asked, "E", "OS")
    assert (line.pack, line.pack_asked, line.status) == (other, asked, "cleared")
    price = Substitution.objects.get().price_minor
    assert price < line.unit_price_minor
    assert line.due_minor == 2 * price
    assert order.due_minor == agreed - line.goods_minor + 2 * price
    assert dispense(order, by=dan).status == "preparing"
    assert Reservation.objects.get(holder=request.pk).lot_uses.get().lot.pack == other
    assert broken_rules() == {}


def test_the_order_says_it_in_plain_words_and_the_case_why_not(alice: User, petra: User, client: Client) -> None:
    order, other = in_review(alice, [baclofen()]), teva()
    dearer, stronger = teva(unit_micro=90_000), teva(strength="20 mg")
    request = request_of(order)
    transcribed(request, by=petra)
    case = request.case
    assert case is not None

    at = f"/admin/review/{case.number}/"
    page = desk(petra).get(at, {"open": f"substitute:{request.pk}"}).content.decode()
    assert f'value="{other.pk}">' in page
    assert f'value="{dearer.pk}" disabled' in page
    assert "It costs more than what was asked for" in page
    assert f'value="{stronger.pk}"' not in page
    sent = {"pack": other.pk, "reason": "FP", "note": "It works the same.", "seen": seen_of(request)}
    answer = desk(petra).post(f"{at}lines/{request.pk}/substitute/", sent, follow=True).content.decode()
    assert "Substituted: Teva instead of" in answer
    request.refresh_from_db()
    checked(request, by=petra)
    approved(request, by=petra)
    settle()

    client.force_login(alice)
    seen = client.get(f"/orders/{order.reference}/").content.decode()
    assert "Teva&#x27;s Baclofen" in seen
    assert "It costs no more. It works the same." in seen
    assert "an equivalent that costs less" in seen


def test_what_may_not_replace_is_refused(alice: User, petra: User) -> None:
    order, other = in_review(alice, [baclofen()]), teva()
    request = request_of(order)
    transcribed(request, by=petra)

    for wrong in (teva(strength="20 mg"), teva(size=100), teva(unit_micro=90_000), teva(units=89)):
        with pytest.raises(MayNotReplace):
            put(request, wrong, by=petra)
    CountryRule.objects.filter(kind="substitution").update(effective_until=today() - dt.timedelta(days=1))
    with pytest.raises(MayNotReplace, match="No approved rule"):
        put(request, other, by=petra)
    request.refresh_from_db()
    assert request.pack != other
    assert not Substitution.objects.exists()
    # And by SQL: no row without a rule, no pack without a row.
    with pytest.raises(IntegrityError), transaction.atomic():
        SupplyRequest.objects.filter(pk=request.pk).update(pack=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.update(pack=other)
    assert broken_rules() == {}


def test_do_not_substitute_holds_before_and_after(alice: User, petra: User) -> None:
    order, other = in_review(alice, [baclofen()]), teva()
    request = request_of(order)
    put(request, other, by=petra)
    request.refresh_from_db()
    item = transcribed(request, by=petra, no_substitution=True)

    with pytest.raises(DoNotSubstitute):
        approved(request, by=petra, item=item)
    with pytest.raises(MayNotReplace, match="do not substitute"):
        put(request, teva(), by=petra)
    asked = next(one for one in choices_for(request) if one.is_asked)
    substitute(request, chosen=Chosen(asked.pack.pack_id), seen=seen_of(request), by=petra)
    request.refresh_from_db()
    checked(request, by=petra)
    approved(request, by=petra)
    settle()

    order.refresh_from_db()
    assert (order.status, order.due_minor) == ("approved", order.total_minor)
    assert Decision.objects.get().pack_asked is None
    assert StockLevel.objects.get(pack=other).reserved == 0
    assert broken_rules() == {}


def test_two_choices_at_once_are_one_and_the_stock_is_right(alice: User, petra: User) -> None:
    order, others = in_review(alice, [baclofen()]), [teva(), teva(), teva()]
    request = request_of(order)
    transcribed(request, by=petra)
    seen = seen_of(request)

    results = together(3, lambda number: put(request, others[number], by=petra, seen=seen))

    [won] = successes(results)
    assert all(isinstance(lost, Overtaken) for lost in results if isinstance(lost, Exception))
    request.refresh_from_db()
    assert request.pack_id == won.pack_id
    assert sum(StockLevel.objects.get(pack=pack).reserved for pack in others) == 90
    assert Event.objects.filter(kind="supply.substituted").count() == 1
    assert broken_rules() == {}


def test_a_choice_against_a_cancellation_leaves_nothing_held(alice: User, petra: User) -> None:
    order, other = in_review(alice, [baclofen()]), teva()
    request = request_of(order)
    transcribed(request, by=petra)
    seen = seen_of(request)

    def act(number: int) -> object:
        return put(request, other, by=petra, seen=seen) if number else cancel_order(order, by=alice)

    cancelled, chosen = together(2, act)

    assert isinstance(cancelled, Order)
    assert isinstance(chosen, Substitution | AlreadyDecided | Overtaken)
    request.refresh_from_db()
    assert request.status == "withdrawn"
    assert Reservation.objects.get(holder=request.pk).state == "released"
    assert StockLevel.objects.get(pack=other).reserved == 0
    settle()
    assert broken_rules() == {}


def test_what_is_owed_falls_with_the_price_and_never_rises() -> None:
    due = Money(1333, "USD")
    assert due_with(due, agreed=697, now=None) == due_with(due, agreed=697, now=900) == due
    assert due_with(due, agreed=697, now=350) == Money(669, "USD")
