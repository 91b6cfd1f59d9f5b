"""Addresses that products had before they were renamed; a trigger writes them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from catalog.models.product import Product


class FormerAddress(models.Model):
    """A slug a product no longer has. Its page answers with a permanent redirect to the present one."""

    slug = models.CharField(primary_key=True, max_length=160)
    product = models.ForeignKey(Product, models.CASCADE, related_name="former_addresses")
    left_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.slug
