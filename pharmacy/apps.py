"""The project's own app: settings checks, management commands, and what the app role may do after a migration."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class PharmacyConfig(AppConfig):
    """Holds `manage.py` commands and the checks that refuse unsafe settings."""

    name = "pharmacy"
    label = "pharmacy"

    def ready(self) -> None:
        """Register the checks, and grants for the app role (post_migrate is the framework's hook for that)."""
        from pharmacy import checks, grants  # noqa: F401  # checks register themselves

        # Sent once for each app with models, when all migrations are done: one of them stands for all.
        post_migrate.connect(
            grants.after_migrate, sender=apps.get_app_config("journal"), dispatch_uid="pharmacy.grants"
        )
