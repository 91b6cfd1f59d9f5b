"""May this request be approved now, and if not, why not: asked by the verb and by the page alike."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch

from catalog.models.rule import CountryRule
from pharmacy.clock import today
from pharmacy.refusals import Overtaken, Refused
from prescriptions.models.checks import Alert, Check
from prescriptions.models.contact import Contact
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.answers import is_enough, wants_answer
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


class AlertsUnanswered(Refused):
    """An alert that wants an answer has none (R-207)."""

    code = "alerts-unanswered"
    title = "An alert waits for your answer"


class ContactNeeded(Refused):
    """A contraindication is only overridden after the prescriber confirmed (R-207)."""

    code = "prescriber-contact-needed"
    title = "Ask the prescriber first"


class SecondCheckNeeded(Refused):
    """A rule wants a second pharmacist (R-211)."""

    code = "second-check-needed"
    title = "This needs a second pharmacist"


class ControlledNotAllowed(Refused):
    """Controlled medicines are not supplied where no approved rule of the country allows it (R-307)."""

    code = "controlled-not-allowed"
    title = "A controlled medicine is not supplied here"


def current_runs(request_ids: Iterable[Any]) -> Runs:
    """The current run of every check of the requests, with alerts, their answers and hand checks (2 statements)."""
    runs: Runs = defaultdict(list)
    rows = Check.objects.filter(request__in=list(request_ids), current=True)
    alerts = Prefetch("alerts", Alert.objects.select_related("answer"))
    for run in rows.select_related("by_hand").prefetch_related(alerts):
        runs[run.request_id].append(run)
    return runs


def refuse_unless_ready(
    request: SupplyRequest, *, item: PrescriptionItem | None, runs: Runs, alone: bool = True
) -> None:
    """May it be approved now? `alone`: with one signature; without, whether a second pharmacist may be asked.

    Raises ControlledNotAllowed, ItemNeeded, Overtaken (another item since), ChecksMissing, ChecksForbid,
    AlertsUnanswered, ContactNeeded, SecondCheckNeeded.
    """
    if request.supply_class == "controlled" and not controlled_allowed(request.country):
        raise ControlledNotAllowed(f"No approved rule of {request.country} allows it by post.")
    if request.supply_class in PRESCRIPTION_CLASSES and (item is None or request.prescription_item_id is None):
        raise ItemNeeded
    if (item.pk if item else None) != request.prescription_item_id:
        raise Overtaken("The request was transcribed on another item since.")
    mine = runs.get(request.pk, [])
    missing = missing_checks(request.supply_class, mine)
    if missing:
        raise ChecksMissing(f"Waits for: {', '.join(BY_ID[one].title for one in missing)}.", checks=missing)
    _refuse_alerts(request, [alert for run in mine for alert in run.alerts.all()])
    if alone and (wanted := second_reasons(mine)):
        raise SecondCheckNeeded(f"{SAY_WHY.get(wanted[0], 'A rule wants it')}.", reasons=wanted)


SAY_WHY = {
    "second_controlled": "Controlled medicines are signed by two",
    "second_narrow": "A medicine of narrow index is signed by two",
    "second_child": "A dose by weight is signed by two",
    "second_large": "A large first supply is signed by two",
    "second_contraindicated": "A contraindication that is overridden is signed by two",
}


def _refuse_alerts(request: SupplyRequest, alerts: list[Alert]) -> None:
    stops = sorted({alert.code for alert in alerts if alert.severity == "stop"})
    if stops:
        raise ChecksForbid(alerts=stops)
    unanswered = [alert for alert in alerts if wants_answer(alert.severity, alert.code) and not is_answered(alert)]
    if unanswered:
        n = len(unanswered)
        said = f"{n} alert waits for your answer." if n == 1 else f"{n} alerts wait for your answer."
        raise AlertsUnanswered(said, alerts=sorted({alert.code for alert in unanswered}))
    against = any(alert.severity == "contraindicated" for alert in alerts)
    if against and not Contact.objects.filter(request=request, outcome="confirmed").exists():
        raise ContactNeeded("A contraindication is overridden only after the prescriber confirmed it.")


def is_answered(alert: Alert) -> bool:
    """Was it answered by something that is enough for its weight?"""
    answer = getattr(alert, "answer", None)
    return answer is not None and is_enough(answer.code, alert.severity)


def second_reasons(runs: list[Check]) -> list[str]:
    """Codes of why a second pharmacist is wanted; [] when one is enough (R-211)."""
    alerts = [(run.rule, alert) for run in runs for alert in run.alerts.all()]
    wanted = {alert.code for rule, alert in alerts if rule == "second-check"}
    if any(alert.severity == "contraindicated" for _rule, alert in alerts):
        wanted.add("second_contraindicated")
    return sorted(wanted)


def controlled_allowed(country: str) -> bool:
    """Does an approved rule of the country, in force today, allow controlled medicines by post? (1 statement)"""
    rules = CountryRule.objects.on(today()).filter(country=country, kind="controlled_supply")
    return any(rule.value.get("allowed") is True for rule in rules)


def missing_checks(supply_class: str, runs: list[Check]) -> list[str]:
    """Ids of mandatory checks that neither ran nor were done by hand. One that never began counts as missing."""
    done = {run.rule for run in runs if run.state != "did_not_run" or hasattr(run, "by_hand") or not run.is_mandatory}
    return [rule.id for rule in rules_for(supply_class) if rule.is_mandatory and rule.id not in done]
