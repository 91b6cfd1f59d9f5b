"""An uploaded scan: taken apart, rendered again, encrypted; never served as it came."""

import json
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from pharmacy.crypto import sealed, sealed_bytes
from pharmacy.keys import new_id
from prescriptions.models.patient import Patient
from prescriptions.rules.upload_words import ADVICE, sentence


class DocumentState(models.TextChoices):
    """Where an upload stands."""

    RECEIVING = "receiving", "Received, waits to be checked"
    CLEANING = "cleaning", "Being checked"
    READY = "ready", "Ready"
    REFUSED = "refused", "Not accepted"


class Document(models.Model):
    """One uploaded file. The row is written first, the file second, and a sweep tidies the rest.

    `sha256` is of the file as it came; `phash` of its first page, to find the same paper again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="documents")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="documents")
    order_reference = models.CharField(max_length=40, blank=True, db_index=True)
    state = models.CharField(max_length=12, choices=DocumentState.choices, default=DocumentState.RECEIVING)
    refused_because = models.CharField(max_length=30, blank=True)
    name_sealed = models.BinaryField(default=b"")
    declared_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    phash = models.CharField(max_length=16, blank=True)
    pages_count = models.PositiveSmallIntegerField(default=0)
    # What we measured: how the picture looks ("dark", "blurred" …), and the code that was read from it, sealed.
    advice = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    use_anyway_at = models.DateTimeField(null=True, blank=True)
    code_sealed = models.BinaryField(default=b"")
    code_key = models.CharField(max_length=64, blank=True, db_index=True)
    stored_at = models.DateTimeField(null=True, blank=True)
    cleaning_until = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    name = sealed("name_sealed")
    code = sealed("code_sealed")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(sha256="") & Q(pages_count__gte=1)),
                name="a_ready_document_has_pages_and_a_hash",
            ),
            models.CheckConstraint(
                condition=Q(state="refused") ^ Q(refused_because=""),
                name="a_refused_document_says_why",
            ),
        ]
        indexes = [models.Index(fields=["owner", "created_at"], name="documents_by_owner")]

    def __str__(self) -> str:
        return f"document {self.pk}"

    @property
    def advice_sentences(self) -> list[str]:
        """What the customer reads about a poor picture until they say “Use it anyway”."""
        return [] if self.use_anyway_at else [ADVICE[word] for word in self.advice if word in ADVICE]

    @property
    def measured_sentences(self) -> list[str]:
        """What was measured of a poor picture, for whoever reads it, also after “Use it anyway”."""
        return [ADVICE[word] for word in self.advice if word in ADVICE]

    @property
    def german_codes(self) -> list[dict[str, Any]]:
        """The German e-prescriptions whose code is on it: [{task, access, right}]. Shown, never fetched."""
        return list(json.loads(self.code)) if self.code_sealed else []

    @property
    def refused_sentence(self) -> str:
        """What the customer reads about a refused file; "" for any other."""
        return sentence(self.refused_because) if self.refused_because else ""


class DocumentPage(models.Model):
    """One page, rendered to a clean picture and sealed with this row's id as its context."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="pages")
    number = models.PositiveSmallIntegerField()
    media_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    phash = models.CharField(max_length=16)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="one_picture_per_page"),
        ]

    def __str__(self) -> str:
        return f"page {self.number} of document {self.document_id}"


class ObjectKey(models.Model):
    """The data key of one stored file, sealed with the house's present key. Without this row the file is noise."""

    id = models.UUIDField(primary_key=True, editable=False)
    data_key_sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    data_key = sealed_bytes("data_key_sealed")

    def __str__(self) -> str:
        return f"key of {self.pk}"
