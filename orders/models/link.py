"""A link in an e-mail that shows an order's states and dates without signing in."""

from __future__ import annotations

from django.db import models

from orders.models.order import Order
from pharmacy.clock import AppNow
from pharmacy.keys import new_id


class SignedLink(models.Model):
    """Only the hash of the token is kept. Ends 30 days after delivery; can be revoked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=64, blank=True)
    code_ends_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=AppNow())
    ends_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link to order {self.order_id}"
