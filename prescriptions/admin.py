"""The gate in the admin: looked at, never edited, and without a single clinical word.

Patients, documents and messages are not here: they are seen on the case page alone, where each look is recorded.
"""

from django.contrib import admin

from pharmacy.web.admin import ReadOnlyAdmin, site
from prescriptions.models.clearance import Clearance
from prescriptions.models.ledger import SupplyEntry
from prescriptions.models.prescription import Prescriber
from prescriptions.models.review import Case, Decision
from prescriptions.models.supply import SupplyRequest


@admin.register(SupplyRequest, site=site)
class SupplyRequestAdmin(ReadOnlyAdmin):
    """What was asked of the gate."""

    list_display = ["id", "order_reference", "supply_class", "status", "packs_asked", "packs", "site", "created_at"]
    list_filter = ["status", "supply_class", "site", "is_test"]
    search_fields = ["order_reference"]
    fields = ["id", "order_reference", "site", "supply_class", "status", "packs_asked", "packs", "units", "created_at"]
    ordering = ["-created_at"]


@admin.register(Case, site=site)
class CaseAdmin(ReadOnlyAdmin):
    """Cases and their clocks."""

    list_display = ["number", "order_reference", "site", "status", "due_at", "hold_ends_at", "opened_at", "closed_at"]
    list_filter = ["status", "site", "is_test"]
    search_fields = ["number", "order_reference"]
    ordering = ["-opened_at"]


@admin.register(Decision, site=site)
class DecisionAdmin(ReadOnlyAdmin):
    """Who decided what and when; the reason and what was seen stay sealed."""

    list_display = ["id", "case", "verdict", "decided_by", "registration_number", "decided_at"]
    list_filter = ["verdict"]
    list_select_related = ["case", "decided_by"]
    fields = ["id", "case", "request", "verdict", "packs", "decided_by", "registration_number", "seen", "decided_at"]
    ordering = ["-decided_at"]


@admin.register(Clearance, site=site)
class ClearanceAdmin(ReadOnlyAdmin):
    """Permissions to hand over, used, withdrawn and still open."""

    list_display = ["id", "supply_class", "units", "registration_number", "created_at", "expires_at", "used_at",
                    "withdrawn_at"]  # fmt: skip
    list_filter = ["supply_class"]
    fields = [*list_display, "request", "decided_by"]
    ordering = ["-created_at"]


@admin.register(SupplyEntry, site=site)
class SupplyEntryAdmin(ReadOnlyAdmin):
    """The ledger of prescription items, in units."""

    list_display = ["id", "clearance", "units", "written_at"]
    fields = list_display
    ordering = ["-written_at"]


@admin.register(Prescriber, site=site)
class PrescriberAdmin(ReadOnlyAdmin):
    """Prescribers, and how each was verified."""

    list_display = ["name", "profession", "register", "number", "country", "verified_at"]
    search_fields = ["name", "number"]
    ordering = ["name"]
