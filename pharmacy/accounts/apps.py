"""Who people are: customers, staff with roles, partners with keys."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, roles, registrations, consents, partners and their keys."""

    name = "pharmacy.accounts"
    label = "accounts"

    def ready(self) -> None:
        import_module("pharmacy.accounts.tasks")
        import_module("pharmacy.accounts.own")
