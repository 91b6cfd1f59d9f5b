"""Supply an equivalent pack instead of the one that was asked for (R-213). The line still waits for its approval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.actions.stock_exchange import exchange
from catalog.models.product import Pack
from catalog.queries.law import substitution_rule
from pharmacy.clock import db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible, Refused
from pharmacy.transactions import own_transaction
from prescriptions.actions.checks import run_checks
from prescriptions.actions.signing import take_up
from prescriptions.models.substitution import Substitution
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import Signature
from prescriptions.queries.substitution import Choice, barred_because, choices_for, standing
from prescriptions.rules.substitution import NONE, REASONS, kind_of


class MayNotReplace(Refused):
    """This pack may not be supplied instead: the detail says why."""

    code = "may-not-replace"
    title = "This may not be supplied instead"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a pharmacist picked. `reason`: CT, FP, OS or RR ("" when going back); `sentence` is read by the patient."""

    pack_id: int
    reason: str = ""
    sentence: str = ""


@own_transaction
def substitute(request: SupplyRequest, *, chosen: Chosen, seen: str, by: Any) -> Substitution:
    """Put another pack on a waiting line: the choice is written down, the stock exchanged, the checks run again.

    What was asked for can be chosen again (kind N). Locks: the case, then stock levels by id; orders are not touched:
    an order follows when the line is approved. Raises NotAllowed, OwnMatter, AlreadyDecided, ClaimedByAnother,
    Overtaken, NotPossible (no reason), MayNotReplace, catalog's OutOfStock.
    """
    case, asked, signature = take_up(request, seen=seen, by=by)
    choice = _choice(asked, chosen)
    row = _write(asked, choice, chosen, signature)
    units = choice.pack.size * asked.packs
    SupplyRequest.objects.filter(pk=asked.pk, status="waiting").update(pack_id=choice.pack.pack_id, units=units)
    facts = {"order": asked.order_reference, "request": asked.pk, "type": row.kind, "reason": row.reason}
    record("supply.substituted", about=case, by=by, **facts)
    run_checks(case, by=by)
    exchange(asked.pk, site=asked.site, pack_id=choice.pack.pack_id, units=units)  # the hottest rows come last
    return row


def _choice(asked: SupplyRequest, chosen: Chosen) -> Choice:
    found = next((one for one in choices_for(asked) if one.pack.pack_id == chosen.pack_id), None)
    if found is None:
        raise MayNotReplace("It is not known as the same medicine in the same strength and form, or it is larger.")
    why_not = found.why_not or ("" if found.is_asked else barred_because(asked))
    if why_not:
        raise MayNotReplace(why_not)
    if not found.is_asked and chosen.reason not in REASONS:
        raise NotPossible("Say why another pack is supplied.")
    return found


def _write(asked: SupplyRequest, choice: Choice, chosen: Chosen, signature: Signature) -> Substitution:
    last = standing(asked)
    was = Pack.objects.select_related("product").get(pk=last.pack_asked_id if last else asked.pack_id)
    kind = kind_of(asked_is_brand=was.product.is_brand, is_brand=choice.pack.is_brand, is_asked=choice.is_asked)
    rule = None if kind == NONE else substitution_rule(asked.country, asked.region)
    price = choice.pack.price
    assert price is not None  # asked for by `choices_for`
    row = Substitution(
        request=asked,
        number=last.number + 1 if last else 1,
        pack_asked=was,
        pack_id=choice.pack.pack_id,
        kind=kind,
        reason="" if kind == NONE else chosen.reason,
        rule=rule.code if rule else "",
        price_minor=price.minor,
        currency=price.currency,
        chosen_by=signature.user,
        registration_number=signature.number,
        chosen_at=db_now(),
    )
    row.sentence = "" if kind == NONE else chosen.sentence.strip()
    row.save(force_insert=True)
    return row
