"""What a developer or a visitor of the demonstration may look at: the letters sent, and the kit of parts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from pharmacy.messaging.models import Letter
from pharmacy.web import kit as parts

PAGE = 50
# Letters are HTML with their own style; shown alone, without script, pictures or links out.
_LETTER_CSP: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "sandbox": ["allow-same-origin"],
}


@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """The newest letters; `to` narrows to one address."""
    wanted = request.GET.get("to", "").strip().lower()
    newest = Letter.objects.order_by("-written_at")[: PAGE * 4]
    found = [one for one in newest if not wanted or one.to.lower() == wanted][:PAGE]
    return render(request, "messaging/letters.html", {"letters": found, "to": wanted})


@require_safe
def letter(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """One letter as text, with its HTML a tap away."""
    found = get_object_or_404(Letter, pk=letter_id)
    return render(request, "messaging/letter.html", {"letter": found})


@csp_override(_LETTER_CSP)
@require_safe
def letter_html(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """The HTML of a letter as a mail program would show it."""
    return HttpResponse(get_object_or_404(Letter, pk=letter_id).html)


class KitForm(forms.Form):
    """One field of each kind, for the kit."""

    city = forms.CharField(label="City", initial="Newark", widget=forms.TextInput({"class": "input"}))
    zip_code = forms.CharField(label="ZIP code", widget=forms.TextInput({"class": "input num"}))
    agree = forms.BooleanField(label="Health-data consent")

    def clean_zip_code(self) -> str:
        """Five digits."""
        given: str = self.cleaned_data["zip_code"]
        if len(given) != 5:
            raise forms.ValidationError("Four digits given, five are needed")
        return given


@require_safe
def kit(request: HttpRequest) -> HttpResponse:
    """Every part of the look once."""
    form = KitForm({"city": "Newark", "zip_code": "0710"})
    form.is_valid()
    context: dict[str, Any] = {"form": form, **parts.samples()}
    return render(request, "web/kit.html", context)
