"""What sources say of two substances taken together: sources, what each says, and the pairs that it says it of."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models.product import Substance
from catalog.rules.interactions import Severity

SEVERITY_CHOICES = [(each.value, each.value) for each in Severity]


class InteractionSource(models.Model):
    """Who says it: a thesaurus, a list, product labels. `loaded_at` moves with every load; readers' copies go by it."""

    id = models.BigAutoField(primary_key=True)
    key = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    address = models.URLField(max_length=300)
    licence = models.CharField(max_length=120)
    credit = models.CharField(max_length=300)
    as_of = models.DateField(help_text="the day the source's facts are of")
    read_on = models.DateField(help_text="the day the source was read")
    digest = models.CharField(max_length=64, blank=True, default="", help_text="of the files it was loaded from")
    rank = models.PositiveSmallIntegerField(default=50, help_text="of two that say the same, the lower is shown first")
    loaded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["rank", "key"]

    def __str__(self) -> str:
        return self.title


class InteractionRule(models.Model):
    """One statement of a source: of a substance or class, with another, how bad it is, why, and what to do."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(InteractionSource, models.CASCADE, related_name="rules")
    key = models.CharField(max_length=120, help_text="the source's own number or names")
    one = models.CharField(max_length=200, help_text="substance or class, as the source has it")
    other = models.CharField(max_length=200)
    severity = models.CharField(max_length=16, choices=SEVERITY_CHOICES)
    mechanism = models.TextField(blank=True, default="")
    management = models.TextField(blank=True, default="")
    original = models.TextField(blank=True, default="", help_text="the source's words, where ours are shorter")
    original_language = models.CharField(max_length=8, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="", help_text="route, dose or direction, if it says so")
    citation = models.CharField(max_length=300, blank=True, default="", help_text="section and set id, or item")
    address = models.URLField(max_length=300, blank=True, default="")
    verified = models.BooleanField(default=True, help_text="the place it cites was read")
    is_specific = models.BooleanField(default=False, help_text="names a substance, not only classes")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_source_says_a_thing_once", fields=["source", "key"]),
            models.CheckConstraint(
                name="an_interaction_has_one_of_four_severities",
                condition=Q(severity__in=[each.value for each in Severity]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one} with {self.other}"


class Interaction(models.Model):
    """Two substances of which a source speaks; the lower id first, once a source."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(InteractionSource, models.CASCADE, related_name="pairs")
    rule = models.ForeignKey(InteractionRule, models.CASCADE, related_name="pairs")
    first = models.ForeignKey(Substance, models.CASCADE, related_name="+")
    second = models.ForeignKey(Substance, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_source_pairs_two_substances_once", fields=["source", "first", "second"]),
            models.CheckConstraint(name="a_pair_is_two_substances_in_order", condition=Q(first__lt=F("second"))),
        ]


class SubstanceClass(models.Model):
    """A class that a source puts a substance in: an established pharmacologic class tells double therapy apart."""

    id = models.BigAutoField(primary_key=True)
    substance = models.ForeignKey(Substance, models.CASCADE, related_name="classes")
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=40)

    class Meta:
        verbose_name_plural = "substance classes"
        constraints = [models.UniqueConstraint(name="a_substance_is_in_a_class_once", fields=["substance", "name"])]
