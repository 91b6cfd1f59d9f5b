"""What allauth asks of the house: how mail leaves, and that signing in keeps the basket."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language

from pharmacy.crypto import seal, unseal
from pharmacy.messaging.actions import send_now


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Codes and notices go the same way as every other letter, so /dev/mail/ shows them too."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render allauth's templates in our frame and send at once: a code is waited for."""
        context |= {"site_name": settings.SITE_NAME, "site_url": settings.PUBLIC_URL}
        message = self.render_mail(template_prefix, email, context)
        subject, text = str(message.subject), str(message.body)
        code = str(context.get("code") or "")
        shown = text.replace(code, "", 1) if code else text  # the frame prints it large
        frame = {"subject": subject, "text": shown, "code": code, "language": get_language(), **context}
        html = render_to_string("account/email/frame.html", frame)
        send_now(to=email, subject=subject, text=text, html=html, template=template_prefix)

    def format_email_subject(self, subject: str) -> str:
        """As the template has it: no prefix."""
        return subject

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
