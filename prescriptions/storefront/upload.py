"""Sending a prescription: "Prescription file", from the camera or a file, for an order or for the next one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.refusals import NotFound, Unreachable
from prescriptions.actions.document import UploadRefused, hand_in, remove_upload, use_anyway
from prescriptions.gateways import documents as files
from prescriptions.gateways.receiving import MAX_REQUEST, Nameless
from prescriptions.models.document import Document
from prescriptions.queries.owner import document_of, documents_ready_or_pending, takes_documents
from prescriptions.queries.requests import documents_of
from prescriptions.rules import upload_words, uploads
from prescriptions.storefront.files import keep_one

type Wrong = tuple[str, str]


# Exempt here and protected below: looking for the token reads the body, and its size is to be known before that.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The page for sending a prescription; a POST larger than ten files can be is 413, unread."""
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path())
    if request.method != "POST" and not has_consent(request.user):
        return redirect(f"{reverse('account-consent')}?{urlencode({'next': request.get_full_path()})}")
    if request.method != "POST":
        return _page(request, [], order=request.GET.get("order", ""))
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_REQUEST:
        too_big = _(upload_words.SENTENCES["too_big"])
        return _page(request, [("", too_big)], order=request.GET.get("order", ""), status=413)
    counting = Nameless(request)
    request.upload_handlers = [counting]
    return _receive(request, counting)


@csrf_protect
def _receive(request: HttpRequest, counting: Nameless) -> HttpResponse:
    user, order = request.user, request.POST.get("order") or request.GET.get("order", "")
    assert isinstance(user, User)  # asked above
    if order and not takes_documents(order, user):
        raise NotFound
    sent = request.FILES.getlist("file")
    if len(sent) + len(counting.too_big) > uploads.MAX_FILES:
        return _page(request, [("", _("Choose up to ten files at once."))], order=order, status=422)
    kept, wrong, status = _keep_all(sent, user)
    if counting.too_big:
        wrong, status = [(name, _(upload_words.SENTENCES["too_big"])) for name in counting.too_big] + wrong, 413
    if not kept and not wrong:
        wrong = [("", _("Choose a file or take a photo of the prescription."))]
    if kept:
        if order:
            hand_in(order, kept, by=user)
        said = ngettext("%(n)s file received.", "%(n)s files received.", len(kept)) % {"n": len(kept)}
        messages.success(request, said)
    return _page(request, wrong, order=order, status=status) if wrong else redirect(_next(request, order))


def _keep_all(sent: list[Any], user: User) -> tuple[list[UUID], list[Wrong], int]:
    """Each file is kept whole or not at all; what is wrong with the others is said by name."""
    kept: list[UUID] = []
    wrong: list[Wrong] = []
    status = 422
    for file in sent:
        name = file.name or ""
        try:
            kept.append(keep_one(file, owner=user, by=user))
        except UploadRefused as refusal:
            wrong.append((name, _(refusal.detail)))
            status = refusal.status
        except Unreachable:
            wrong.append((name, _("We can’t keep files just now. Please try again in a minute.")))
            status = 503
    return kept, wrong, status


def _asked_next(request: HttpRequest) -> str:
    """Where the page that sent them here wants them back; "" when that is not a path of ours."""
    there = request.GET.get("next", "")
    return there if there.startswith("/") and url_has_allowed_host_and_scheme(there, allowed_hosts=None) else ""


def _next(request: HttpRequest, order: str = "") -> str:
    return _asked_next(request) or (f"/orders/{order}/" if order else "/prescriptions/upload/")


def _page(request: HttpRequest, wrong: list[Wrong], *, order: str = "", status: int = 200) -> HttpResponse:
    order = order if takes_documents(order, request.user) else ""
    user: Any = request.user
    papers = documents_of(order).filter(owner=user) if order else documents_ready_or_pending(user)
    there = _asked_next(request)
    facts = {
        "wrong": wrong,
        "papers": list(papers),
        "order": order,
        "next": there,
        "here": f"{request.path}?{urlencode({'next': there})}" if there else request.path,
    }
    return render(request, "prescriptions/storefront/upload.html", facts, status=status)


@login_required
@require_POST
def remove(request: HttpRequest, document: UUID) -> HttpResponse:
    """Take back a file that no order has yet; 404 for a stranger's."""
    found: Document | None = document_of(request.user, document)
    if found is None:
        raise NotFound
    remove_upload(found, by=request.user)
    files.drop_upload(found.pk)
    messages.success(request, _("The file is removed."))
    return redirect(_next(request))


@login_required
@require_POST
def keep_anyway(request: HttpRequest, document: UUID) -> HttpResponse:
    """ "Use it anyway": the customer sends a picture we advised against. 404 for a stranger's."""
    found = document_of(request.user, document)
    if found is None:
        raise NotFound
    use_anyway(found, by=request.user)
    return redirect(_next(request))
