"""Write a letter once, and see that it leaves."""

from __future__ import annotations

import re
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.template.loader import render_to_string
from django.utils import translation

from pharmacy.crypto import blind
from pharmacy.keys import new_id
from pharmacy.messaging.models import Letter

_CLAIM = """
UPDATE messaging_letter SET due_at = app_now() + interval '60 seconds', attempts = attempts + 1
 WHERE id = (SELECT id FROM messaging_letter WHERE sent_at IS NULL AND failed_at IS NULL AND due_at <= app_now()
                AND (%(id)s::uuid IS NULL OR id = %(id)s::uuid)
              ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""
_SENT = "UPDATE messaging_letter SET sent_at = app_now() WHERE id = %s"
_AGAIN = """
UPDATE messaging_letter SET due_at = app_now() + least(600, power(2, attempts)) * interval '1 second',
       failed_at = CASE WHEN attempts >= 20 THEN app_now() END
 WHERE id = %s
"""


def send(template: str, *, to: str, key: str, context: dict[str, Any], language: str = "en") -> Letter:
    """Send the letter `<template>.subject.txt/.txt/.html` to an address, once per (key, recipient, template).

    A letter that can't leave now stays due and is tried again. Subjects name no medicine or condition (R-702).
    `context["about"]`, a model instance, lists the letter in that thing's history.
    """
    about = context.get("about")
    with translation.override(language):
        subject = " ".join(render_to_string(f"{template}.subject.txt", context).split())
        text = render_to_string(f"{template}.txt", context)
        html = render_to_string(f"{template}.html", context)
    letter, _ = _write(key=key, template=template, to=to, subject=subject, text=text, html=html, about=about)
    _post(letter.pk)
    return letter


def send_now(*, to: str, subject: str, text: str, html: str, template: str) -> Letter:
    """A letter that somebody waits for (a code): each call is a letter of its own."""
    letter, _ = _write(key=str(new_id()), template=template, to=to, subject=subject, text=text, html=html, about=None)
    _post(letter.pk)
    return letter


def _write(*, key: str, template: str, to: str, subject: str, text: str, html: str, about: Any) -> tuple[Letter, bool]:
    letter = Letter(
        key=key, template=template, recipient_index=blind(to.lower(), "letter"), subject=subject[:200],
        about_type=about._meta.model_name if about is not None else "",
        about_id=str(about.pk) if about is not None else "",
    )  # fmt: skip
    letter.to, letter.html = to, html
    letter.text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    fields = {
        f.attname: getattr(letter, f.attname) for f in Letter._meta.concrete_fields if f.attname not in _BY_DATABASE
    }
    kept, is_new = Letter.objects.get_or_create(
        key=key, recipient_index=letter.recipient_index, template=template, defaults=fields
    )
    return kept, is_new


_BY_DATABASE = {"written_at", "due_at", "key", "recipient_index", "template"}


def _post(letter_id: Any = None) -> bool:
    """Claim one due letter (that one, or any), hand it to the mail server, and note it. False when nothing was due."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"id": letter_id})
        claimed = cursor.fetchone()
    if claimed is None:
        return False
    letter = Letter.objects.get(pk=claimed[0])
    message = EmailMultiAlternatives(
        letter.subject, letter.text, to=[letter.to], headers={"Message-ID": f"<{letter.pk}@mail>"}
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    try:
        message.send()
    except OSError:  # smtplib's errors are OSErrors: the server is away or says no; the letter stays due
        outcome = _AGAIN
    else:
        outcome = _SENT
    with connection.cursor() as cursor:
        cursor.execute(outcome, [letter.pk])
    return True


def post_due(limit: int = 100) -> int:
    """Send what is due; how many letters were tried."""
    return sum(1 for _ in range(limit) if _post())
