"""Licensed dispensing pharmacies and where each may supply."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from pharmacy.keys import new_id


class Site(models.Model):
    """A licensed dispensing pharmacy. `is_sandbox` sites serve test orders only."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=new_id, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    region = models.CharField(max_length=10, blank=True, default="")
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    time_zone = models.CharField(max_length=64)
    opening_hours = models.JSONField(default=dict, help_text='{"mon": [["09:00", "18:00"]], …}')
    registration_number = models.CharField(max_length=60)
    superintendent_name = models.CharField(max_length=120)
    superintendent_number = models.CharField(max_length=60, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    address_lines = models.JSONField(default=list)
    is_sandbox = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="site_country_is_two_capital_letters", condition=Q(country__regex=r"^[A-Z]{2}$")
            ),
            models.CheckConstraint(name="site_has_a_registration_number", condition=~Q(registration_number="")),
        ]

    def __str__(self) -> str:
        return self.name


class SiteLicence(models.Model):
    """A site may supply into `country` and `region` ("" = the whole country) between two dates."""

    id = models.BigAutoField(primary_key=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="licences")
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=10, blank=True, default="")
    number = models.CharField(max_length=60)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="last day it holds; empty: no end known")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_licence_per_site_region_and_start",
                fields=["site", "country", "region", "valid_from"],
            ),
            models.CheckConstraint(
                name="licence_ends_after_it_starts",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
            ),
            models.CheckConstraint(name="licence_has_a_number", condition=~Q(number="")),
        ]

    def __str__(self) -> str:
        return self.number
