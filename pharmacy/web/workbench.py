"""The register of workbench pages: apps add theirs, the one admin site serves them and shows them in its bar.

    workbench_page("queue/", "queue", queue_view, _("Review queue"), roles={"pharmacist", "superintendent"})

or, as a decorator, `@workbench_page("cases/<uuid:case>/", "case", roles=…)`. It makes /admin/queue/ (url name
`admin:queue`), open to people who hold one of the roles and signed in with a second factor, and an entry of the bar.
A page without a label has no entry (a case, a detail). Register in `<app>/workbench/pages.py`, `…/urls.py`
or `<app>/admin.py`: those are imported at start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import Promise

from pharmacy.accounts.queries import roles_of

type View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the workbench."""

    path: str
    name: str
    view: View
    label: str | Promise
    roles: frozenset[str]
    order: int


PAGES: dict[str, Page] = {}


def workbench_page(
    path: str,
    name: str,
    view: View | None = None,
    label: str | Promise = "",
    *,
    roles: Iterable[str] = (),
    order: int = 100,
) -> Any:
    """Register a page under /admin/. `path` as in urls.py (converters allowed); `roles` empty opens it to all staff."""

    def keep(found: View) -> View:
        PAGES[name] = Page(path, name, found, label, frozenset(roles), order)
        return found

    return keep if view is None else keep(view)


def nav(request: HttpRequest) -> list[dict[str, Any]]:
    """Entries of the bar for this person, in order."""
    held = _held(request)
    pages = sorted((p for p in PAGES.values() if p.label and "<" not in p.path), key=lambda p: (p.order, p.name))
    return [
        {"path": f"/admin/{p.path}", "label": p.label, "here": request.path.startswith(f"/admin/{p.path}")}
        for p in pages
        if held and (not p.roles or held & p.roles)
    ]


def role_names(request: HttpRequest) -> set[str]:
    """The roles held now, as words for the bar."""
    return set(_held(request))


def may_open(page: Page, request: HttpRequest) -> bool:
    """Whether this person's roles open the page (the second factor is asked by the site)."""
    held = _held(request)
    return bool(held and (not page.roles or held & page.roles))


def _held(request: HttpRequest) -> set[str]:
    return {role for role, _ in roles_of(getattr(request, "user", None))}
