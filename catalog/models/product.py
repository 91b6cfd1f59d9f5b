"""Substances, products, packs, their codes, prices and supply classes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField
from django.contrib.postgres.fields.ranges import RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q

from catalog.rules.codes import SYSTEMS, NotACode, check
from catalog.rules.supply import SupplyClass
from pharmacy.keys import new_id

# What an authority has ended stays readable and is not sold: `OFF_MARKET`. Discontinued: its maker stopped making it.
OFF_MARKET = ("suspended", "withdrawn")
MARKET_STATUS = ("discontinued", *OFF_MARKET)
SUPPLY_CHOICES = [(each.value, each.value) for each in SupplyClass]


class Span(Func):
    """tstzrange(valid_from, valid_until, '[)') as an index expression."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Days(Func):
    """daterange(valid_from, valid_until, '[]') as an index expression."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Substance(models.Model):
    """An active ingredient: the moiety, without its salt."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=new_id, editable=False)
    key = models.CharField(max_length=400, unique=True, help_text="normalised name")
    slug = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=400)
    atc_codes = ArrayField(models.CharField(max_length=7), default=list, blank=True)
    unii = models.CharField(max_length=10, blank=True, default="")
    rxcui = models.CharField(max_length=12, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class SubstanceName(models.Model):
    """A name people type for a substance: salt, synonym or brand, with who says so."""

    id = models.BigAutoField(primary_key=True)
    substance = models.ForeignKey(Substance, models.CASCADE, related_name="names")
    name = models.CharField(max_length=400)
    key = models.CharField(max_length=400, db_index=True)
    kind = models.CharField(max_length=10, choices=[(k, k) for k in ("salt", "synonym", "brand")])
    source = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(name="a_substance_has_a_name_once", fields=["substance", "key"])]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What a customer recognises: name, maker, form, route, substances with strengths."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=new_id, editable=False)
    slug = models.CharField(max_length=160, unique=True)
    source = models.CharField(max_length=20, help_text="who lists it: fda-ndc, ema, own")
    source_key = models.CharField(max_length=80)
    digest = models.CharField(max_length=32, blank=True, default="", help_text="of the source's row")
    as_of = models.DateField(help_text="the day the source's facts are of")
    kind = models.CharField(max_length=12, default="medicine", help_text="medicine, device or care")
    name = models.CharField(max_length=500)
    name_key = models.CharField(max_length=500, help_text="normalised, what names sort by")
    generic_name = models.CharField(max_length=600, blank=True, default="")
    is_brand = models.BooleanField(default=False)
    labeler = models.CharField(max_length=200)
    form = models.CharField(max_length=60, blank=True, default="", help_text="as shown: Tablet, Oral solution")
    form_listed = models.CharField(max_length=100, blank=True, default="", help_text="as the source lists it")
    route = models.CharField(max_length=200, blank=True, default="")
    strength = models.CharField(max_length=400, blank=True, default="")
    equivalence = models.CharField(
        max_length=64, blank=True, default="", help_text="same substances, strengths, form and route"
    )
    atc = models.CharField(max_length=7, blank=True, default="")
    shelf = models.CharField(max_length=40, blank=True, default="", help_text="slug of the need it serves")
    approval = models.CharField(max_length=40, blank=True, default="", help_text="application number")
    category = models.CharField(max_length=60, blank=True, default="")
    purpose = models.CharField(max_length=300, blank=True, default="", help_text="one plain sentence, if a source says")
    facts = models.JSONField(default=dict, blank=True, help_text="pharmacologic classes, source address")
    excipients = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, help_text="where a source says them"
    )
    market_status = models.CharField(
        max_length=12,
        blank=True,
        default="",
        choices=[(s, s) for s in MARKET_STATUS],
        help_text="as its authority says",
    )
    marketed_from = models.DateField(null=True, blank=True)
    marketed_until = models.DateField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="no longer in its source")
    substances: Any = models.ManyToManyField(Substance, through="ProductSubstance", related_name="products")

    class Meta:
        constraints = [models.UniqueConstraint(name="a_source_lists_a_product_once", fields=["source", "source_key"])]
        indexes = [
            models.Index(fields=["equivalence"], name="product_equivalence"),
            models.Index(fields=["name_key"], name="product_name_key"),
            models.Index(OpClass(F("atc"), "varchar_pattern_ops"), name="product_atc_prefix"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductSubstance(models.Model):
    """One active ingredient of a product, as listed (with its salt), and how much."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="ingredients")
    substance = models.ForeignKey(Substance, models.PROTECT, related_name="uses")
    position = models.PositiveSmallIntegerField()
    listed_as = models.CharField(max_length=400)
    strength = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(name="one_ingredient_at_a_position", fields=["product", "position"])]


class Pack(models.Model):
    """What is sold: `size` of `unit`, perhaps counted from a larger stock pack of the same product."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="packs")
    source_key = models.CharField(max_length=80, help_text="unique within the product's source")
    source = models.CharField(max_length=20)
    digest = models.CharField(max_length=32, blank=True, default="")
    description = models.CharField(max_length=300, help_text='"90 tablets"')
    listed_as = models.CharField(max_length=1000, blank=True, default="")
    container = models.CharField(max_length=80, blank=True, default="")
    size = models.DecimalField(max_digits=14, decimal_places=4)
    unit = models.CharField(max_length=30, help_text="tablet, capsule, mL, g, piece …")
    counted_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="counted_packs")
    storage = models.CharField(
        max_length=10, default="ambient", choices=[(s, s) for s in ("ambient", "cold_2_8", "frozen")]
    )
    weight_g = models.PositiveIntegerField(null=True, blank=True)
    hs_code = models.CharField(max_length=10, default="3004")
    shelf_life_days = models.PositiveIntegerField(null=True, blank=True)
    max_per_order = models.PositiveSmallIntegerField(default=6)
    is_sample = models.BooleanField(default=False)
    is_stock_bottle = models.BooleanField(default=False, help_text="counted out of, never sold whole")
    marketed_from = models.DateField(null=True, blank=True)
    marketed_until = models.DateField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["product", "size", "id"]
        constraints = [
            models.UniqueConstraint(name="a_source_lists_a_pack_once", fields=["source", "source_key"]),
            models.CheckConstraint(name="a_pack_holds_something", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="a_pack_is_not_counted_from_itself",
                condition=Q(counted_from=None) | ~Q(counted_from=F("id")),
            ),
            models.CheckConstraint(
                name="a_stock_bottle_is_not_counted_from_another",
                condition=Q(is_stock_bottle=False) | Q(counted_from=None),
            ),
        ]

    @property
    def stock_pack_id(self) -> int:
        """The pack whose stock this one is taken from: its stock bottle, or itself."""
        return self.counted_from_id or self.pk

    def units(self, packs: int) -> Decimal:
        """Units in so many packs."""
        return self.size * packs

    def __str__(self) -> str:
        return self.description


class PackCode(models.Model):
    """A typed code of a pack. NDC is kept as listed (4-4-2, 5-3-2, 5-4-1); its other spellings follow from it."""

    id = models.BigAutoField(primary_key=True)
    pack = models.ForeignKey(Pack, models.CASCADE, related_name="codes")
    system = models.CharField(max_length=8, choices=[(s, s) for s in SYSTEMS])
    code = models.CharField(max_length=40)
    digits = models.CharField(max_length=40, db_index=True, help_text="the code without its dashes")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_code_names_one_pack", fields=["system", "code"]),
            models.UniqueConstraint(name="a_pack_has_one_code_of_a_system", fields=["pack", "system"]),
        ]

    def clean(self) -> None:
        """Put the code into its system's one spelling; a wrong check digit is refused."""
        try:
            self.code, self.digits = check(self.system, self.code)
        except NotACode as problem:
            raise ValidationError({"code": str(problem)}) from problem

    def __str__(self) -> str:
        return f"{self.system} {self.code}"


class Price(models.Model):
    """The price of a pack in a currency while `valid_from` ≤ now < `valid_until`. History is kept.

    All `_minor` fields are in the currency's minor unit; `acquisition_unit_micro` is the cost of one unit in
    millionths of the currency's major unit, because a tablet can cost less than a cent.
    """

    id = models.BigAutoField(primary_key=True)
    pack = models.ForeignKey(Pack, models.PROTECT, related_name="prices")
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    acquisition_minor = models.PositiveBigIntegerField()
    margin_minor = models.PositiveBigIntegerField()
    fee_minor = models.PositiveBigIntegerField()
    acquisition_unit_micro = models.PositiveBigIntegerField()
    source = models.CharField(max_length=120, help_text="where the acquisition cost was read")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pack", "currency", "valid_from"]
        constraints = [
            models.CheckConstraint(
                name="a_price_is_acquisition_plus_margin_plus_fee",
                condition=Q(amount_minor=F("acquisition_minor") + F("margin_minor") + F("fee_minor")),
            ),
            models.CheckConstraint(
                name="a_price_ends_after_it_starts",
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
            ),
            ExclusionConstraint(
                name="a_pack_has_one_price_at_a_time",
                expressions=[
                    ("pack", RangeOperators.EQUAL),
                    ("currency", RangeOperators.EQUAL),
                    (Span("valid_from", "valid_until", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class Supply(models.Model):
    """The supply class of a product in a country over a range of dates; no row means not supplied."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="supplies")
    country = models.CharField(max_length=2)
    supply_class = models.CharField(max_length=20, choices=SUPPLY_CHOICES)
    rule = models.CharField(max_length=60)
    source = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="last day it holds")

    class Meta:
        verbose_name_plural = "supplies"
        constraints = [
            models.CheckConstraint(
                name="supply_class_is_one_of_five",
                condition=Q(supply_class__in=[each.value for each in SupplyClass]),
            ),
            models.CheckConstraint(
                name="a_supply_rule_ends_after_it_starts",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
            ),
            ExclusionConstraint(
                name="a_product_has_one_supply_class_at_a_time",
                expressions=[
                    ("product", RangeOperators.EQUAL),
                    ("country", RangeOperators.EQUAL),
                    (
                        Days("valid_from", "valid_until", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
