"""Clinical rules: written by one person, approved by another, replaced by new versions, never changed (R-006)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Max

from pharmacy.clock import db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotAllowed, NotPossible
from pharmacy.transactions import own_transaction
from prescriptions.models.clinical import ClinicalRule
from prescriptions.queries.authority import is_superintendent
from prescriptions.rules.clinical import parse


class Draft(NamedTuple):
    """A rule as somebody writes it. `value` as its kind needs it (see `rules/clinical.py`)."""

    kind: str
    code: str
    substance: str
    severity: str
    source: str
    section: str
    gist: str
    value: dict[str, str]


class NotTheAuthor(NotAllowed):
    """Nobody approves their own rule (domain rule 2)."""

    code = "author-is-not-approver"
    title = "Somebody else than the author approves a rule"


@own_transaction
def write_rules(drafts: Iterable[Draft], *, author: str, by: Any) -> int:
    """Keep drafts as new versions, not in force before somebody else approves them; how many were new.

    A draft that says exactly what its newest version says is left out, so loading twice changes nothing.
    Raises NotPossible, naming the row that can't be read; then nothing is kept.
    """
    wanted = list(drafts)
    newest = _newest([draft.code for draft in wanted])
    now, fresh = db_now(), []
    for draft in wanted:
        _refuse_unreadable(draft)
        before = newest.get(draft.code)
        if before is not None and _says(before) == draft:
            continue
        version = before.version + 1 if before else 1
        fresh.append(ClinicalRule(**draft._asdict(), version=version, written_by=author, written_at=now))
    ClinicalRule.objects.bulk_create(fresh)
    record("clinical_rules.written", about=("clinicalrules", "all"), by=by, count=len(fresh))
    return len(fresh)


def _newest(codes: list[str]) -> dict[str, ClinicalRule]:
    last = ClinicalRule.objects.filter(code__in=codes).values("code").annotate(last=Max("version"))
    versions = {row["code"]: row["last"] for row in last}
    rows = ClinicalRule.objects.filter(code__in=codes)
    return {row.code: row for row in rows if row.version == versions[row.code]}


def _says(row: ClinicalRule) -> Draft:
    return Draft(row.kind, row.code, row.substance, row.severity, row.source, row.section, row.gist, row.value)


def _refuse_unreadable(draft: Draft) -> None:
    try:
        parse(draft.kind, draft.code, draft.substance, draft.value, draft.severity, draft.source, draft.gist)
    except (ValueError, KeyError, ArithmeticError) as problem:
        raise NotPossible(f"The rule {draft.code} can't be read: {problem}.") from problem
    if not draft.source or not draft.gist:
        raise NotPossible(f"The rule {draft.code} names no source.")


@own_transaction
def approve_rules(rules: Iterable[ClinicalRule], *, name: str, by: Any) -> int:
    """Put drafts into force, each in the place of the version before it; how many. `name` is kept as the approver.

    Raises NotAllowed (no superintendent), NotTheAuthor.
    """
    if not is_superintendent(by):
        raise NotAllowed("Only a superintendent approves clinical rules.")
    ids = [rule.pk for rule in rules]
    drafts = list(ClinicalRule.objects.select_for_update().filter(pk__in=ids, approved_at=None, retired_at=None))
    if any(draft.written_by == name for draft in drafts):
        raise NotTheAuthor
    now = db_now()
    codes = [draft.code for draft in drafts]
    ClinicalRule.objects.live().filter(code__in=codes).update(retired_by=name, retired_at=now)
    ClinicalRule.objects.filter(pk__in=[draft.pk for draft in drafts]).update(approved_by=name, approved_at=now)
    record("clinical_rules.approved", about=("clinicalrules", "all"), by=by, count=len(drafts))
    return len(drafts)


@own_transaction
def retire_rule(rule: ClinicalRule, *, name: str, by: Any) -> None:
    """Take a rule out of force, or throw a draft away. Raises NotAllowed, NotPossible (it is out already)."""
    if not is_superintendent(by):
        raise NotAllowed("Only a superintendent retires clinical rules.")
    if not ClinicalRule.objects.filter(pk=rule.pk, retired_at=None).update(retired_by=name, retired_at=db_now()):
        raise NotPossible("This rule is out of force already.")
    record("clinical_rules.retired", about=("clinicalrule", rule.pk), by=by, code=rule.code, version=rule.version)
