"""The catalogue as Django knows it."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Products, packs, prices, stock, search."""

    name = "catalog"
    verbose_name = "Catalogue"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what listens to the journal."""
        from catalog import tasks  # noqa: F401
