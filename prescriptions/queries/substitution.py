"""Which equivalent packs a waiting line may be supplied with, which not and why, and what was chosen (R-213)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from catalog.models.product import Pack
from catalog.models.rating import EquivalenceRating
from catalog.queries.law import substitution_rule
from catalog.queries.selling import Sellable, sellable_from
from prescriptions.models.substitution import Substitution
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.checks import PRESCRIPTION_CLASSES
from prescriptions.rules.substitution import NONE

MOST = 120
SHUT_MOST = 6
# The function is the trigger's own: what the page offers is what the database lets through.
EQUIVALENT = """
SELECT k.id FROM catalog_pack a JOIN catalog_product p ON p.id = a.product_id
  JOIN catalog_product q ON q.withdrawn_at IS NULL
       AND (q.id = p.id OR (q.equivalence = p.equivalence AND q.equivalence <> '')
       OR q.id IN (SELECT y.product_id FROM catalog_equivalencerating x JOIN catalog_equivalencerating y
                   ON y.source = x.source AND y."group" = x."group" WHERE x.product_id = p.id AND x."group" <> ''))
  JOIN catalog_pack k ON k.product_id = q.id AND k.withdrawn_at IS NULL AND NOT k.is_sample AND NOT k.is_stock_bottle
  JOIN catalog_price r ON r.pack_id = k.id AND r.currency = %(currency)s AND r.valid_from <= (SELECT app_now())
       AND (r.valid_until IS NULL OR r.valid_until > (SELECT app_now()))
 WHERE a.id = %(pack)s AND k.unit = a.unit AND k.size <= a.size AND prescriptions_may_replace(a.id, k.id)
 ORDER BY k.size DESC, r.amount_minor, k.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """A pack that could be supplied; `why_not` is "" when it may be chosen. `is_asked`: what the customer asked for."""

    pack: Sellable
    why_not: str
    is_asked: bool
    rating: str = ""
    alike: int = 0
    """So many others read the same to a person (maker, size, price); they stand behind this one."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """For the owner of an order: what was asked for and what is supplied instead, with the pharmacist's note."""

    maker: str
    asked: str
    sentence: str


def standing(request: SupplyRequest) -> Substitution | None:
    """The choice that counts now, or None where nobody chose (1 statement)."""
    return Substitution.objects.filter(request=request).order_by("-number").first()


def in_force(request_ids: Iterable[UUID]) -> dict[UUID, Substitution]:
    """What counts now for each of these requests that has another pack than was asked for (1 statement)."""
    rows = Substitution.objects.filter(request__in=list(request_ids)).select_related("pack_asked__product")
    last = {row.request_id: row for row in rows.order_by("number")}
    return {key: row for key, row in last.items() if row.kind != NONE}


def barred_because(request: SupplyRequest) -> str:
    """Why nothing may be chosen for this line, in a sentence; "" when something may (1 statement)."""
    item = request.prescription_item
    if request.supply_class not in PRESCRIPTION_CLASSES:
        return _("Only what is supplied on a prescription is substituted; the customer chose the rest.")
    if item is not None and item.no_substitution:
        return _("The prescription says: do not substitute.")
    if substitution_rule(request.country, request.region) is None:
        return _("No approved rule of this country allows another pack than was asked for.")
    return ""


def choices_for(request: SupplyRequest) -> list[Choice]:
    """Equivalent packs of the same unit, none larger than what was asked for: 5 statements. The asked one comes first.

    Never dearer than what was asked for costs today; supplied, in stock and kept alike at the line's own site.
    """
    last = standing(request)
    asked_id = last.pack_asked_id if last else request.pack_id
    currency = request.site.currency
    with connection.cursor() as cursor:
        cursor.execute(EQUIVALENT, {"pack": asked_id, "currency": currency, "most": MOST})
        ids = [row[0] for row in cursor.fetchall()]
    found = sellable_from(request.site, [asked_id, *ids], country=request.country, currency=currency)
    asked = found.get(asked_id)
    if asked is None:
        return []
    order = list(dict.fromkeys([asked_id, *ids]))
    rated = _ratings(found.values())
    return [
        Choice(found[pk], _why_not(found[pk], asked, request), pk == asked_id, rated.get(found[pk].product_id, ""))
        for pk in order
        if pk in found
    ]


def _ratings(packs: Iterable[Sellable]) -> dict[int, str]:
    """By product, how it was rated as an equivalent ("AB"); products nobody rated are left out (1 statement)."""
    rows = EquivalenceRating.objects.filter(product__in={one.product_id for one in packs})
    return dict(rows.order_by("pk").values_list("product_id", "code"))


def _grouped(choices: list[Choice]) -> list[Choice]:
    """Cheapest first; of several that a person can't tell apart the one with the most stock, saying how many."""
    groups: dict[tuple[Any, ...], list[Choice]] = {}
    for one in choices:
        key = (one.pack.title, one.pack.description, one.pack.maker, one.pack.price, one.rating)
        groups.setdefault(key, []).append(one)
    best = [
        replace(max(rows, key=lambda one: one.pack.units_available), alike=len(rows) - 1) for rows in groups.values()
    ]
    return sorted(best, key=lambda one: (one.pack.price.minor if one.pack.price else 0, one.pack.maker))


def shown_first(choices: list[Choice]) -> list[Choice]:
    """For the page: what was asked for, all that may be chosen, and a few that may not, one a maker and reason."""
    seen: set[tuple[str, str]] = set()
    kept = [one for one in choices if one.is_asked]
    kept += _grouped([one for one in choices if not one.is_asked and not one.why_not])
    for one in choices:
        key = (one.pack.maker, one.why_not)
        if one.why_not and not one.is_asked and key not in seen and len(seen) < SHUT_MOST:
            seen.add(key)
            kept.append(one)
    return kept


def _why_not(pack: Sellable, asked: Sellable, request: SupplyRequest) -> str:
    if pack.pack_id == request.pack_id:
        return _("This is what the line has now.")
    if pack.blocked or pack.price is None:
        return pack.blocked_because
    if str(pack.supply_class) != request.supply_class:
        return _("It is supplied under another class here.")
    if pack.storage != asked.storage:
        return _("It is kept otherwise: %(how)s.") % {"how": pack.storage}
    if pack.packs_available < request.packs:
        return _("Fewer packs are in stock than were asked for.")
    if asked.price is None or asked.price < pack.price:
        return _("It costs more than what was asked for.")
    return ""


def replaced_for_owner(request_ids: Iterable[UUID]) -> dict[UUID, Replaced]:
    """By request, what was replaced: for the owner's own page alone, for the note is clinical (2 statements)."""
    rows = in_force(request_ids)
    makers = dict(
        Pack.objects.filter(pk__in=[row.pack_id for row in rows.values()]).values_list("pk", "product__labeler")
    )
    return {key: Replaced(makers[row.pack_id], _title(row.pack_asked), row.sentence) for key, row in rows.items()}


def _title(pack: Pack) -> str:
    product = pack.product
    return ", ".join(part for part in (product.name, pack.description, product.labeler) if part)
