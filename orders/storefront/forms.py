"""Forms of the checkout that validate shape and nothing more."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_WRITTEN = "input"
NONE_KNOWN = "None known"  # as the pages of the account keep it
LISTS = ("allergies", "conditions", "medicines")


class ContactForm(forms.Form):
    """Where the letters go, and the consent when a medicine is ordered."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254,
        widget=forms.EmailInput(attrs={"class": _WRITTEN, "autocomplete": "email"}),
        help_text=_("For news of this order. Nothing else is sent."),
    )  # fmt: skip
    consent = forms.BooleanField(
        label=_("Health-data consent"),
        error_messages={"required": _("We need your consent to keep what a medicine says about your health.")},
        help_text=_(
            "What you order says something about your health. You agree that we keep it to supply you safely, "
            "show it to our pharmacists, and to nobody else. You can take this back at any time."
        ),
    )

    def __init__(self, *args: Any, asks_consent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_consent:
            del self.fields["consent"]


class PatientForm(forms.Form):
    """Who the medicine is for: one who is known, or somebody new."""

    patient = forms.ChoiceField(label=_("Patient"), required=False, widget=forms.RadioSelect)
    name = forms.CharField(
        label=_("Name of the patient"), max_length=120, required=False,
        widget=forms.TextInput(attrs={"class": _WRITTEN, "autocomplete": "off"}),
    )  # fmt: skip
    born_on = forms.DateField(
        label=_("Born on"), required=False, widget=forms.DateInput(attrs={"class": _WRITTEN, "type": "date"})
    )
    sex = forms.ChoiceField(
        label=_("Sex"), required=False, widget=forms.Select(attrs={"class": "select"}),
        choices=[("", _("Not said")), ("female", _("Female")), ("male", _("Male")), ("other", _("Other"))],
    )  # fmt: skip
    weight_kg = forms.DecimalField(
        label=_("Weight in kg"), required=False, min_value=1, max_value=500, decimal_places=1,
        widget=forms.NumberInput(attrs={"class": _WRITTEN, "inputmode": "decimal", "step": "0.1"}),
    )  # fmt: skip
    allergies = forms.CharField(
        label=_("Allergies"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"class": _WRITTEN, "rows": 2}),
    )  # fmt: skip
    conditions = forms.CharField(
        label=_("Conditions"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"class": _WRITTEN, "rows": 2}),
    )  # fmt: skip
    medicines = forms.CharField(
        label=_("Medicines taken now"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"class": _WRITTEN, "rows": 2}),
    )  # fmt: skip

    allergies_none = forms.BooleanField(label=_("No allergies known"), required=False)
    conditions_none = forms.BooleanField(label=_("No conditions known"), required=False)
    medicines_none = forms.BooleanField(label=_("No medicines taken"), required=False)

    def __init__(self, *args: Any, known: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:
            self.fields["patient"].choices = [*known, ("new", _("Somebody else"))]  # type: ignore[attr-defined]
            self.fields["patient"].required = True
        else:
            del self.fields["patient"]

    @property
    def is_new(self) -> bool:
        """Is somebody new described?"""
        return bool(self.cleaned_data.get("patient", "new") == "new")

    def clean(self) -> dict[str, Any]:
        """Somebody new has a name and a date of birth in the past."""
        given = super().clean() or {}
        if given.get("patient", "new") == "new":
            for name in ("name", "born_on"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("This is needed."))
            born = given.get("born_on")
            if born and not dt.date(1900, 1, 1) <= born <= timezone.localdate():
                self.add_error("born_on", _("Give a day in the past."))
        for name in LISTS:
            if given.get(f"{name}_none") and (given.get(name) or "").strip():
                self.add_error(name, _("You ticked that there is nothing, and wrote something. Which is it?"))
            elif given.get(f"{name}_none"):
                given[name] = NONE_KNOWN
        return given
