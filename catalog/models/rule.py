"""Law as dated data: written by one person, approved by another."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from pharmacy.keys import new_id


class CountryRuleQuerySet(models.QuerySet["CountryRule"]):
    """Rules count only when a second person approved them."""

    def approved(self) -> Self:
        """Rules that somebody other than their author approved."""
        return self.exclude(approved_at=None)

    def on(self, day: date) -> Self:
        """Approved rules in force on `day`."""
        return self.approved().filter(Q(effective_until=None) | Q(effective_until__gte=day), effective_from__lte=day)


class CountryRule(models.Model):
    """One rule of a country (or region), with its source; not approved means it does not count."""

    class Kind(models.TextChoices):
        PROFILE = "profile"
        PRESCRIPTION_VALIDITY = "prescription_validity"
        EMERGENCY_NUMBERS = "emergency_numbers"
        DELIVERY = "delivery"
        RETENTION = "retention"
        TAX = "tax"
        SUBSTITUTION = "substitution"

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=new_id, editable=False)
    code = models.CharField(max_length=60)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=10, blank=True, default="")
    kind = models.CharField(max_length=40)
    value = models.JSONField(default=dict)
    source_key = models.CharField(max_length=80, blank=True, default="")
    source_url = models.URLField(max_length=500, blank=True, default="")
    effective_from = models.DateField()
    effective_until = models.DateField(null=True, blank=True, help_text="last day it holds")
    verified = models.BooleanField(default=False, help_text="a named person has checked the source")
    written_by = models.CharField(max_length=80)
    approved_by = models.CharField(max_length=80, blank=True, default="")
    approved_at = models.DateTimeField(null=True, blank=True)

    objects = CountryRuleQuerySet.as_manager()

    class Meta:
        ordering = ["country", "region", "kind", "code"]
        constraints = [
            models.UniqueConstraint(
                name="one_version_of_a_rule_starts_on_a_day",
                fields=["code", "country", "region", "effective_from"],
            ),
            models.CheckConstraint(
                name="author_of_a_country_rule_is_not_its_approver",
                condition=Q(approved_by="") | ~Q(approved_by=F("written_by")),
            ),
            models.CheckConstraint(name="country_rule_has_an_author", condition=~Q(written_by="")),
            models.CheckConstraint(
                name="an_approval_has_a_person_and_a_moment",
                condition=Q(approved_by="", approved_at=None) | (~Q(approved_by="") & Q(approved_at__isnull=False)),
            ),
            models.CheckConstraint(name="country_rule_names_its_source", condition=~Q(source_key="", source_url="")),
            models.CheckConstraint(
                name="country_rule_ends_after_it_starts",
                condition=Q(effective_until=None) | Q(effective_until__gte=F("effective_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.code}"
