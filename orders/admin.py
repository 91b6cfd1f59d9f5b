"""Orders in the admin: looked at, never edited. Lanes are a noun without verbs, edited by plain forms."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from orders.models.dispensing import DispensedItem
from orders.models.order import Order, OrderLine
from orders.models.parcel import Lane, Parcel, ParcelEvent
from orders.models.payment import Payment, PaymentEntry, PaymentStep
from pharmacy.accounts.queries import sites_of
from pharmacy.web.admin import EditedAdmin, ReadOnlyAdmin, site

SEE_ORDERS = ("pharmacist", "dispenser", "support", "superintendent")  # decision 16


class OfSite(ReadOnlyAdmin):
    """Rows of the sites where somebody holds a role that sees orders; `order_path` leads from a row to its order."""

    order_path: ClassVar[str] = "order__"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows of other sites are not there."""
        rows: QuerySet[Any] = super().get_queryset(request)
        codes = sites_of(request.user, *SEE_ORDERS)
        return rows if "*" in codes else rows.filter(**{f"{self.order_path}site__code__in": codes})


@admin.register(Order, site=site)
class OrderAdmin(OfSite):
    """Without the address and the e-mail, which rest encrypted."""

    order_path = ""
    list_display = ["reference", "status", "site", "country", "currency", "total_minor", "due_minor", "placed_at"]
    list_filter = ["status", "site", "is_test"]
    search_fields = ["reference"]
    exclude = ["email_sealed", "email_blind", "ship_to_sealed", "basket"]
    ordering = ["-placed_at"]


@admin.register(OrderLine, site=site)
class OrderLineAdmin(OfSite):
    """Lines with what is due."""

    list_display = ["order", "position", "name", "packs", "status", "declined_code", "due_minor"]
    list_filter = ["status"]
    list_select_related = ["order"]


@admin.register(Payment, site=site)
class PaymentAdmin(OfSite):
    """Attempts to pay."""

    list_display = [
        "reference",
        "status",
        "amount_minor",
        "authorized_minor",
        "captured_minor",
        "refunded_minor",
        "attention",
    ]
    list_filter = ["status", "provider", "attention"]
    search_fields = ["reference"]
    exclude = ["session_url"]


@admin.register(PaymentEntry, PaymentStep, site=site)
class PaymentLedgerAdmin(OfSite):
    """What the provider did, and what we asked of it."""

    order_path = "payment__order__"


@admin.register(ParcelEvent, site=site)
class ParcelEventAdmin(OfSite):
    """What carriers said."""

    order_path = "parcel__order__"


@admin.register(DispensedItem, site=site)
class DispensedItemAdmin(OfSite):
    """Spent clearances, bagged."""

    order_path = "clearance__request__order_line__order__"


@admin.register(Parcel, site=site)
class ParcelAdmin(OfSite):
    """Boxes."""

    list_display = ["number", "order", "status", "carrier", "tracking_number", "packed_at", "handed_over_at"]
    list_filter = ["status", "carrier"]
    list_select_related = ["order"]


@admin.register(Lane, site=site)
class LaneAdmin(EditedAdmin):
    """Ways of delivery."""

    list_display = ["site", "country", "name", "carrier", "days_from", "days_to", "is_active"]
    list_filter = ["site", "country", "is_active"]
