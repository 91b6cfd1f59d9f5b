"""The app, and the subscribers it brings along."""

from importlib import import_module

from django.apps import AppConfig


class PrescriptionsConfig(AppConfig):
    """Prescriptions: all clinical facts live here and nowhere else."""

    name = "prescriptions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("prescriptions.tasks")
        import_module("prescriptions.holdings")
