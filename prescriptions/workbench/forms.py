"""What a pharmacist types. Forms only read; the verbs decide what may be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prescriptions.actions.prescription import Transcription
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

    def as_facts(self) -> Transcription:
        """What was typed, for the verb. Only after `is_valid`."""
        return Transcription(**self.cleaned_data)


def written(item: PrescriptionItem | None, *, beside: PrescriptionItem | None = None) -> dict[str, Any]:
    """What the form begins with: the item as written down, or day and prescriber of the same paper's other item."""
    one = item or beside
    if one is None:
        return {}
    paper = one.prescription
    start: dict[str, Any] = {"issued_on": paper.issued_on.isoformat(), "prescriber": str(paper.prescriber)}
    if item is not None:
        start |= {name: getattr(item, name) for name in ("substance", "strength", "dose_text", "repeats")}
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


class NoteForm(forms.Form):
    """A question or a message to the customer."""

    use_required_attribute = False

    note = forms.CharField(
        label=_("Note to the patient"), max_length=4000, widget=forms.Textarea({"class": "input", "rows": 3})
    )


class HandForm(forms.Form):
    """A pharmacist's own check, in words."""

    use_required_attribute = False

    sentence = forms.CharField(
        label=_("Your own check, in words"), max_length=1000, widget=forms.Textarea({"class": "input", "rows": 2})
    )
