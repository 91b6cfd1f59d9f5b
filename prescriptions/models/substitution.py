"""An equivalent pack that a pharmacist chose for a waiting line instead of the one that was asked for."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models.product import Pack
from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.supply import SupplyRequest


class Substitution(models.Model):
    """One choice, never changed; the one with the highest `number` counts. Kind N goes back to what was asked for.

    `price_minor` is what a pack of `pack` cost at that moment: the order owes no more than that, and never more than
    was agreed. Triggers in the migration `substitution` say when it is lawful (R-213).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(SupplyRequest, on_delete=models.PROTECT, related_name="substitutions")
    number = models.PositiveSmallIntegerField()
    pack_asked = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="+")
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    reason = models.CharField(max_length=10, blank=True)
    rule = models.CharField(max_length=60, blank=True, help_text="code of the country rule that allows it")
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    registration_number = models.CharField(max_length=60)
    sentence_sealed = models.BinaryField(default=b"")
    chosen_at = models.DateTimeField()

    sentence = sealed("sentence_sealed")

    class Meta:
        ordering = ("request", "number")
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="one_substitution_after_another"),
            models.CheckConstraint(
                condition=(Q(kind="N", reason="") & Q(pack=F("pack_asked")))
                | (
                    Q(kind__in=["E", "G", "BC"], reason__in=["CT", "FP", "OS", "RR"])
                    & ~Q(pack=F("pack_asked"))
                    & ~Q(rule="")
                ),
                name="a_substitution_has_type_reason_and_rule",
            ),
            models.CheckConstraint(condition=Q(price_minor__gte=0, number__gte=1), name="a_substitution_has_a_price"),
        ]

    def __str__(self) -> str:
        return f"substitution {self.number} of {self.request_id}"
