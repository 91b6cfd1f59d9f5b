"""The journal: audit, outbox and inbox in the commit of what happened."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Events, what is owed to subscribers, and what was heard from outside."""

    name = "pharmacy.journal"
    label = "journal"
