"""What somebody means to buy, before it is an order."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from pharmacy.clock import AppNow
from pharmacy.crypto import sealed
from pharmacy.keys import new_id


class Basket(models.Model):
    """A basket is known by its random id, kept in a signed cookie; it becomes at most one order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="baskets"
    )
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    is_test = models.BooleanField(default=False)
    # What the checkout has been told so far (contact, address, lane, patient id, documents): survives going back.
    draft_sealed = models.BinaryField(default=b"", editable=False)
    draft_text = sealed("draft_sealed")
    changed_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        indexes = [models.Index(fields=["customer", "-changed_at"], name="basket_of_customer")]

    def __str__(self) -> str:
        return f"Basket {self.id}"

    @property
    def seen_at(self) -> dt.datetime | None:
        """The database's time when the basket was read, where the reader annotated `read_at`: no page asks twice."""
        moment: dt.datetime | None = self.__dict__.get("read_at")
        return moment

    @property
    def draft(self) -> dict[str, Any]:
        """The checkout's answers so far, by step."""
        text = self.draft_text
        return dict(json.loads(text)) if text else {}

    @draft.setter
    def draft(self, answers: dict[str, Any]) -> None:
        self.draft_text = json.dumps(answers, separators=(",", ":"))


class BasketLine(models.Model):
    """So many packs of one kind, to buy, or to ask for with a prescription."""

    basket = models.ForeignKey(Basket, models.CASCADE, related_name="lines")
    pack = models.ForeignKey("catalog.Pack", models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    wants = models.CharField(max_length=7, choices=[("buy", "Buy"), ("request", "Request")])
    added_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["basket", "pack"], name="one_line_per_pack_in_a_basket"),
            models.CheckConstraint(condition=Q(quantity__gte=1, quantity__lte=99), name="basket_quantity_is_possible"),
            models.CheckConstraint(condition=Q(wants__in=["buy", "request"]), name="basket_line_wants_buy_or_request"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × pack {self.pack_id}"
