"""Guides to medicines: versions that move from draft to published, made of sections, claims and sources.

A version's words can be changed while it is a draft and never again: triggers keep every sentence of a submitted,
published or replaced version as it was read and signed (migration `guides`).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from catalog.models.product import Substance
from catalog.rules import guide_shape as shape
from pharmacy.accounts.models import Registration, User
from pharmacy.clock import AppNow
from pharmacy.keys import new_id

STATUS_CHOICES = list(shape.STATUSES.items())
KIND_CHOICES = list(shape.CLAIM_KINDS.items())
SOURCE_CHOICES = list(shape.SOURCE_KINDS.items())


class Guide(models.Model):
    """What keeps its address while versions come and go."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=120, unique=True)
    need = models.CharField(max_length=40, help_text="slug of the shelf it belongs to")
    language = models.CharField(max_length=8, default="en")
    substances: Any = models.ManyToManyField(Substance, related_name="guides")
    created_at = models.DateTimeField(db_default=AppNow())

    def __str__(self) -> str:
        return self.slug


class GuideVersion(models.Model):
    """One state of a guide's text, who wrote it and who signed it."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=new_id, editable=False)
    guide = models.ForeignKey(Guide, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=STATUS_CHOICES, default="draft")
    revision = models.PositiveIntegerField(default=1, help_text="goes up with every edit")
    title = models.CharField(max_length=160)
    summary = models.TextField(blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="", help_text="what changed, for the public change log")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="+", null=True, blank=True)
    started_at = models.DateTimeField(db_default=AppNow())
    submitted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="when it was replaced or withdrawn")
    reviewed_on = models.DateField(null=True, blank=True)
    next_review = models.DateField(null=True, blank=True)
    returned_because = models.TextField(blank=True, default="")
    due_because = models.CharField(max_length=40, blank=True, default="", help_text="date or label")

    class Meta:
        ordering = ["guide", "-number"]
        constraints = [
            models.UniqueConstraint(name="a_guide_has_a_version_once", fields=["guide", "number"]),
            models.UniqueConstraint(
                name="a_guide_has_one_live_version", fields=["guide"], condition=Q(status__in=shape.LIVE)
            ),
            models.UniqueConstraint(
                name="a_guide_has_one_open_version", fields=["guide"], condition=Q(status__in=shape.OPEN)
            ),
            models.CheckConstraint(name="a_guide_status_is_one_we_know", condition=Q(status__in=list(shape.STATUSES))),
            models.CheckConstraint(
                name="author_of_a_guide_is_not_its_reviewer",
                condition=Q(reviewer=None) | ~Q(reviewer=F("author")),
            ),
            models.CheckConstraint(
                name="a_published_guide_is_signed_and_dated",
                condition=~Q(status__in=[*shape.LIVE, "replaced", "withdrawn"])
                | Q(
                    reviewer__isnull=False, registration__isnull=False, reviewed_on__isnull=False,
                    next_review__isnull=False, published_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="next_review_comes_after_the_review",
                condition=Q(next_review=None) | Q(next_review__gt=F("reviewed_on")),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"

    @property
    def is_draft(self) -> bool:
        """Whether its words may still be changed."""
        return self.status == "draft"


class GuideWriter(models.Model):
    """Somebody who wrote in a version: none of them may sign it."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(GuideVersion, models.CASCADE, related_name="writers")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="a_writer_of_a_version_is_named_once", fields=["version", "user"])]


class GuideSection(models.Model):
    """A part of a version, under a heading."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(GuideVersion, models.CASCADE, related_name="sections")
    key = models.CharField(max_length=30)
    heading = models.CharField(max_length=160)
    position = models.PositiveSmallIntegerField()
    nothing_found = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(name="a_section_is_in_a_version_once", fields=["version", "key"])]


class GuideSource(models.Model):
    """Something that was read for a version: by these facts others find it again."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(GuideVersion, models.CASCADE, related_name="sources")
    key = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=SOURCE_CHOICES)
    title = models.CharField(max_length=400, blank=True, default="")
    authors = models.CharField(max_length=300, blank=True, default="")
    publisher = models.CharField(max_length=200, blank=True, default="")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    doi = models.CharField(max_length=120, blank=True, default="")
    pmid = models.CharField(max_length=12, blank=True, default="")
    isbn = models.CharField(max_length=20, blank=True, default="")
    url = models.CharField(max_length=500, blank=True, default="")
    set_id = models.CharField(max_length=36, blank=True, default="")
    label_version = models.CharField(max_length=20, blank=True, default="", help_text="of the label when it was read")
    read_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(name="a_source_is_in_a_version_once", fields=["version", "key"])]
        indexes = [models.Index(fields=["set_id"], condition=~Q(set_id=""), name="guide_source_label")]


class GuideClaim(models.Model):
    """One sentence or two that stand or fall together."""

    id = models.BigAutoField(primary_key=True)
    section = models.ForeignKey(GuideSection, models.CASCADE, related_name="claims")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=KIND_CHOICES)
    layout = models.CharField(max_length=6, default="new", choices=list(shape.LAYOUTS.items()))
    text = models.TextField()
    figures = models.JSONField(default=list, blank=True, help_text='[{"key", "value", "unit"}]')

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(name="a_claim_is_of_a_kind_we_know", condition=Q(kind__in=list(shape.CLAIM_KINDS))),
            models.UniqueConstraint(name="a_claim_has_a_place_of_its_own", fields=["section", "position"]),
        ]


class GuideCite(models.Model):
    """A claim leans on a source, at a place in it ("Warnings")."""

    id = models.BigAutoField(primary_key=True)
    claim = models.ForeignKey(GuideClaim, models.CASCADE, related_name="cites")
    source = models.ForeignKey(GuideSource, models.CASCADE, related_name="cited_by")
    place = models.CharField(max_length=160, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]


class GuideReview(models.Model):
    """What a reviewer decided about a version. Append-only."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(GuideVersion, models.PROTECT, related_name="reviews")
    verdict = models.CharField(
        max_length=10, choices=[(v, v) for v in ("returned", "published", "confirmed", "withdrawn")]
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    registration_number = models.CharField(max_length=40, blank=True, default="")
    note = models.TextField(blank=True, default="")
    at = models.DateTimeField(db_default=AppNow())

    class Meta:
        ordering = ["-at", "-id"]
