"""A record that must not be deleted, whatever its age."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from pharmacy.crypto import sealed
from pharmacy.keys import new_id


class LegalHold(models.Model):
    """Keeps everything of one customer until it is lifted. Why is sealed; who placed and lifted it is not."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason_sealed = models.BinaryField(default=b"")
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    reason = sealed("reason_sealed")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(lifted_at=None), name="one_live_hold_per_customer"
            ),
            models.CheckConstraint(
                name="a_hold_is_lifted_by_somebody",
                condition=Q(lifted_at=None, lifted_by=None) | Q(lifted_at__isnull=False, lifted_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"
