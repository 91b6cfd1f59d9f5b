"""Letters to people."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """E-mail: written in the commit of nothing else, sent once per key and recipient."""

    name = "pharmacy.messaging"
    label = "messaging"
