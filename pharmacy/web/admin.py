"""The one admin site: workbench pages, and plain editing of nouns without verbs. Closed without a second factor."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper, wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import roles_of
from pharmacy.journal.actions import record
from pharmacy.web.workbench import PAGES, Page, may_open, workbench_page

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

__all__ = ["EditedAdmin", "ReadOnlyAdmin", "Workbench", "site", "workbench_page"]


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened, or confirmed since, with a second factor or a passkey."""
    user = request.user if isinstance(request.user, User) else None
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, user))


class Workbench(admin.AdminSite):
    """Open to people with a role row whose session carries a second factor. `is_superuser` counts for nothing."""

    site_header = _("Workbench")
    site_title = _("Workbench")
    index_title = _("Today")
    enable_nav_sidebar = False
    index_template = "admin/index.html"
    login_template = "admin/login.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """A live role and a second factor in this very session."""
        return bool(roles_of(request.user)) and has_second_factor(request)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """As Django's, but whoever may not enter is led to the step that is missing."""

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return view(request, *args, **kwargs) if self.has_permission(request) else _missing_step(request)

        guarded: Callable[..., Any] = inner if cacheable else never_cache(inner)
        if not getattr(view, "csrf_exempt", False):
            guarded = csrf_protect(guarded)
        return update_wrapper(guarded, view)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """The registered workbench pages first, then the model pages."""
        ours: list[URLResolver | URLPattern] = [
            path(page.path, self.admin_view(_for_roles(page)), name=page.name) for page in PAGES.values()
        ]
        return [*ours, *super().get_urls()]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one way to sign in, and it is not Django's."""
        return _missing_step(request, back=request.GET.get("next", reverse("admin:index")))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Signing out is asked for on the account pages."""
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Passwords are changed on the account pages."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def get_log_entries(self, request: HttpRequest) -> Any:
        """Django's own log is not kept: the journal is."""
        return None


def _missing_step(request: HttpRequest, back: str = "") -> HttpResponse:
    """Sign in, set up a second factor, or give it: whichever is missing; 403 for people without a role."""
    there = urlencode({"next": back or request.get_full_path()})
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{reverse('account_login')}?{there}")
    if not roles_of(request.user):
        raise PermissionDenied
    if not is_mfa_enabled(request.user):
        return HttpResponseRedirect(f"{reverse('account-second-factor')}?{there}")
    if not has_second_factor(request):
        return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{there}")
    return HttpResponseRedirect(back or reverse("admin:index"))


def _for_roles(page: Page) -> Callable[..., HttpResponseBase]:
    @wraps(page.view)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_open(page, request):
            raise PermissionDenied
        return page.view(request, *args, **kwargs)

    return view


class ReadOnlyAdmin(_ModelAdmin):
    """For guarded nouns: they are looked at here and changed by verbs alone."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


class EditedAdmin(_ModelAdmin):
    """For nouns without verbs (guides, texts): edited by plain forms, never deleted."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: end it by a date instead."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and write down who changed which fields, in the form's own transaction: the journal is the log."""
        super().save_model(request, obj, form, change)
        changed = [str(name) for name in form.changed_data]
        record(f"{obj._meta.model_name}.{'edited' if change else 'added'}", about=obj, by=request.user, fields=changed)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Django's admin log is not kept: the journal is."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Django's admin log is not kept: the journal is."""


site = Workbench()
