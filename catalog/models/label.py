"""Labels and leaflets: the maker's words about a medicine, every version kept."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalog.models.product import Product
from pharmacy.keys import new_id


class Label(models.Model):
    """One version of a label. A newer one supersedes it; its text is never changed."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=new_id, editable=False)
    set_id = models.CharField(max_length=64, help_text="of all versions of one label")
    document_id = models.CharField(max_length=64, blank=True, default="", help_text="of this version")
    version = models.PositiveIntegerField(null=True, blank=True)
    effective_on = models.DateField(null=True, blank=True, help_text="empty: the source does not say")
    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=12, choices=[(k, k) for k in ("prescription", "otc", "other")])
    labeler = models.CharField(max_length=200, blank=True, default="")
    source = models.CharField(max_length=20, choices=[(s, s) for s in ("openfda", "spl")])
    digest = models.CharField(max_length=64)
    product_codes = ArrayField(models.CharField(max_length=12), default=list)
    substance_keys = ArrayField(models.CharField(max_length=400), default=list)
    routes = ArrayField(models.CharField(max_length=60), default=list)
    form = models.CharField(max_length=20, blank=True, default="", help_text="form class: tablet, solution …")
    release = models.CharField(max_length=10, blank=True, default="")
    words = models.CharField(max_length=1200, blank=True, default="", help_text="of its indications, for search")
    imported_at = models.DateTimeField(db_default=Now())
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["set_id", "-imported_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="a_label_has_one_current_version", fields=["set_id"], condition=Q(superseded_at=None)
            ),
            models.UniqueConstraint(name="a_label_version_is_kept_once", fields=["set_id", "digest"]),
        ]

    @property
    def address(self) -> str:
        """Where the FDA publishes the label."""
        return f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={self.set_id}"

    def __str__(self) -> str:
        return self.title


class LabelSection(models.Model):
    """A section as blocks of plain text (see `catalog.rules.label_text`); `lead` is how it begins."""

    id = models.BigAutoField(primary_key=True)
    label = models.ForeignKey(Label, models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=60)
    code = models.CharField(max_length=10, blank=True, default="", help_text="LOINC")
    title = models.CharField(max_length=200)
    lead = models.JSONField(default=list)
    is_cut = models.BooleanField(default=False, help_text="the lead is not all of it")
    blocks = models.JSONField(default=list)

    class Meta:
        ordering = ["label", "position"]
        constraints = [models.UniqueConstraint(name="a_label_has_a_section_once", fields=["label", "kind"])]

    def __str__(self) -> str:
        return self.title


class LabelUse(models.Model):
    """The label shown with a product: its own by product code, or that of the same medicine by another maker."""

    id = models.BigAutoField(primary_key=True)
    product = models.OneToOneField(Product, models.CASCADE, related_name="label_use")
    label = models.ForeignKey(Label, models.CASCADE, related_name="uses")
    match = models.CharField(max_length=15, choices=[(m, m) for m in ("code", "same_medicine")])
