"""A pharmacist answers alerts: seen, or a reason to go on (R-207). Each is kept, and counted on the dashboard."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from pharmacy.clock import db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible
from pharmacy.transactions import own_transaction
from prescriptions.actions.review import take
from prescriptions.models.checks import Alert, AlertAnswer
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import refuse_own_matter, signature_of
from prescriptions.rules.answers import is_enough, wants_words


@own_transaction
def answer_alert(alert: Alert, *, code: str, sentence: str, by: Any) -> AlertAnswer:
    """Answer one alert of a current check. Raises NotAllowed, OwnMatter, ClaimedByAnother, NotPossible (an answer that
    is not enough for its weight, one without the words it needs, or one that was answered already)."""
    case = Case.objects.select_related("site").get(checks=alert.found_by_id)
    signature = signature_of(case.site, by=by)
    refuse_own_matter(_line(requests=SupplyRequest.objects.filter(checks=alert.found_by_id)), signature)
    take(case, by=by, user=signature.user)
    standing = Alert.objects.select_related("found_by").get(pk=alert.pk)
    words = sentence.strip()
    if not standing.found_by.current or not is_enough(code, standing.severity):
        raise NotPossible("This answer is not enough for an alert of this weight.")
    if wants_words(code, standing.severity, standing.code) and not words:
        raise NotPossible("Say in a sentence why.")
    answer = _write(standing, code=code, words=words, user=signature.user)
    record(
        "clinical_check.alert_answered",
        about=case, by=by, alert=standing.pk, rule=standing.found_by.rule, code=standing.code, answer=code,
    )  # fmt: skip
    return answer


@own_transaction
def acknowledge(request: SupplyRequest, *, by: Any) -> int:
    """Say "seen" to every alert of the weight "care" on a line; how many. Raises NotAllowed, ClaimedByAnother."""
    case = Case.objects.select_related("site").get(requests=request.pk)
    signature = signature_of(case.site, by=by)
    refuse_own_matter(_line(requests=SupplyRequest.objects.filter(pk=request.pk)), signature)
    take(case, by=by, user=signature.user)
    waiting = Alert.objects.filter(
        found_by__request=request, found_by__current=True, severity="caution", answer=None
    ).order_by("pk")
    count = 0
    for alert in waiting.select_related("found_by"):
        _write(alert, code="seen", words="", user=signature.user)
        count += 1
        record(
            "clinical_check.alert_answered",
            about=case, by=by, alert=alert.pk, rule=alert.found_by.rule, code=alert.code, answer="seen",
        )  # fmt: skip
    return count


def _line(requests: QuerySet[SupplyRequest]) -> SupplyRequest:
    return requests.select_related("prescription_item__prescription").get()


def _write(alert: Alert, *, code: str, words: str, user: Any) -> AlertAnswer:
    answer = AlertAnswer(alert=alert, by=user, code=code, answered_at=db_now())
    answer.sentence = words
    try:
        with transaction.atomic():
            answer.save(force_insert=True)
    except IntegrityError as problem:
        raise NotPossible("This alert was answered already.") from problem
    return answer
