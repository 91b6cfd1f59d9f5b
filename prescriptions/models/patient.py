"""Who the medicine is for."""

from datetime import date

from django.conf import settings
from django.db import models

from pharmacy.crypto import sealed
from pharmacy.keys import new_id


class Patient(models.Model):
    """A person somebody orders for; every fact about them is sealed, only the owner is not."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="patients")
    name_sealed = models.BinaryField(default=b"")
    born_on_sealed = models.BinaryField(default=b"")
    sex_sealed = models.BinaryField(default=b"")
    weight_kg_sealed = models.BinaryField(default=b"")
    allergies_sealed = models.BinaryField(default=b"")
    conditions_sealed = models.BinaryField(default=b"")
    medicines_sealed = models.BinaryField(default=b"")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    name = sealed("name_sealed")
    born_on = sealed("born_on_sealed")
    sex = sealed("sex_sealed")
    weight_kg = sealed("weight_kg_sealed")
    allergies = sealed("allergies_sealed")
    conditions = sealed("conditions_sealed")
    medicines = sealed("medicines_sealed")

    class Meta:
        ordering = ("created_at",)

    def __str__(self) -> str:
        return f"patient {self.pk}"

    @property
    def birthday(self) -> date | None:
        """The day they were born, or None when it was not told."""
        return date.fromisoformat(self.born_on) if self.born_on else None
