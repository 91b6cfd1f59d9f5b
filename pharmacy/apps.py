"""The project's own app: settings checks, management commands, and what the app role may do after a migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PharmacyConfig(AppConfig):
    """Holds `manage.py` commands and the checks that refuse unsafe settings."""

    name = "pharmacy"
    label = "pharmacy"

    def ready(self) -> None:
        """Register the checks, and grants for the app role (post_migrate is the framework's hook for that)."""
        from pharmacy import checks, grants  # noqa: F401  # checks register themselves

        post_migrate.connect(grants.after_migrate, sender=self, dispatch_uid="pharmacy.grants")
