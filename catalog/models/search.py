"""What search and shelves read: rebuilt from the catalogue, never written by hand."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models.product import Pack, Product


class SearchEntry(models.Model):
    """A product as one market (country) sees it: names, class, cheapest unit price, stock."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="search_entries")
    market = models.CharField(max_length=2)
    is_home = models.BooleanField(default=True, help_text="the row that other markets show it from")
    words = SearchVectorField()
    title = models.CharField(max_length=500)
    slug = models.CharField(max_length=160)
    name_key = models.CharField(max_length=500)
    initial = models.CharField(max_length=1)
    strength = models.CharField(max_length=400, blank=True, default="")
    form = models.CharField(max_length=60, blank=True, default="")
    labeler = models.CharField(max_length=200, blank=True, default="")
    supply_class = models.CharField(max_length=20)
    shelf = models.CharField(max_length=40, blank=True, default="")
    atc = models.CharField(max_length=7, blank=True, default="")
    substance_ids = ArrayField(models.BigIntegerField(), default=list)
    pack = models.ForeignKey(Pack, models.SET_NULL, null=True, related_name="+", help_text="cheapest unit, else any")
    sizes = models.CharField(max_length=120, blank=True, default="", help_text='"30, 60 or 90"')
    pack_count = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True, default="")
    price_minor = models.PositiveBigIntegerField(null=True)
    unit_price = models.DecimalField(max_digits=24, decimal_places=8, help_text="minor units a unit; huge: none")
    price_until = models.DateTimeField(null=True)
    in_stock = models.BooleanField(default=False)
    standing = models.PositiveSmallIntegerField(default=9, help_text="0 can be had now … 9 cannot be had")

    class Meta:
        verbose_name_plural = "search entries"
        constraints = [models.UniqueConstraint(name="a_product_is_in_a_market_once", fields=["product", "market"])]
        indexes = [
            GinIndex(fields=["words"], name="entry_words"),
            GinIndex(fields=["substance_ids"], name="entry_substances"),
            # What can be had now is looked at first, however much else fits.
            GinIndex(fields=["words"], condition=Q(standing=0), name="entry_words_here"),
            GinIndex(fields=["substance_ids"], condition=Q(standing=0), name="entry_substances_here"),
            models.Index(fields=["market", "shelf", "standing", "name_key", "id"], name="entry_shelf_name"),
            models.Index(fields=["market", "shelf", "standing", "unit_price", "id"], name="entry_shelf_price"),
            models.Index(fields=["market", "initial", "name_key", "id"], name="entry_initial"),
            models.Index(fields=["market", "standing", "name_key", "id"], name="entry_name"),
            models.Index(fields=["market", "standing", "unit_price", "id"], name="entry_price"),
            models.Index(F("market"), OpClass(F("atc"), "varchar_pattern_ops"), name="entry_atc"),
            models.Index(fields=["price_until"], name="entry_price_until"),
        ]


class SearchTerm(models.Model):
    """A distinct word or name that something in the catalogue answers to; small, so trigrams stay quick."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=120)
    shown = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, help_text="substance, brand, name or word")
    note = models.CharField(max_length=120, blank=True, default="", help_text="a brand's substance")
    hits = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(name="a_term_is_listed_once", fields=["key", "kind"])]
        indexes = [
            GinIndex(OpClass(F("key"), "gin_trgm_ops"), name="term_likeness"),
            models.Index(OpClass(F("key"), "varchar_pattern_ops"), name="term_prefix"),
        ]


class ShelfCount(models.Model):
    """How many products stand on a shelf in a market; rolled up when the projection is refreshed."""

    id = models.BigAutoField(primary_key=True)
    market = models.CharField(max_length=2)
    shelf = models.CharField(max_length=40)
    products = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="a_shelf_is_counted_once_a_market", fields=["market", "shelf"])]


class SearchDue(models.Model):
    """A product whose entries are to be made anew; written in the transaction that changed it, drained in batches."""

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField(db_default=Now())
