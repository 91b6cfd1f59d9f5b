"""Run the checks of a case, and record a pharmacist's own where a rule could not run."""

import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from pharmacy.clock import db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible, Overtaken
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.models.checks import Alert, Check, HandCheck
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import pharmacist_of, refuse_own_matter, signature_of, today_at
from prescriptions.queries.facts import facts_of
from prescriptions.rules.checks import Found, Outcome, Rule, rules_for
from prescriptions.rules.checks.outcome import not_run
from prescriptions.rules.clinical import Clinical
from prescriptions.rules.facts import Facts, Prescribed

logger = logging.getLogger(__name__)


class ChecksChanged(Overtaken):
    """A check says something else now than what was on the screen."""

    code = "checks-changed"
    title = "A check says something else now"


@joins_transaction
def run_checks(case: Case, *, by: Any) -> None:
    """Run every check of every waiting request anew. A run that comes to the same stays the current one, with what was
    written down to it; every other replaces it. None is deleted.

    The caller holds the case's row lock, so two runs never interleave.
    """
    requests = _lines(case, case=case, status="waiting")
    if not requests:
        return
    ran = _run_all(case, requests)
    _keep(case, requests, ran)
    states = [run.outcome.state for run in ran]
    record(
        "clinical_check.checks_ran",
        about=case,
        by=by,
        clear=states.count("ran_clear"),
        with_alerts=states.count("ran_with_alerts"),
        did_not_run=states.count("did_not_run"),
    )


def _lines(of: Case, **wanted: Any) -> list[SupplyRequest]:
    joined = ("pack__product", "patient", "site", "prescription_item__prescription__prescriber")
    rows = SupplyRequest.objects.filter(order_reference=of.order_reference, is_test=of.is_test, **wanted)
    return list(rows.select_related(*joined).order_by("pk"))


def _run_all(case: Case, requests: list[SupplyRequest]) -> list["_Run"]:
    """Every check of the requests, on what is so now. The order's other lines count, whoever cleared them (R-204)."""
    taken = _lines(case, status__in=["waiting", "cleared", "supplied"])
    beside = [line for line in taken if line.pk not in {request.pk for request in requests}]
    known = facts_of(requests, beside=beside, order_reference=case.order_reference, today=today_at(case.site))
    return [
        _Run(request, rule, _outcome_of(rule, known[request.pk]), _inputs(rule, known[request.pk]))
        for request in requests
        for rule in rules_for(request.supply_class)
    ]


def _outcome_of(rule: Rule, facts: Facts) -> Outcome:
    """What a check says. One that breaks did not run: it neither passes for clear nor shuts the case for everybody."""
    if facts.clinical.unreadable and "clinical" in rule.reads:
        codes = ", ".join(facts.clinical.unreadable[:3])
        return not_run("rule_unreadable", f"A clinical rule can’t be read ({codes}): ask the superintendent")
    try:
        return rule.run(facts)
    except Exception:  # noqa: BLE001  # whatever it is, Approve waits for a pharmacist's own check
        logger.error("the check %s broke", rule.id)  # without the traceback: its values are the patient's
        return not_run("broke", "The check broke on these facts: look yourself, and tell the superintendent")


@dataclass(frozen=True, slots=True)
class _Run:
    request: SupplyRequest
    rule: Rule
    outcome: Outcome
    inputs: str

    @property
    def inputs_hash(self) -> str:
        return hashlib.sha256(self.inputs.encode()).hexdigest()

    @property
    def waits(self) -> bool:
        return self.rule.is_mandatory if self.outcome.waits is None else self.outcome.waits


def _inputs(rule: Rule, facts: Facts) -> str:
    """The values that a rule looks at, as JSON (R-004)."""
    return json.dumps({name: _plain(getattr(facts, name)) for name in rule.reads}, sort_keys=True, default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, Clinical):  # the rows that were in force, by code and version; their words are in the table
        return [[one.code, one.source] for one in value.limits] + [[one.code, one.source] for one in value.warnings]
    if isinstance(value, Prescribed):  # what is left on it is looked at by one check, and no other changes with it
        value = replace(value, supplied=Decimal(0))
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _keep(case: Case, requests: list[SupplyRequest], ran: list[_Run]) -> None:
    before = Check.objects.filter(request__in=requests, current=True).prefetch_related("alerts")
    standing = {(check.request_id, check.rule): check for check in before}
    fresh = [run for run in ran if not _same(standing.get((run.request.pk, run.rule.id)), run)]
    kept = {(run.request.pk, run.rule.id) for run in ran} - {(run.request.pk, run.rule.id) for run in fresh}
    over = [check.pk for key, check in standing.items() if key not in kept]
    Check.objects.filter(pk__in=over).update(current=False)
    now = db_now()
    checks, alerts = [], []
    for run in fresh:
        check = _check(case, run)
        check.ran_at = now
        checks.append(check)
        alerts += [_alert(check, one) for one in run.outcome.alerts]
    Check.objects.bulk_create(checks)
    Alert.objects.bulk_create(alerts)


def _same(check: Check | None, run: _Run) -> bool:
    """Did the rule see the same and say the same? Then what a pharmacist wrote to it still stands."""
    if check is None or check.inputs_hash != run.inputs_hash:
        return False
    said = (run.rule.version, run.outcome.state, run.outcome.why, run.waits)
    alerts = sorted((one.severity, one.code) for one in check.alerts.all())
    return (check.version, check.state, check.why, check.is_mandatory) == said and alerts == sorted(
        (one.severity, one.code) for one in run.outcome.alerts
    )


# Who told what the patient was not asked about, as the hand check's note begins.
TOLD_BY = {"asked": "Asked the patient: ", "record": "Seen in a record: "}


def _alert(check: Check, found: Found) -> Alert:
    alert = Alert(found_by=check, severity=found.severity, code=found.code, source=found.source)
    alert.text = found.text
    return alert


def _check(case: Case, run: _Run) -> Check:
    check = Check(
        case=case,
        request=run.request,
        rule=run.rule.id,
        version=run.rule.version,
        state=run.outcome.state,
        why=run.outcome.why,
        is_mandatory=run.waits,
        inputs_hash=run.inputs_hash,
        source=run.rule.source,
    )
    check.summary = run.outcome.summary
    check.inputs = run.inputs
    return check


@joins_transaction
def refuse_if_checks_changed(case: Case, asked: SupplyRequest) -> None:
    """Raises ChecksChanged when a check of a line would say something else now than what the page shows.

    A supply from another order, a register look-up, a rule that was approved, midnight: none of them is on the page.
    The caller holds the case's lock and the patient's, so two orders of one patient are never approved past each other.
    """
    before = Check.objects.filter(request=asked, current=True).prefetch_related("alerts")
    standing = {check.rule: check for check in before}
    ran = _run_all(case, _lines(case, pk=asked.pk))
    if not all(_same(standing.get(run.rule.id), run) for run in ran):
        raise ChecksChanged("Something that the checks look at has changed. They ran again: please look at them.")


@own_transaction
def look_again(case: Case, *, by: Any) -> None:
    """Run the checks of an open case anew, after somebody was told that they changed. Raises NotAllowed."""
    pharmacist_of(case.site, by=by)
    open_one = Case.objects.open().select_for_update(of=("self",)).select_related("site").filter(pk=case.pk).first()
    if open_one is not None:
        run_checks(open_one, by=by)


@own_transaction
def check_by_hand(check: Check, *, sentence: str, told_by: str = "", by: Any) -> HandCheck:
    """Write down a pharmacist's own check where the rule did not run. Raises NotAllowed, OwnMatter, NotPossible.

    `told_by` is a code of TOLD_BY, wanted where the patient was not asked: a hand check never replaces the question.
    """
    [done] = _by_hand(check.case, [check.pk], sentence=sentence, told_by=told_by, by=by)
    return done


@own_transaction
def check_several_by_hand(
    case: Case, *, checks: Iterable[UUID], sentence: str, told_by: str = "", by: Any
) -> list[HandCheck]:
    """The same for several checks of a case with one sentence: each is kept by itself. All or none."""
    return _by_hand(case, list(checks), sentence=sentence, told_by=told_by, by=by)


def _by_hand(case: Case, ids: list[UUID], *, sentence: str, told_by: str, by: Any) -> list[HandCheck]:
    signature = signature_of(case.site, by=by)
    Case.objects.select_for_update().get(pk=case.pk)
    rows = Check.objects.filter(pk__in=ids, case=case, current=True, state="did_not_run")
    standing = list(rows.select_related("request__prescription_item__prescription").order_by("pk"))
    for request in {check.request_id: check.request for check in standing}.values():
        refuse_own_matter(request, signature)
    if not ids or len(standing) != len(set(ids)) or not sentence.strip():
        raise NotPossible("Only a current check that did not run is done by hand, and in words.")
    if any(check.was_not_told for check in standing) and told_by not in TOLD_BY:
        raise NotPossible("Nobody told it yet: say whether you asked the patient or saw it in a record.")
    now, written = db_now(), []
    try:
        with transaction.atomic():
            for check in standing:
                done = HandCheck(stands_for=check, by=signature.user, recorded_at=now)
                done.sentence = (TOLD_BY[told_by] if check.was_not_told else "") + sentence.strip()
                done.save(force_insert=True)
                record("clinical_check.checked_by_hand", about=case, by=by, check=check.pk, rule=check.rule)
                written.append(done)
    except IntegrityError as problem:
        raise NotPossible("Somebody has written it down already.") from problem
    return written
