"""The orders app: everything between a full basket and a delivered parcel."""

from importlib import import_module

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Loads the subscribers and the panels when Django is ready."""

    name = "orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        """Import what registers itself: tasks (outbox) and panels (pages of lower apps)."""
        import_module("orders.tasks")
        import_module("orders.holdings")
        import_module("orders.storefront.panels")
