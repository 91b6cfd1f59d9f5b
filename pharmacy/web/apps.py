"""Finds what the apps show: model admins, workbench pages, panels."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WebConfig(AppConfig):
    """The kernel's faces."""

    name = "pharmacy.web"
    label = "web"

    def ready(self) -> None:
        """Import every app's admin, workbench pages and panels, so that they register themselves."""
        autodiscover_modules(
            "admin",
            "panels",
            "storefront.panels",
            "storefront.sitemaps",
            "workbench",
            "workbench.pages",
            "workbench.urls",
        )
