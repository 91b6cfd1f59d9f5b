""" "My prescriber will send it": the customer's page, and the prescriber's, who has no account."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST

from pharmacy.refusals import NotFound, Refused, Unreachable
from pharmacy.web.visitor import country_of
from prescriptions.actions import prescriber_link as verbs
from prescriptions.actions.document import UploadRefused
from prescriptions.gateways.typed import sheet
from prescriptions.models.prescriber_link import PrescriberLink
from prescriptions.queries.links import link_by, links_of
from prescriptions.queries.owner import patients_of
from prescriptions.rules.registers import REGISTERS, fault
from prescriptions.rules.uploads import MAX_FILES
from prescriptions.storefront.files import keep_one, take_back, takes_files, too_big

STATES: Final = {
    "asked": ("note", lazy("Written to, not opened yet")),
    "opened": ("note", lazy("Opened by the prescriber")),
    "answered": ("ok", lazy("Sent")),
    "declined": ("stop", lazy("The prescriber said no")),
    "revoked": ("note", lazy("Taken back")),
    "expired": ("caution", lazy("No answer came")),
}


def _line(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.TextInput({"class": "input"}), **more)


class AskForm(forms.Form):
    """Whom to ask, for whom, for what."""

    use_required_attribute = False

    patient = forms.ChoiceField(label=lazy("For whom"), widget=forms.Select({"class": "input select"}))
    name = _line(lazy("Prescriber’s name"), max_length=200)
    email = forms.EmailField(label=lazy("Prescriber’s e-mail"), widget=forms.EmailInput({"class": "input"}))
    number = _line(lazy("Register number, if you know it"), max_length=60, required=False)
    asked_for = forms.CharField(
        label=lazy("What you need"), max_length=1000,
        widget=forms.Textarea({"class": "input", "rows": 3}),
        help_text=lazy("The medicine, its strength and how you take it. The prescriber and our pharmacists read it."),
    )  # fmt: skip


class AnswerForm(forms.Form):
    """What the prescriber fills in: a file, or the fields of a prescription; and a signature by name."""

    use_required_attribute = False

    register = forms.ChoiceField(
        label=lazy("Register"), widget=forms.Select({"class": "input select"}),
        choices=[(one.code, f"{one.name} ({one.country}): {one.hint}") for one in REGISTERS],
    )  # fmt: skip
    number = _line(lazy("Register number"), max_length=60)
    medicine = _line(lazy("Medicine and strength"), max_length=200, required=False)
    dose = _line(lazy("Dose text"), max_length=300, required=False)
    quantity = _line(lazy("Quantity"), max_length=60, required=False)
    repeats = forms.IntegerField(
        label=lazy("Repeats"), min_value=0, max_value=11, required=False,
        widget=forms.NumberInput({"class": "input"}),
    )  # fmt: skip
    signed_name = _line(lazy("Sign with your full name"), max_length=200)
    sure = forms.BooleanField(label=lazy("I am entitled to prescribe, and this is my prescription for this patient."))

    def clean(self) -> dict[str, Any]:
        """The number has the form and check digits of its register."""
        given = super().clean() or {}
        if given.get("register") and given.get("number") and fault(given["register"], given["number"]):
            self.add_error("number", _("This can’t be a number of that register. Please look at it again."))
        typed = [name for name in ("medicine", "dose", "quantity") if given.get(name)]
        for name in {"medicine", "dose", "quantity"} - set(typed) if typed else ():
            self.add_error(name, _("A prescription needs this."))
        return given


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask a prescriber by a signed link, and see where earlier requests stand."""
    user: Any = request.user
    patients = {str(one.pk): one for one in patients_of(user)}
    form = AskForm(request.POST if request.method == "POST" else None)
    form.fields["patient"].choices = [(key, one.name) for key, one in patients.items()]  # type: ignore[attr-defined]
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            verbs.ask_prescriber(
                customer=user, patient=patients[form.cleaned_data["patient"]], by=user,
                asking=_asking(form, order=request.POST.get("order", "")[:40], country=country_of(request)),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, refusal.detail or refusal.title)
        else:
            messages.success(request, _("The prescriber is written to. You see here what came of it."))
            return redirect(_back(request) or "/account/prescriptions/ask/")
    if form.errors:
        status = 422
    links = [(one, *STATES[one.state]) for one in links_of(user)[:50]]
    facts = {"form": form, "links": links, "has_patients": bool(patients), "next": _back(request)}
    return render(request, "prescriptions/storefront/prescriber_ask.html", facts, status=status)


def _asking(form: AskForm, *, order: str, country: str) -> verbs.Asking:
    given = form.cleaned_data
    texts = {name: given[name] for name in ("name", "email", "asked_for", "number")}
    return verbs.Asking(**texts, order_reference=order, country=country)


def _back(request: HttpRequest) -> str:
    there = request.GET.get("next", "")
    return there if there.startswith("/") and url_has_allowed_host_and_scheme(there, allowed_hosts=None) else ""


@login_required
@require_POST
def revoke(request: HttpRequest, link: UUID) -> HttpResponse:
    """Take a request back; its link ends at once. 404 for a stranger's."""
    found = links_of(request.user).filter(pk=link).first()
    if found is None:
        raise NotFound
    verbs.revoke_link(found, by=request.user)
    messages.success(request, _("The request is taken back. Its link does not work any more."))
    return redirect("prescriber-ask")


@takes_files
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The prescriber's page: what is asked, and a form. 404 for a link that never was, 410 for an ended one."""
    link = _live(token)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        wrong = _take(request, link, form)
        if not wrong:
            return _page(request, "prescriber_thanks.html", {"link": link})
        for sentence in wrong:
            form.add_error(None, sentence)
    facts = {"link": link, "form": form, "token": token}
    return _page(request, "prescriber_answer.html", facts, status=422 if form.errors else 200)


@require_POST
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """The prescriber says no, with a sentence for the patient if they like."""
    link = _live(token)
    verbs.decline_link(link, reason=request.POST.get("reason", ""), by=_signer(link))
    return _page(request, "prescriber_thanks.html", {"link": link, "declined": True})


def _signer(link: PrescriberLink) -> str:
    return f"prescriber:{link.pk}"


def _live(token: str) -> PrescriberLink:
    link = link_by(token)
    if link is None:
        raise NotFound
    verbs.open_link(link, by=_signer(link))
    return link


def _page(request: HttpRequest, name: str, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, f"prescriptions/storefront/{name}", facts, status=status)


def _take(request: HttpRequest, link: PrescriberLink, form: AnswerForm) -> list[Any]:
    """Keep the papers, then answer: what is wrong, [] when it is done."""
    given = form.cleaned_data
    wrong = too_big(request)
    if wrong:
        return wrong
    sent: list[Any] = list(request.FILES.getlist("file")[:MAX_FILES])
    lines = _lines(link, given) if given.get("medicine") else []
    if lines:
        sent.append(SimpleUploadedFile("typed.png", sheet(lines), "image/png"))
    if not sent:
        return [_("Send a file, or fill in the prescription.")]
    kept: list[UUID] = []
    try:
        for one in sent:
            kept.append(keep_one(one, owner=link.customer, by=_signer(link)))  # one by one: what is kept is known
        verbs.answer_link(
            link,
            answer=verbs.Answer(given["register"], given["number"], given["signed_name"], "\n".join(lines), kept),
            by=_signer(link),
        )
    except (Refused, Unreachable) as problem:  # nothing of it stays among the customer's files
        take_back(kept, link.customer)
        if isinstance(problem, UploadRefused):
            return [_(problem.detail)]
        if isinstance(problem, Unreachable):
            return [_("We can’t keep files just now. Please try again in a minute.")]
        raise
    return []


def _lines(link: PrescriberLink, given: dict[str, Any]) -> list[str]:
    return [
        f"For: {link.patient.name}, born {link.patient.born_on}",
        f"Date: {dt.datetime.now(dt.UTC).date().isoformat()}",
        "",
        f"Medicine: {given['medicine']}",
        f"Dose: {given['dose']}",
        f"Quantity: {given['quantity']}",
        f"Repeats: {given['repeats'] or 0}",
        "",
        f"Signed by name on this pharmacy's page: {given['signed_name']}",
        f"{given['register']} {given['number']} (not verified by this sheet)",
    ]
