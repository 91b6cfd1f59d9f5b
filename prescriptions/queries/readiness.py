"""May this request be approved now, and if not, why not: asked by the verb and by the page alike."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pharmacy.refusals import Overtaken, Refused
from prescriptions.models.checks import Check
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.checks import BY_ID, PRESCRIPTION_CLASSES, rules_for

type Runs = dict[Any, list[Check]]


class ChecksMissing(Refused):
    """A mandatory check did not run and nobody wrote down their own (R-003)."""

    code = "checks-missing"
    title = "A check did not run; write down your own first"


class ChecksForbid(Refused):
    """A check found something that can't be approved (R-207)."""

    code = "checks-forbid"
    title = "A check found something that can't be approved"


class ItemNeeded(Refused):
    """A prescription class needs the prescription item it is supplied on."""

    code = "item-needed"
    title = "Transcribe the prescription first"


class SecondCheckNeeded(Refused):
    """Controlled medicines need a second pharmacist, which this house does not offer yet (R-211)."""

    code = "second-check-needed"
    title = "A controlled medicine needs a second pharmacist"


def current_runs(request_ids: Iterable[Any]) -> Runs:
    """The current run of every check of the requests, with alerts and hand checks (2 statements)."""
    runs: Runs = defaultdict(list)
    rows = Check.objects.filter(request__in=list(request_ids), current=True)
    for run in rows.select_related("by_hand").prefetch_related("alerts"):
        runs[run.request_id].append(run)
    return runs


def refuse_unless_ready(request: SupplyRequest, *, item: PrescriptionItem | None, runs: Runs) -> None:
    """Raises SecondCheckNeeded, ItemNeeded, Overtaken (another item since), ChecksMissing or ChecksForbid."""
    if request.supply_class == "controlled":
        raise SecondCheckNeeded
    if request.supply_class in PRESCRIPTION_CLASSES and (item is None or request.prescription_item_id is None):
        raise ItemNeeded
    if (item.pk if item else None) != request.prescription_item_id:
        raise Overtaken("The request was transcribed on another item since.")
    mine = runs.get(request.pk, [])
    missing = missing_checks(request.supply_class, mine)
    if missing:
        raise ChecksMissing(f"Waits for: {', '.join(BY_ID[one].title for one in missing)}.", checks=missing)
    stops = sorted({alert.code for run in mine for alert in run.alerts.all() if alert.severity == "stop"})
    if stops:
        raise ChecksForbid(alerts=stops)


def missing_checks(supply_class: str, runs: list[Check]) -> list[str]:
    """Ids of mandatory checks that neither ran nor were done by hand. One that never began counts as missing."""
    done = {run.rule for run in runs if run.state != "did_not_run" or hasattr(run, "by_hand")}
    return [rule.id for rule in rules_for(supply_class) if rule.is_mandatory and rule.id not in done]
