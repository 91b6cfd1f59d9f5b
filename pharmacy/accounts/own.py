"""What this app keeps about a customer: who they are, and what they agreed to."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pharmacy.accounts.holdings import Holder, holds
from pharmacy.accounts.models import Consent, User


def export(user: User) -> dict[str, Any]:
    """The account and every consent."""
    given = Consent.objects.filter(user=user).order_by("given_at")
    return {
        "account": {"e_mail": user.email, "name": user.name, "language": user.language, "joined_at": user.joined_at},
        "consents": [
            {"kind": one.kind, "version": one.version, "given_at": one.given_at, "withdrawn_at": one.withdrawn_at}
            for one in given
        ],
    }


def erase(user: User, *, by: Any) -> None:
    """Closing itself forgets the person (`actions.close_account`)."""


holds(Holder("account", _("You"), export=export, erase=erase))
