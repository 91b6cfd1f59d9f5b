"""Who rates a product as equal to which others, and pictures and papers of a product."""

from __future__ import annotations

from django.db import models

from catalog.models.product import Pack, Product


class EquivalenceRating(models.Model):
    """A source's word on what may replace what. Products of one `group` of one source are rated equivalent.

    `code`: the source's own code (FDA: AB, AA, AT …; BDPM: originator, generic …). An empty `group` says that the
    source rates the product and rates it equivalent to nothing (FDA codes beginning with B); an empty `code` too says
    only that the source knows the product, and its marketing status.
    """

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="ratings")
    source = models.CharField(max_length=20, help_text="drugsfda, bdpm")
    group = models.CharField(max_length=64, blank=True, default="")
    code = models.CharField(max_length=20, blank=True, default="")
    status = models.CharField(max_length=16, blank=True, default="", help_text="marketing status in the source's words")
    said_of = models.CharField(max_length=300, blank=True, default="", help_text="the group in the source's words")
    as_of = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_source_rates_a_product_once_in_a_group", fields=["product", "source", "group"]
            )
        ]
        indexes = [models.Index(fields=["source", "group"], name="rating_group")]

    def __str__(self) -> str:
        return f"{self.source} {self.code}"


class Medium(models.Model):
    """A picture, leaflet or film of a product: where it lies, what it shows, and whose it is."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="media")
    pack = models.ForeignKey(Pack, models.CASCADE, null=True, blank=True, related_name="media")
    kind = models.CharField(max_length=10, choices=[(k, k) for k in ("picture", "leaflet", "film")])
    address = models.URLField(max_length=500)
    says = models.CharField(max_length=300, help_text="what it shows, for people who can't see it")
    language = models.CharField(max_length=5, blank=True, default="")
    credit = models.CharField(max_length=200)
    licence = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "media"
        constraints = [models.UniqueConstraint(name="a_product_has_a_medium_once", fields=["product", "address"])]

    def __str__(self) -> str:
        return f"{self.kind}: {self.says}"
