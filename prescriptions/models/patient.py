"""Who the medicine is for."""

from datetime import date

from django.conf import settings
from django.db import models

from pharmacy.crypto import sealed
from pharmacy.keys import new_id


class Relation(models.TextChoices):
    """Whether the customer is the patient. For somebody else a pharmacist must have seen proof (`Carer`)."""

    SELF = "self", "Myself"
    OTHER = "other", "Somebody I care for"


class Patient(models.Model):
    """A person somebody orders for; every fact about them is sealed, only the owner is not.

    A fact that is "" was not told. "None known" is an answer and is kept as those words. `told_on` holds, as JSON, the
    day on which each fact was last told.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="patients")
    name_sealed = models.BinaryField(default=b"")
    born_on_sealed = models.BinaryField(default=b"")
    sex_sealed = models.BinaryField(default=b"")
    weight_kg_sealed = models.BinaryField(default=b"")
    allergies_sealed = models.BinaryField(default=b"")
    conditions_sealed = models.BinaryField(default=b"")
    medicines_sealed = models.BinaryField(default=b"")
    # Coded answers for the checks: "" was not told. See rules/facts.py for the words that each may hold.
    pregnancy_sealed = models.BinaryField(default=b"")
    breastfeeding_sealed = models.BinaryField(default=b"")
    kidney_sealed = models.BinaryField(default=b"")
    liver_sealed = models.BinaryField(default=b"")
    told_on_sealed = models.BinaryField(default=b"")
    relation = models.CharField(max_length=8, choices=Relation.choices, default=Relation.SELF)
    erased_at = models.DateTimeField(null=True, blank=True)
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
    pregnancy = sealed("pregnancy_sealed")
    breastfeeding = sealed("breastfeeding_sealed")
    kidney = sealed("kidney_sealed")
    liver = sealed("liver_sealed")
    told_on = sealed("told_on_sealed")

    class Meta:
        ordering = ("created_at",)

    def __str__(self) -> str:
        return f"patient {self.pk}"

    @property
    def birthday(self) -> date | None:
        """The day they were born, or None when it was not told."""
        return date.fromisoformat(self.born_on) if self.born_on else None
