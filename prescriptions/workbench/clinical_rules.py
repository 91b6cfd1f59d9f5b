"""Clinical rules as a superintendent sees and changes them: search, approve, retire, write a new version."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from pharmacy.refusals import NotFound, Refused
from pharmacy.web.workbench import workbench_page
from prescriptions.actions.clinical_rules import Draft, approve_rules, retire_rule, write_rules
from prescriptions.models.clinical import ClinicalRule
from prescriptions.queries.authority import is_superintendent
from prescriptions.rules.clinical import SEVERITIES
from prescriptions.workbench.access import who

ROLES = ("pharmacist", "superintendent")
STATES = {
    "live": Q(approved_at__isnull=False, retired_at=None),
    "draft": Q(approved_at=None, retired_at=None),
    "retired": Q(retired_at__isnull=False),
}
A_PAGE = 50


class RuleForm(forms.Form):
    """A new version of a rule. What its kind needs stands in `value` as JSON, as in the shipped files."""

    use_required_attribute = False

    severity = forms.ChoiceField(
        label=gettext_lazy("Weight"), choices=[(one, one) for one in SEVERITIES],
        widget=forms.Select({"class": "input select"}),
    )  # fmt: skip
    source = forms.CharField(label=gettext_lazy("Source"), max_length=160, widget=forms.TextInput({"class": "input"}))
    section = forms.CharField(
        label=gettext_lazy("Section"), max_length=80, required=False, widget=forms.TextInput({"class": "input"})
    )
    gist = forms.CharField(
        label=gettext_lazy("What it says, in our words"), max_length=400,
        widget=forms.Textarea({"class": "input", "rows": 2}),
    )  # fmt: skip
    value = forms.JSONField(label=gettext_lazy("Values"), widget=forms.Textarea({"class": "input mono", "rows": 8}))

    def clean_value(self) -> dict[str, str]:
        """Names and what they are; a list or a bare number is no rule."""
        given = self.cleaned_data["value"]
        if not isinstance(given, dict):
            raise forms.ValidationError(_("Write names and values, as in the version before."))
        return {str(key): str(one) for key, one in given.items()}


@workbench_page("clinical-rules/", "clinical-rules", label=gettext_lazy("Clinical rules"), roles=ROLES, order=62)
@require_safe
def clinical_rules(request: HttpRequest) -> HttpResponse:
    """Rules in force, drafts and what is retired, with source and people."""
    show = request.GET.get("show", "") if request.GET.get("show") in STATES else "live"
    text = request.GET.get("q", "").strip()[:60]
    counts = ClinicalRule.objects.aggregate(**{name: Count("pk", filter=what) for name, what in STATES.items()})
    rows = ClinicalRule.objects.filter(STATES[show])
    if text:
        rows = rows.filter(Q(substance__icontains=text) | Q(code__icontains=text) | Q(gist__icontains=text))
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    chips = [("live", _("In force")), ("draft", _("Drafts")), ("retired", _("Out of force"))]
    facts = {"page": page, "show": show, "text": text, "chips": [(one, label, counts[one]) for one, label in chips],
             "is_superintendent": is_superintendent(request.user)}  # fmt: skip
    return render(request, "prescriptions/workbench/clinical_rules.html", facts)


@workbench_page("clinical-rules/approve/", "clinical-rules-approve", roles=("superintendent",))
@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Approve the ticked drafts."""
    rules = _chosen(request.POST.getlist("rule"))
    try:
        count = approve_rules(rules, name=who(request).email, by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.detail or refusal.title)
    else:
        said = ngettext("%(n)s rule is in force.", "%(n)s rules are in force.", count) % {"n": count}
        messages.success(request, said)
    return redirect("admin:clinical-rules")


@workbench_page("clinical-rules/<uuid:rule>/retire/", "clinical-rule-retire", roles=("superintendent",))
@require_POST
def retire(request: HttpRequest, rule: Any) -> HttpResponse:
    """Take a rule out of force."""
    try:
        retire_rule(_rule(rule), name=who(request).email, by=request.user)
        messages.success(request, _("The rule is out of force."))
    except Refused as refusal:
        messages.warning(request, refusal.detail or refusal.title)
    return redirect("admin:clinical-rules")


@workbench_page("clinical-rules/<uuid:rule>/", "clinical-rule", roles=ROLES)
def clinical_rule(request: HttpRequest, rule: Any) -> HttpResponse:
    """One rule with its versions. A pharmacist writes a new one, a superintendent who is not its author approves."""
    found = _rule(rule)
    start = {"severity": found.severity, "source": found.source, "section": found.section, "gist": found.gist,
             "value": found.value}  # fmt: skip
    form = RuleForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        draft = Draft(kind=found.kind, code=found.code, substance=found.substance, **form.cleaned_data)
        try:
            count = write_rules([draft], author=who(request).email, by=request.user)
        except Refused as refusal:
            form.add_error("value", refusal.detail)
        else:
            said = _("A new version waits for approval.") if count else _("Nothing was changed.")
            messages.success(request, said)
            return redirect("admin:clinical-rules")
    versions = ClinicalRule.objects.filter(code=found.code).order_by("-version")
    facts = {"rule": found, "form": form, "versions": versions, "is_superintendent": is_superintendent(request.user),
             "value": json.dumps(found.value, indent=1)}  # fmt: skip
    return render(request, "prescriptions/workbench/clinical_rule.html", facts)


def _rule(key: Any) -> ClinicalRule:
    found = ClinicalRule.objects.filter(pk=key).first()
    if found is None:
        raise NotFound
    return found


def _chosen(keys: list[str]) -> list[ClinicalRule]:
    drafts = ClinicalRule.objects.filter(STATES["draft"])
    return [row for row in drafts if str(row.pk) in set(keys)]
