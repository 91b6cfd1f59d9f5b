"""The list of guides by state and by when they are due, and the beginning of a new one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from catalog.actions import guides
from catalog.models.guide import Guide, GuideVersion
from catalog.rules.guide_shape import LIVE, OPEN, STATUSES
from catalog.workbench.forms import NewGuideForm
from pharmacy.accounts.models import User
from pharmacy.web.workbench import workbench_page

STAFF = ("marketing", "pharmacist", "superintendent")
SHOWN = (*OPEN, *LIVE, "withdrawn")


def who(request: HttpRequest) -> User:
    """The member of staff. The admin site lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user


@workbench_page("guides/", "guides", label=gettext_lazy("Guides"), roles=STAFF, order=60)
@require_http_methods(["GET", "HEAD", "POST"])
def guide_list(request: HttpRequest) -> HttpResponse:
    """Every version that is being written, checked, read or withdrawn; what is due first comes first."""
    form = NewGuideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        if Guide.objects.filter(slug=typed["slug"]).exists():
            form.add_error("slug", _("A guide has this address already."))
        else:
            version = guides.start_guide(
                typed["title"], slug=typed["slug"], need=typed["need"], substances=typed["substances"], by=who(request)
            )
            return redirect("admin:guide", number=version.pk)
    chosen = request.GET.get("status", "")
    rows = (
        GuideVersion.objects.filter(status__in=[chosen] if chosen in SHOWN else SHOWN)
        .select_related("guide", "author", "reviewer")
        .order_by("next_review", "guide__slug", "-number")
    )
    context: dict[str, Any] = {
        "rows": rows[:200],
        "chosen": chosen,
        "chips": [(status, STATUSES[status]) for status in SHOWN],
        "form": form,
    }
    return render(request, "catalog/workbench/guides.html", context, status=422 if form.is_bound else 200)
