"""Controls written without templates are, to the letter, what Django's templates write."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext_lazy as _

from pharmacy.web.widgets import QuickForms

CHOICES = [("", _("Choose")), ("NJ", "New Jersey"), ('"<', "A & B <i>"), (3, "three")]


class Everything(forms.Form):
    """Every plain control, with attributes that need care."""

    name = forms.CharField(max_length=20, widget=forms.TextInput(attrs={"autocomplete": "name", "data-x": '"><b>'}))
    mail = forms.EmailField(required=False)
    number = forms.IntegerField(min_value=1)
    secret = forms.CharField(widget=forms.PasswordInput)
    hidden = forms.CharField(widget=forms.HiddenInput)
    region = forms.ChoiceField(choices=CHOICES, widget=forms.Select(attrs={"class": "select", "disabled": True}))
    grouped = forms.ChoiceField(choices=[("East", [("NJ", "New Jersey")]), ("x", "X")])
    several = forms.MultipleChoiceField(choices=CHOICES[1:])
    yes = forms.BooleanField(required=False)
    sort = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect)
    text = forms.CharField(widget=forms.Textarea)
    day = forms.DateField()


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"name": "<script>'\"&", "mail": "not one", "number": "0", "region": '"<', "several": ["NJ", "3"], "day": "x"},
        {"region": "NJ", "grouped": "NJ", "sort": "NJ", "number": 5, "yes": "on", "text": "</textarea>"},
    ],
)
def test_each_control_is_what_django_writes(data: dict[str, Any] | None) -> None:
    quick, slow = Everything(data, renderer=QuickForms()), Everything(data, renderer=DjangoTemplates())
    for ours, djangos in zip(quick, slow, strict=True):
        assert str(ours).strip() == str(djangos).strip()
