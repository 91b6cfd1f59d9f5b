"""Each rule of the catalogue is broken on purpose, behind the back of its constraints, and `verify` names the row."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction

from catalog.actions.stock import Want, bind, consume, take
from catalog.invariants import INVARIANTS
from catalog.models.site import Site
from pharmacy.clock import today
from pharmacy.keys import new_id
from tests.house import broken_rules, rules_off
from tests.shop.catalog import baclofen, plasters

pytestmark = pytest.mark.django_db(transaction=True)

A_GUIDE = (  # published, signed by its own author under no registration
    "INSERT INTO catalog_guideversion (id, public_id, guide_id, number, status, revision, title, summary, note,"
    " author_id, reviewer_id, registration_id, started_at, published_at, reviewed_on, returned_because, due_because)"
    " SELECT -1, gen_random_uuid(), -1, 1, 'published', 1, '', '', '', one, one, NULL, now(), now(), now(), '', ''"
    " FROM gen_random_uuid() AS one"
)
A_CLAIM = (
    "; INSERT INTO catalog_guidesection (id, version_id, key, heading, position, nothing_found)"
    " VALUES (-1, -1, 'use', 'Use', 1, false); INSERT INTO catalog_guideclaim (id, section_id, position, kind, layout,"
    " text, figures) VALUES (-1, -1, 1, 'evidence', 'new', 'It helps.', '[]')"
)
BREAKS: dict[str, str] = {
    "stock_reserved_fits": "UPDATE catalog_stocklevel SET reserved = on_hand + backorder_cap + 1",
    "stock_reserved_is_the_sum_of_open_reservations": "UPDATE catalog_stocklevel SET reserved = reserved + 1",
    "stock_on_hand_is_the_sum_of_moves": "UPDATE catalog_stocklevel SET on_hand = on_hand + 1",
    "lot_on_hand_is_the_sum_of_moves": "UPDATE catalog_lot SET on_hand = on_hand + 1",
    "lot_reserved_is_the_sum_of_bound_units": "UPDATE catalog_lot SET reserved = reserved + 1",
    "levels_hold_what_their_lots_hold": "UPDATE catalog_stocklevel SET on_hand = on_hand + 1",
    "no_supply_after_expiry": "UPDATE catalog_lot SET expires_on = '2001-01-01'",
    "bound_reservations_are_covered_by_lots": "DELETE FROM catalog_lotuse",
    "prices_add_up": "UPDATE catalog_price SET amount_minor = amount_minor + 1",
    "country_rules_have_two_people": "UPDATE catalog_countryrule SET approved_by = written_by",
    "counted_packs_belong_to_their_bottle": "UPDATE catalog_pack SET unit = 'mL' WHERE counted_from_id IS NOT NULL",
    "what_an_authority_ended_is_not_offered": (
        "UPDATE catalog_product SET market_status = 'suspended'; DELETE FROM catalog_searchdue"
    ),
    "guides_have_two_people": A_GUIDE,
    "guides_are_signed_by_the_registered": A_GUIDE,
    "published_claims_have_sources": A_GUIDE + A_CLAIM,
    "unknown_class_is_not_offered": "DELETE FROM catalog_supply; DELETE FROM catalog_searchdue",
}

_CHECKS = r"""
SELECT conrelid::regclass::text, conname FROM pg_constraint
 WHERE contype = 'c' AND conrelid::regclass::text LIKE 'catalog\_%'
"""


@pytest.fixture
def a_shop_that_sells() -> None:
    """Plasters that left, baclofen counted from a bottle, both findable."""
    pack = plasters(refresh=True)
    baclofen(refresh=True)
    holder = new_id()
    with transaction.atomic():
        take(Site.objects.get(code="us-newark"), [Want(holder, pack.pk, pack.size)])
        bind(holder, good_until=today() + dt.timedelta(days=1))
        consume([holder])


def test_a_shop_that_sells_breaks_nothing(a_shop_that_sells: None) -> None:
    assert broken_rules() == {}


def test_every_rule_of_the_catalogue_is_broken_here() -> None:
    assert set(BREAKS) == {rule.name for rule in INVARIANTS}


@pytest.mark.parametrize("rule", BREAKS)
def test_verify_names_the_row_that_breaks(rule: str, a_shop_that_sells: None) -> None:
    query = next(one.sql for one in INVARIANTS if one.name == rule)
    with transaction.atomic():
        with rules_off(), connection.cursor() as cursor:
            # CHECKs stand in the way whatever the triggers do: dropped here, back with the roll-back.
            cursor.execute(_CHECKS)
            for table, name in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            cursor.execute(BREAKS[rule])
            cursor.execute(query)
            found = cursor.fetchall()
        transaction.set_rollback(True)

    assert found
    assert broken_rules() == {}
