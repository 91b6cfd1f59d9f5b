"""The gate in the admin: looked at, never edited, and without a single clinical word.

Patients, documents and messages are not here: they are seen on the case page alone, where each look is recorded.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from pharmacy.accounts.queries import has_role, sites_of
from pharmacy.web.admin import ReadOnlyAdmin, site
from prescriptions.models.clearance import Clearance
from prescriptions.models.ledger import SupplyEntry
from prescriptions.models.prescription import Prescriber
from prescriptions.models.review import Case, Decision
from prescriptions.models.supply import SupplyRequest

CLINICAL = ("pharmacist", "superintendent")


class GateAdmin(ReadOnlyAdmin):
    """For pharmacists and the superintendent, each at their own sites; `site_path` leads from a row to its site."""

    site_path: ClassVar[str] = ""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A clinical role, whatever the table of permissions comes to say."""
        return any(has_role(request.user, role) for role in CLINICAL)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for looking."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows of the sites where this person holds a clinical role."""
        rows: QuerySet[Any] = super().get_queryset(request)
        codes = sites_of(request.user, *CLINICAL)
        return rows if "*" in codes or not self.site_path else rows.filter(**{f"{self.site_path}__code__in": codes})


@admin.register(SupplyRequest, site=site)
class SupplyRequestAdmin(GateAdmin):
    """What was asked of the gate."""

    site_path = "site"
    list_display = ["id", "order_reference", "supply_class", "status", "packs_asked", "packs", "site", "created_at"]
    list_filter = ["status", "supply_class", "site", "is_test"]
    search_fields = ["order_reference"]
    fields = ["id", "order_reference", "site", "supply_class", "status", "packs_asked", "packs", "units", "created_at"]
    ordering = ["-created_at"]


@admin.register(Case, site=site)
class CaseAdmin(GateAdmin):
    """Cases and their clocks."""

    site_path = "site"
    list_display = ["number", "order_reference", "site", "status", "due_at", "hold_ends_at", "opened_at", "closed_at"]
    list_filter = ["status", "site", "is_test"]
    search_fields = ["number", "order_reference"]
    ordering = ["-opened_at"]


@admin.register(Decision, site=site)
class DecisionAdmin(GateAdmin):
    """Who decided what and when; the reason and what was seen stay sealed."""

    site_path = "case__site"
    list_display = ["id", "case", "verdict", "decided_by", "registration_number", "decided_at"]
    list_filter = ["verdict"]
    list_select_related = ["case", "decided_by"]
    fields = ["id", "case", "request", "verdict", "packs", "decided_by", "registration_number", "seen", "decided_at"]
    ordering = ["-decided_at"]


@admin.register(Clearance, site=site)
class ClearanceAdmin(GateAdmin):
    """Permissions to hand over, used, withdrawn and still open."""

    site_path = "request__site"
    list_display = ["id", "supply_class", "units", "registration_number", "created_at", "expires_at", "used_at",
                    "withdrawn_at"]  # fmt: skip
    list_filter = ["supply_class"]
    fields = ["id", "request", "supply_class", "units", "decided_by", "registration_number", "created_at", "expires_at",
              "used_at", "withdrawn_at"]  # fmt: skip
    ordering = ["-created_at"]


@admin.register(SupplyEntry, site=site)
class SupplyEntryAdmin(GateAdmin):
    """The ledger of prescription items, in units."""

    site_path = "clearance__request__site"
    list_display = ["id", "clearance", "units", "written_at"]
    fields = ["id", "clearance", "units", "written_at"]
    ordering = ["-written_at"]


@admin.register(Prescriber, site=site)
class PrescriberAdmin(GateAdmin):
    """Prescribers, and how each was verified."""

    list_display = ["name", "profession", "register", "number", "country", "verified_at"]
    search_fields = ["name", "number"]
    ordering = ["name"]
