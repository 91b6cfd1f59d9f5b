"""Who people are: customers, staff with roles, partners with keys."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, roles, registrations, consents, partners and their keys."""

    name = "pharmacy.accounts"
    label = "accounts"
