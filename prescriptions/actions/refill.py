"""Reminders to order again: opted in by the customer, skipped, stopped; written by a job on the right day."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.clock import AppNow, db_now, today
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, NotPossible
from pharmacy.transactions import own_transaction
from prescriptions.actions.patient import ConsentNeeded
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.refill import Refill
from prescriptions.queries.owner import last_supplies
from prescriptions.queries.refills import is_controlled, is_prescribed_now, item_of, last_packs, run_out_of
from prescriptions.rules.refill import CYCLE, WINDOW, due_on
from prescriptions.rules.run_out import run_out


@own_transaction
def opt_in(item_id: UUID, *, runs_out_on: date | None = None, by: User) -> Refill:
    """Ask to be reminded before this runs out. `runs_out_on` is asked where the dose text does not say it plainly.

    Raises NotFound (not theirs), ConsentNeeded, NotPossible (nothing left, never supplied, controlled, no day).
    Twice is harmless.
    """
    item = _theirs(item_id, by)
    if not has_consent(by):
        raise ConsentNeeded
    if not is_prescribed_now(item, on=today()):
        raise NotPossible("Nothing is left on this prescription, or it has ended.")
    packs = last_packs([item.pk]).get(item.pk)
    if packs is None:
        raise NotPossible("We remind of what was supplied once already.")
    if is_controlled(item):
        raise NotPossible("We don’t remind of controlled medicines. Please see your prescriber each time.")
    ends = runs_out_on or run_out_of(item)
    if ends is None or not today() - timedelta(days=60) <= ends <= today() + timedelta(days=400):
        raise NotPossible("Tell us the day it runs out.")
    refill, is_new = Refill.objects.get_or_create(
        customer=by,
        item=item,
        stopped_at=None,
        defaults={
            "pack_id": packs[0], "packs": packs[1], "opted_in_at": db_now(), "runs_out_on": ends,
            "due_on": due_on(ends, today=today()),
        },
    )  # fmt: skip
    if is_new:
        record("refill.opted_in", about=refill, by=by)
    return refill


@own_transaction
def skip_refill(item_id: UUID, *, by: User) -> Refill:
    """Not this time: the next reminder comes one supply later. Raises NotFound."""
    refill = _live(item_id, by)
    a_supply = run_out(refill.item.dose_text, refill.pack.size * refill.packs, since=refill.runs_out_on)
    later = a_supply or refill.runs_out_on + CYCLE
    Refill.objects.filter(pk=refill.pk).update(runs_out_on=later, due_on=due_on(later, today=today()), noticed_at=None)
    record("refill.skipped", about=refill, by=by)
    refill.refresh_from_db()
    return refill


@own_transaction
def stop_refill(item_id: UUID, *, by: User) -> None:
    """No more reminders. Raises NotFound."""
    refill = _live(item_id, by)
    Refill.objects.filter(pk=refill.pk, stopped_at=None).update(stopped_at=AppNow())
    record("refill.stopped", about=refill, by=by)


@own_transaction
def write_what_is_due(customer_id: UUID, *, by: Any) -> int:
    """Owe one letter about everything of a customer that is due, and what runs out within the week after it.

    How many things it is about. Run twice, or on two machines at once, it writes once: each row is noted as written
    under the customer's lock. What is no longer prescribed is stopped and not written about (R-704).
    """
    User.objects.select_for_update().get(pk=customer_id)
    now = today()
    live = Refill.objects.filter(customer=customer_id, stopped_at=None, noticed_at=None, due_on__lte=now + WINDOW)
    rows = list(live.select_related("item__prescription").order_by("due_on", "pk"))
    over = [one.pk for one in rows if not is_prescribed_now(one.item, on=now)]
    Refill.objects.filter(pk__in=over).update(stopped_at=AppNow())
    left = [one for one in rows if one.pk not in over]
    if not left or left[0].due_on > now:
        return 0
    Refill.objects.filter(pk__in=[one.pk for one in left]).update(noticed_at=AppNow())
    record("refill.due", about=("user", customer_id), by=by, refills=[one.pk for one in left])
    return len(left)


@own_transaction
def follow_supplies(*, by: Any) -> int:
    """Begin the next round where something was supplied since the reminder; how many."""
    moved = 0
    for refill in Refill.objects.filter(stopped_at=None, noticed_at__isnull=False).select_related("item"):
        ends = run_out_of(refill.item) or _a_supply_later(refill)
        if ends is not None and ends > refill.runs_out_on:
            Refill.objects.filter(pk=refill.pk).update(
                runs_out_on=ends, due_on=due_on(ends, today=today()), noticed_at=None
            )
            moved += 1
    return moved


def _a_supply_later(refill: Refill) -> date | None:
    """Where the dose text does not say how long a supply lasts: a cycle after one that came since the reminder."""
    last = last_supplies([refill.item_id]).get(refill.item_id)
    came_since = last is not None and refill.noticed_at is not None and last[0] > refill.noticed_at
    return last[0].date() + CYCLE if last is not None and came_since else None


def _theirs(item_id: UUID, by: User) -> PrescriptionItem:
    found = item_of(item_id, by)
    if found is None:
        raise NotFound
    return found


def _live(item_id: UUID, by: User) -> Refill:
    rows = Refill.objects.select_for_update(of=("self",)).select_related("item", "pack")
    found = rows.filter(item=item_id, customer=by, stopped_at=None).first()
    if found is None:
        raise NotFound
    return found
