"""The superintendent's figures: review times, refusals, what was overridden or checked by hand; CSV and print."""

from __future__ import annotations

import csv
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from catalog.models.site import Site
from pharmacy.accounts.queries import has_role
from pharmacy.web.workbench import workbench_page
from prescriptions.models.contact import Intervention
from prescriptions.queries.figures import Dashboard, dashboard
from prescriptions.rules.answers import BY_CODE as ANSWERS
from prescriptions.rules.checks import BY_ID
from prescriptions.rules.reasons import BY_CODE as REASONS
from prescriptions.workbench.access import sites_for, who

PERIODS = (7, 30, 90)
ROLES = ("superintendent",)


@workbench_page("figures/", "figures", label=gettext_lazy("Figures"), roles=ROLES, order=60)
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """One site over 7, 30 or 90 days; `?csv=answers` (or another table) as a file. No patient and no medicine."""
    sites = [site for site in sites_for(who(request)) if has_role(request.user, "superintendent", site.code)]
    site = next((one for one in sites if one.code == request.GET.get("site", "")), sites[0] if sites else None)
    if site is None:
        return render(request, "prescriptions/workbench/no_site.html")
    asked = request.GET.get("days", "30")
    days = int(asked) if asked in {str(one) for one in PERIODS} else 30
    tables = _tables(dashboard(site.pk, zone=site.time_zone, days=days))
    wanted = request.GET.get("csv", "")
    if wanted in tables:
        return _as_file(wanted, tables[wanted], site, days)
    facts = {"site": site, "sites": sites, "days": days, "periods": PERIODS, "tables": tables}
    return render(request, "prescriptions/workbench/figures.html", facts)


def _tables(found: Dashboard) -> dict[str, dict[str, Any]]:
    """Each table: its heading, its columns, its rows in words, and which column is drawn as a bar."""
    return {
        "days": {
            "title": _("Review times"),
            "columns": [_("Day"), _("Decided"), _("Within promise"), _("Median, min"), _("95 of 100, min")],
            "rows": [
                [f"{day:%Y-%m-%d}", n, kept, round((middle or 0) / 60), round((most or 0) / 60)]
                for day, n, kept, middle, most in found.days
            ],
            "bar": 4,
        },
        "answers": {
            "title": _("Alerts overridden"),
            "columns": [_("Check"), _("Alert"), _("Weight"), _("Raised"), _("Overridden"), _("Most often as")],
            "rows": [
                [_title(rule), code.replace("_", " "), severity, raised, over, _answer(why)]
                for rule, code, severity, raised, over, why in found.answers
            ],
            "bar": 4,
        },
        "hands": {
            "title": _("Checks that did not run"),
            "columns": [_("Check"), _("Why"), _("Times"), _("Done by hand")],
            "rows": [[_title(rule), why.replace("_", " "), n, done] for rule, why, n, done in found.hands],
            "bar": 2,
        },
        "refusals": {
            "title": _("Refusals by reason"),
            "columns": [_("Reason"), _("Lines")],
            "rows": [[REASONS[code].label if code in REASONS else code, n] for code, n in found.refusals],
            "bar": 1,
        },
        "interventions": {
            "title": _("Interventions"),
            "columns": [_("Category"), _("Result"), _("Times"), _("Minutes")],
            "rows": [
                [str(Intervention.Category(category).label), result, n, minutes]
                for category, result, n, minutes in found.interventions
            ],
            "bar": 2,
        },
    }  # fmt: skip


def _answer(code: str | None) -> str:
    return ANSWERS[code].label if code in ANSWERS else ""


def _title(rule: str) -> str:
    return BY_ID[rule].title if rule in BY_ID else rule


def _as_file(name: str, table: dict[str, Any], site: Site, days: int) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{site.code}-{name}-{days}-days.csv"'
    answer.headers["Cache-Control"] = "no-store, private"
    writer = csv.writer(answer)
    writer.writerow(table["columns"])
    writer.writerows(table["rows"])
    return answer
