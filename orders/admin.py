"""Orders in the admin: looked at, never edited. Lanes are a noun without verbs, edited by plain forms."""

from django.contrib import admin

from orders.models.dispensing import DispensedItem
from orders.models.order import Order, OrderLine
from orders.models.parcel import Lane, Parcel, ParcelEvent
from orders.models.payment import Payment, PaymentEntry, PaymentStep
from pharmacy.web.admin import EditedAdmin, ReadOnlyAdmin, site


@admin.register(Order, site=site)
class OrderAdmin(ReadOnlyAdmin):
    """Without the address and the e-mail, which rest encrypted."""

    list_display = ["reference", "status", "site", "country", "currency", "total_minor", "due_minor", "placed_at"]
    list_filter = ["status", "site", "is_test"]
    search_fields = ["reference"]
    exclude = ["email_sealed", "email_blind", "ship_to_sealed", "basket"]
    ordering = ["-placed_at"]


@admin.register(OrderLine, site=site)
class OrderLineAdmin(ReadOnlyAdmin):
    """Lines with what is due."""

    list_display = ["order", "position", "name", "packs", "status", "declined_code", "due_minor"]
    list_filter = ["status"]
    list_select_related = ["order"]


@admin.register(Payment, site=site)
class PaymentAdmin(ReadOnlyAdmin):
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


@admin.register(PaymentEntry, PaymentStep, ParcelEvent, DispensedItem, site=site)
class PlainAdmin(ReadOnlyAdmin):
    """Ledgers."""


@admin.register(Parcel, site=site)
class ParcelAdmin(ReadOnlyAdmin):
    """Boxes."""

    list_display = ["number", "order", "status", "carrier", "tracking_number", "packed_at", "handed_over_at"]
    list_filter = ["status", "carrier"]
    list_select_related = ["order"]


@admin.register(Lane, site=site)
class LaneAdmin(EditedAdmin):
    """Ways of delivery."""

    list_display = ["site", "country", "name", "carrier", "days_from", "days_to", "is_active"]
    list_filter = ["site", "country", "is_active"]
