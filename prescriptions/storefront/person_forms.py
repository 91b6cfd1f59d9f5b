"""The form of a patient's facts. What was not told stays not told; "none known" is ticked, never assumed."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from prescriptions.actions.patient import PatientFacts
from prescriptions.models.patient import Patient
from prescriptions.rules.facts import egfr

NONE_KNOWN: Final = "None known"
LISTS: Final = ("allergies", "conditions", "medicines")
_NOT_TOLD: Final = ("", _("Not told"))


def _area(label: Any, hint: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=2000, required=False, help_text=hint,
        widget=forms.Textarea({"class": "input", "rows": 3}),
    )  # fmt: skip


def _choice(label: Any, *choices: tuple[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[_NOT_TOLD, *choices], widget=forms.Select({"class": "input select"})
    )


def _none(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


class PersonForm(forms.Form):
    """Facts of one person, in the order a pharmacist asks for them."""

    use_required_attribute = False

    relation = forms.ChoiceField(
        label=_("Who is it?"), widget=forms.RadioSelect,
        choices=[("self", _("Myself")), ("other", _("Somebody I care for"))],
    )  # fmt: skip
    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput({"class": "input"}))
    born_on = forms.DateField(
        label=_("Born on"), widget=forms.DateInput({"class": "input", "type": "date"}, "%Y-%m-%d")
    )
    sex = _choice(_("Sex"), ("female", _("Female")), ("male", _("Male")), ("other", _("Other")))
    weight_kg = forms.DecimalField(
        label=_("Weight in kg"), required=False, min_value=1, max_value=500, decimal_places=1,
        widget=forms.TextInput({"class": "input", "inputmode": "decimal"}),
    )  # fmt: skip
    allergies = _area(_("Allergies"), _("One a line: to what, and what happened."))
    allergies_none = _none(_("No allergies known"))
    conditions = _area(_("Conditions"), _("One a line: illnesses now and earlier, operations."))
    conditions_none = _none(_("No conditions known"))
    medicines = _area(_("Medicines taken"), _("One a line, with strength and how often; without prescription too."))
    medicines_none = _none(_("No medicines taken"))
    pregnancy = _choice(_("Pregnant"), ("no", _("No")), ("yes", _("Yes, or perhaps")))
    breastfeeding = _choice(_("Breastfeeding"), ("no", _("No")), ("yes", _("Yes")))
    kidney = _choice(
        _("Kidneys"), ("healthy", _("Healthy")), ("reduced", _("Weak kidneys")), ("dialysis", _("Dialysis"))
    )
    egfr = forms.CharField(
        label=_("Kidney value (eGFR)"), required=False, max_length=6, help_text=_("From a blood test, if you know it."),
        widget=forms.TextInput({"class": "input", "inputmode": "decimal"}),
    )  # fmt: skip
    liver = _choice(
        _("Liver"), ("healthy", _("Healthy")), ("reduced", _("Liver disease")), ("severe", _("Severe liver disease"))
    )

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["relation"]

    def clean(self) -> dict[str, Any]:
        """Nothing known and something written can't both be so; an eGFR is a number to 250."""
        given = super().clean() or {}
        for name in LISTS:
            if given.get(f"{name}_none") and given.get(name, "").strip():
                self.add_error(name, _("You ticked that there is nothing, and wrote something. Which is it?"))
        if given.get("egfr") and egfr(given["egfr"]) is None:
            self.add_error("egfr", _("Write a number from 0 to 250, or leave it empty."))
        return given

    def as_facts(self) -> PatientFacts:
        """What was told, for the verb. Only after `is_valid`."""
        told = self.cleaned_data
        lists = {name: NONE_KNOWN if told[f"{name}_none"] else _lines(told[name]) for name in LISTS}
        weight = told["weight_kg"]
        return PatientFacts(
            name=told["name"], born_on=told["born_on"], sex=told["sex"],
            weight_kg="" if weight is None else f"{weight.normalize():f}",
            pregnancy=told["pregnancy"], breastfeeding=told["breastfeeding"],
            kidney=told["egfr"] or told["kidney"], liver=told["liver"], relation=told.get("relation", "self"),
            **lists,
        )  # fmt: skip


def _lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def told_by(patient: Patient) -> dict[str, Any]:
    """What the form begins with: the facts as they are kept."""
    start: dict[str, Any] = {
        name: getattr(patient, name)
        for name in ("name", "born_on", "sex", "weight_kg", "pregnancy", "breastfeeding", "liver")
    }
    value = egfr(patient.kidney)
    start |= {
        "kidney": "" if value is not None else patient.kidney,
        "egfr": patient.kidney if value is not None else "",
    }
    for name in LISTS:
        text = getattr(patient, name)
        start |= {f"{name}_none": text == NONE_KNOWN, name: "" if text == NONE_KNOWN else text}
    return start


class ProofForm(forms.Form):
    """Who asks to act for somebody: how related, until when. The document comes with the request's files."""

    use_required_attribute = False

    kin = forms.ChoiceField(
        label=_("How are you related?"), widget=forms.Select({"class": "input select"}),
        choices=[
            ("", _("Choose one")), ("parent", _("Parent of a child")), ("guardian", _("Guardian")),
            ("power_of_attorney", _("Power of attorney")), ("other", _("Other")),
        ],
    )  # fmt: skip
    ends_on = forms.DateField(
        label=_("Until"), widget=forms.DateInput({"class": "input", "type": "date"}, "%Y-%m-%d"),
        help_text=_("The last day you want to act, within five years."),
    )  # fmt: skip
