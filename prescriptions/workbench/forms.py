"""What a pharmacist types. Forms only read; the verbs decide what may be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prescriptions.actions.prescription import Transcription
from prescriptions.models.contact import ContactOutcome, How, Intervention
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.rules.reasons import REASONS
from prescriptions.rules.words import number

_INPUT = {"class": "input", "autocomplete": "off"}
_NUMBER = {"class": "input num", "autocomplete": "off", "inputmode": "decimal"}


def _text(css: dict[str, str] = _INPUT, **more: str) -> forms.TextInput:
    return forms.TextInput({**css, **more})


class TranscriptionForm(forms.Form):
    """One medicine as the paper says it."""

    use_required_attribute = False

    substance = forms.CharField(label=_("Substance"), max_length=200, widget=_text(spellcheck="false"))
    strength = forms.CharField(label=_("Strength"), max_length=80, widget=_text())
    dose_text = forms.CharField(label=_("Dose text"), max_length=500, widget=_text())
    quantity = forms.DecimalField(
        label=_("Quantity"), min_value=Decimal("0.0001"), max_value=100_000, max_digits=10, decimal_places=4,
        widget=_text(_NUMBER),
    )  # fmt: skip
    repeats = forms.IntegerField(label=_("Repeats"), min_value=0, max_value=99, widget=_text(_NUMBER))
    issued_on = forms.DateField(
        label=_("Issued on"), input_formats=["%Y-%m-%d"], widget=_text(_NUMBER, placeholder="2026-01-31"),
        error_messages={"invalid": _("Write the day as year, month, day: 2026-01-31.")},
    )  # fmt: skip
    prescriber = forms.CharField(
        label=_("Prescriber"), max_length=200, widget=_text(placeholder=str(_("Name, register number")))
    )

    no_substitution = forms.BooleanField(label=_("Do not substitute"), required=False)

    def as_facts(self) -> Transcription:
        """What was typed, for the verb. Only after `is_valid`."""
        return Transcription(**self.cleaned_data)


def written(item: PrescriptionItem | None, *, beside: PrescriptionItem | None = None) -> dict[str, Any]:
    """What the form begins with: the item as written down, or day and prescriber of the same paper's other item."""
    one = item or beside
    if one is None:
        return {}
    paper = one.prescription
    who = ", ".join(
        part for part in (paper.prescriber_written or paper.prescriber.name, paper.prescriber.number) if part
    )
    start: dict[str, Any] = {"issued_on": paper.issued_on.isoformat(), "prescriber": who}
    if item is not None:
        start |= {
            name: getattr(item, name) for name in ("substance", "strength", "dose_text", "repeats", "no_substitution")
        }
        start["quantity"] = number(item.quantity).replace(",", "")
    return start


class DeclineForm(forms.Form):
    """A refusal: one coded reason and a sentence to the customer."""

    use_required_attribute = False

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose one")), *((one.code, one.label) for one in REASONS)],
        widget=forms.Select({"class": "input select"}),
    )
    note = forms.CharField(
        label=_("Note to the patient"), max_length=4000, widget=forms.Textarea({"class": "input", "rows": 3})
    )


# The codes of rules/substitution.py in words.
SUBSTITUTION_REASONS = {
    "OS": _("Out of stock, or a lot that may not be used"),
    "FP": _("The cheaper or preferred one"),
    "CT": _("Goes on with the maker that the patient has taken"),
    "RR": _("A rule asks for it"),
}


class SubstituteForm(forms.Form):
    """Another pack for a line: which one, why, and what the patient should know."""

    use_required_attribute = False

    pack = forms.IntegerField(label=_("Pack"), min_value=1, max_value=2**62)
    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("Choose one")), *SUBSTITUTION_REASONS.items()], required=False,
        widget=forms.Select({"class": "input select"}),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note to the patient"), max_length=1000, required=False,
        widget=forms.Textarea({"class": "input", "rows": 2}),
    )  # fmt: skip


class NoteForm(forms.Form):
    """A question or a message to the customer."""

    use_required_attribute = False

    note = forms.CharField(
        label=_("Note to the patient"), max_length=4000, widget=forms.Textarea({"class": "input", "rows": 3})
    )


class PrescriberForm(forms.Form):
    """A question to the prescriber and how it was put."""

    use_required_attribute = False

    how = forms.ChoiceField(label=_("How"), choices=How.choices, widget=forms.Select({"class": "input select"}))
    question = forms.CharField(
        label=_("What was asked"), max_length=2000, widget=forms.Textarea({"class": "input", "rows": 3})
    )


class ContactForm(forms.Form):
    """What the prescriber said."""

    use_required_attribute = False

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[(value, label) for value, label in ContactOutcome.choices if value],
        widget=forms.Select({"class": "input select"}),
    )
    who = forms.CharField(label=_("Spoken to"), max_length=120, widget=_text())
    answer = forms.CharField(
        label=_("What was said"), max_length=2000, widget=forms.Textarea({"class": "input", "rows": 2})
    )


class InterventionForm(forms.Form):
    """What a pharmacist did about a problem (R-212)."""

    use_required_attribute = False

    category = forms.ChoiceField(
        label=_("Category"), choices=Intervention.Category.choices, widget=forms.Select({"class": "input select"})
    )
    contacted = forms.ChoiceField(
        label=_("Contacted"),
        choices=[("nobody", _("Nobody")), ("patient", _("Patient")), ("prescriber", _("Prescriber"))],
        widget=forms.Select({"class": "input select"}),
    )
    result = forms.ChoiceField(
        label=_("Result"), choices=Intervention.Result.choices, widget=forms.Select({"class": "input select"})
    )
    significance = forms.ChoiceField(
        label=_("Significance"),
        choices=[("low", _("Low")), ("medium", _("Medium")), ("high", _("High")), ("extreme", _("Extreme"))],
        widget=forms.Select({"class": "input select"}),
    )
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=480, widget=_text(_NUMBER))
    action = forms.CharField(
        label=_("What was done"), max_length=1000, widget=forms.Textarea({"class": "input", "rows": 2})
    )


class BackForm(forms.Form):
    """Why the second pharmacist does not sign."""

    use_required_attribute = False

    sentence = forms.CharField(
        label=_("Why, for your colleague"), max_length=1000, widget=forms.Textarea({"class": "input", "rows": 2})
    )


class HandForm(forms.Form):
    """A pharmacist's own check, in words; `told_by` where the patient was not asked."""

    use_required_attribute = False

    told_by = forms.ChoiceField(
        label=_("Nobody asked the patient. Who told it?"), required=False,
        choices=[("", _("Choose one")), ("asked", _("Asked the patient")), ("record", _("Seen in a record"))],
        widget=forms.Select({"class": "input select"}),
    )  # fmt: skip

    sentence = forms.CharField(
        label=_("Your own check, in words"), max_length=1000, widget=forms.Textarea({"class": "input", "rows": 2})
    )
