""" "Download my data" and "Close account": both ask for the password again first."""

from __future__ import annotations

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pharmacy.accounts import copies
from pharmacy.accounts.actions import ask_for_export, close_account, take_export
from pharmacy.accounts.holdings import blocks_of, kept_of
from pharmacy.accounts.models import DataExport, User
from pharmacy.refusals import NotPossible


@login_required
@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest) -> HttpResponse:
    """Ask for the copy, and see when it is ready."""
    user = _user(request)
    if request.method == "POST":
        ask_for_export(user, by=user)
        messages.success(request, _("We make the copy and write to you when it is ready."))
        return redirect("account-data")
    export = DataExport.objects.filter(user=user, fetched_at=None, dropped_at=None).first()
    return render(request, "account/data.html", {"export": export})


@login_required
@reauthentication_required
@require_POST
def fetch(request: HttpRequest, export: UUID) -> HttpResponse:
    """The archive, once. It is read first, so that a fault of the storage does not use it up."""
    user = _user(request)
    waiting = DataExport.objects.filter(pk=export, user=user, fetched_at=None, ready_at__isnull=False).exists()
    content = copies.read(export) if waiting else b""
    take_export(export, by=user)
    answer = HttpResponse(content, content_type="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    answer.headers["Cache-Control"] = "no-store, private"
    return answer


@login_required
@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """What goes, what stays and why; on POST it is done and the person is signed out."""
    user = _user(request)
    wrong = ""
    if request.method == "POST":
        if request.POST.get("sure") != "yes":
            wrong = _("Tick the box if you are sure.")
        else:
            try:
                close_account(user, by=user)
            except NotPossible as refusal:
                wrong = refusal.detail
            else:
                logout(request)
                messages.success(request, _("Your account is closed."))
                return redirect("/")
    facts = {"kept": kept_of(user), "blocks": blocks_of(user), "wrong": wrong}
    return render(request, "account/close.html", facts, status=422 if wrong else 200)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
