"""What allauth asks of the house: how mail leaves, and that signing in keeps the basket."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from pharmacy.crypto import seal, unseal
from pharmacy.messaging.actions import send_now


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Codes and notices go the same way as every other letter, so /dev/mail/ shows them too."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render allauth's templates and send at once: a code is waited for."""
        message = self.render_mail(template_prefix, email, context)
        html = next((body for body, kind in getattr(message, "alternatives", []) if kind == "text/html"), "")
        send_now(to=email, subject=str(message.subject), text=str(message.body), html=html, template=template_prefix)

    def get_from_email(self) -> str:
        """The house's sender."""
        return str(settings.DEFAULT_FROM_EMAIL)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Anybody may open an account."""
        return True


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Secrets of authenticator apps and recovery codes rest encrypted."""

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        return base64.b64encode(seal(text.encode(), "second factor")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open it again."""
        return unseal(base64.b64decode(encrypted_text), "second factor").decode()
