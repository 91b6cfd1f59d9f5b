"""Run the checks of a case, and record a pharmacist's own where a rule could not run."""

from typing import Any

from django.db import IntegrityError, transaction

from pharmacy.clock import db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.models.checks import Alert, Check, HandCheck
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import pharmacist_of, today_at
from prescriptions.queries.facts import facts_of
from prescriptions.rules.checks import Found, Outcome, Rule, rules_for
from prescriptions.rules.facts import Facts
from prescriptions.rules.seen import fingerprint


@joins_transaction
def run_checks(case: Case, *, by: Any) -> None:
    """Run every check of every waiting request anew; earlier runs are kept and no longer current.

    The caller holds the case's row lock, so two runs never interleave.
    """
    joined = ("pack__product", "patient", "prescription_item__prescription")
    requests = list(SupplyRequest.objects.filter(case=case, status="waiting").select_related(*joined).order_by("pk"))
    if not requests:
        return
    facts = facts_of(requests, order_reference=case.order_reference, today=today_at(case.site))
    now = db_now()
    Check.objects.filter(request__in=requests, current=True).update(current=False)
    checks, alerts = [], []
    for request in requests:
        for rule in rules_for(request.supply_class):
            outcome = rule.run(facts[request.pk])
            check = _check(case, request, rule, outcome, facts[request.pk])
            check.ran_at = now
            checks.append(check)
            alerts += [_alert(check, one) for one in outcome.alerts]
    Check.objects.bulk_create(checks)
    Alert.objects.bulk_create(alerts)
    ran = [check.state for check in checks]
    record(
        "clinical_check.checks_ran",
        about=case,
        by=by,
        clear=ran.count("ran_clear"),
        with_alerts=ran.count("ran_with_alerts"),
        did_not_run=ran.count("did_not_run"),
    )


def _alert(check: Check, found: Found) -> Alert:
    alert = Alert(found_by=check, severity=found.severity, code=found.code)
    alert.text = found.text
    return alert


def _check(case: Case, request: SupplyRequest, rule: Rule, outcome: Outcome, facts: Facts) -> Check:
    check = Check(
        case=case,
        request=request,
        rule=rule.id,
        version=rule.version,
        state=outcome.state,
        why=outcome.why,
        is_mandatory=rule.is_mandatory,
        inputs_hash=fingerprint({"facts": repr(facts)}),
        source=rule.source,
    )
    check.summary = outcome.summary
    return check


@own_transaction
def check_by_hand(check: Check, *, sentence: str, by: Any) -> HandCheck:
    """Write down a pharmacist's own check where the rule did not run. Raises NotAllowed, NotPossible."""
    pharmacist = pharmacist_of(check.case.site, by=by)
    case = Case.objects.select_for_update().get(pk=check.case_id)
    standing = Check.objects.get(pk=check.pk)
    if not standing.current or standing.state != "did_not_run" or not sentence.strip():
        raise NotPossible("Only a current check that did not run is done by hand, and in words.")
    try:
        with transaction.atomic():
            done = HandCheck(stands_for=standing, by=pharmacist, recorded_at=db_now())
            done.sentence = sentence.strip()
            done.save(force_insert=True)
    except IntegrityError as problem:
        raise NotPossible("Somebody has written it down already.") from problem
    record("clinical_check.checked_by_hand", about=case, by=by, check=standing.pk, rule=standing.rule)
    return done
