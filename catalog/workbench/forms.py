"""What is typed about a guide. Forms only read; the verbs and the gate decide what may be."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models.product import Substance
from catalog.rules import guide_shape as shape
from catalog.rules.shelves import SHELVES

_INPUT = {"class": "input", "autocomplete": "off"}
_SELECT = {"class": "input select"}
_DAY = _("Write the day as year, month, day: 2026-01-31.")


def _text(**more: str) -> forms.TextInput:
    return forms.TextInput({**_INPUT, **more})


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea({"class": "input", "rows": str(rows)})


class NewGuideForm(forms.Form):
    """A guide to begin."""

    title = forms.CharField(label=_("Title"), max_length=160, widget=_text())
    slug = forms.SlugField(label=_("Address"), max_length=120, widget=_text(), help_text=_("/guides/… for ever"))
    need = forms.ChoiceField(label=_("Shelf"), widget=forms.Select(_SELECT))
    substances = forms.CharField(label=_("Substances"), widget=_text(), help_text=_("names, with commas between"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["need"].choices = [(shelf.slug, shelf.name) for shelf in SHELVES]  # type: ignore[attr-defined]

    def clean_substances(self) -> list[Substance]:
        """The substances named; every one must be known."""
        names = [part.strip().lower() for part in self.cleaned_data["substances"].split(",") if part.strip()]
        found = {each.key: each for each in Substance.objects.filter(key__in=names)}
        if missing := [name for name in names if name not in found]:
            raise forms.ValidationError(_("We know no substance called %(names)s.") % {"names": ", ".join(missing)})
        return [found[name] for name in names]


class AboutForm(forms.Form):
    """What stands above the text, and in the change log."""

    title = forms.CharField(label=_("Title"), max_length=160, widget=_text())
    summary = forms.CharField(label=_("In one or two sentences"), widget=_area(3), required=False)
    note = forms.CharField(
        label=_("What changed"),
        max_length=300,
        widget=_text(),
        required=False,
        help_text=_("for the public change log"),
    )


class SectionForm(forms.Form):
    """A section's heading."""

    heading = forms.CharField(label=_("Heading"), max_length=160, widget=_text())
    nothing_found = forms.BooleanField(label=_("Nothing was found for this, and the text says so"), required=False)


class ClaimForm(forms.Form):
    """A sentence, what kind it is, and what it leans on."""

    use_required_attribute = False

    kind = forms.ChoiceField(label=_("Kind"), choices=list(shape.CLAIM_KINDS.items()), widget=forms.Select(_SELECT))
    layout = forms.ChoiceField(label=_("Place"), choices=list(shape.LAYOUTS.items()), widget=forms.Select(_SELECT))
    text = forms.CharField(label=_("Sentence"), widget=_area(3), required=False)
    cites = forms.CharField(
        label=_("Sources"), widget=_text(placeholder="label: Warnings; study: Results"), required=False,
        help_text=_("key: section; with a semicolon between"),
    )  # fmt: skip
    figures = forms.CharField(
        label=_("Figures"), widget=_text(placeholder="max_daily_dose = 80 mg"), required=False,
        help_text=_("key = value unit; with a semicolon between"),
    )  # fmt: skip

    def clean_figures(self) -> tuple[shape.Figure, ...]:
        """The figures, each with key, value and unit."""
        found = []
        for part in _parts(self.cleaned_data["figures"]):
            match = re.fullmatch(r"([a-z][a-z0-9_]*)\s*=\s*(\S+)\s*(.*)", part)
            if match is None:
                raise forms.ValidationError(_("“%(part)s” is not of the form key = value unit.") % {"part": part})
            found.append(shape.Figure(*match.groups()))
        return tuple(found)

    def clean_cites(self) -> tuple[shape.Cite, ...]:
        """The sources leaned on, each with the place in it."""
        pairs = [part.partition(":") for part in _parts(self.cleaned_data["cites"])]
        return tuple(shape.Cite(key.strip(), where.strip()) for key, _colon, where in pairs)

    def claim(self) -> shape.Claim | None:
        """The claim as typed; None for an empty row."""
        typed = self.cleaned_data
        if not typed.get("text", "").strip():
            return None
        return shape.Claim(typed["kind"], typed["text"].strip(), typed["cites"], typed["figures"], typed["layout"])


class SourceForm(forms.Form):
    """Something that was read, and by what others find it."""

    key = forms.SlugField(
        label=_("Key"), max_length=40, widget=_text(), help_text=_("short; sentences cite it by this")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=list(shape.SOURCE_KINDS.items()), widget=forms.Select(_SELECT))
    title = forms.CharField(label=_("Title"), max_length=400, widget=_text())
    authors = forms.CharField(label=_("Authors"), max_length=300, widget=_text(), required=False)
    publisher = forms.CharField(label=_("Publisher"), max_length=200, widget=_text(), required=False)
    year = forms.IntegerField(label=_("Year"), widget=_text(inputmode="numeric"), required=False)
    doi = forms.CharField(label=_("DOI"), max_length=120, widget=_text(placeholder="10.1001/…"), required=False)
    pmid = forms.CharField(label=_("PMID"), max_length=12, widget=_text(), required=False)
    isbn = forms.CharField(label=_("ISBN"), max_length=20, widget=_text(), required=False)
    url = forms.CharField(label=_("Address (https)"), max_length=500, widget=_text(), required=False)
    set_id = forms.CharField(label=_("Set id of a label"), max_length=36, widget=_text(), required=False)
    label_version = forms.CharField(label=_("Version of the label"), max_length=20, widget=_text(), required=False)
    read_on = forms.DateField(
        label=_("Read on"), input_formats=["%Y-%m-%d"], widget=_text(placeholder="2026-01-31"), required=False,
        error_messages={"invalid": _DAY},
    )  # fmt: skip


class ReviewForm(forms.Form):
    """A date for the next review, or a note."""

    next_review = forms.DateField(
        label=_("Next review"), input_formats=["%Y-%m-%d"], widget=_text(placeholder="2027-01-31"), required=False,
        error_messages={"invalid": _DAY},
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), widget=_area(2), required=False)


class Claims(forms.BaseFormSet):  # type: ignore[type-arg]  # not generic when it runs
    """The sentences of a section; their order is a number of our own look."""

    @classmethod
    def get_ordering_widget(cls) -> forms.Widget:  # type: ignore[override]  # the stubs say the class; it is an instance
        """A field like the others."""
        return forms.NumberInput({"class": "input num"})


ClaimFormSet = forms.formset_factory(ClaimForm, formset=Claims, extra=2, can_order=True, can_delete=True)


def rows_of(section: shape.Section) -> list[dict[str, Any]]:
    """A section's claims as the form shows them."""
    return [
        {
            "kind": claim.kind,
            "layout": claim.layout,
            "text": claim.text,
            "cites": "; ".join(f"{c.source}: {c.where}" if c.where else c.source for c in claim.cites),
            "figures": "; ".join(f"{f.key} = {f.value} {f.unit}".strip() for f in claim.figures),
        }
        for claim in section.claims
    ]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]
