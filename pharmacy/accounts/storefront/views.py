"""The account's own pages: home, consent, the second factor that staff must set up."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pharmacy.accounts.actions import give_consent, withdraw_consent
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import CONSENT_VERSION, has_consent, roles_of
from pharmacy.accounts.storefront.forms import ConsentForm, NameForm
from pharmacy.web.visitor import way_back


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Orders, prescriptions, sign-in, privacy: one page that leads to all of them. POST keeps the name."""
    user = _user(request)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        User.objects.filter(pk=user.pk).update(name=form.cleaned_data["name"])
        messages.success(request, _("Your name is kept."))
        return redirect("account-home")
    context = {"form": form, "has_consent": has_consent(user), "is_staff_member": bool(roles_of(user))}
    return render(request, "account/home.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """Give the consent that medicines need; afterwards back to where one was."""
    form = ConsentForm(request.POST if request.method == "POST" else None)
    back = way_back(request, "/account/")
    if request.method == "POST" and form.is_valid():
        give_consent(_user(request), version=CONSENT_VERSION, by=request.user)
        return HttpResponseRedirect(back)
    status = 422 if form.is_bound else 200
    context = {"form": form, "back": back, "has_consent": has_consent(request.user)}
    return render(request, "account/consent.html", context, status=status)


@login_required
@require_POST
def take_back_consent(request: HttpRequest) -> HttpResponse:
    """Withdraw the consent."""
    withdraw_consent(_user(request), by=request.user)
    messages.success(request, _("Your consent is taken back. New orders for medicines can't be taken."))
    return redirect("account-home")


@login_required
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Staff can't enter the workbench without one: says so, and leads to setting it up."""
    back = way_back(request, "/account/")
    if is_mfa_enabled(request.user):
        return HttpResponseRedirect(back)
    return render(request, "account/second_factor.html", {"back": back})


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
