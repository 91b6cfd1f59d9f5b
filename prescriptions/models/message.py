"""What a pharmacist and a customer write to each other about an order."""

from django.conf import settings
from django.db import models

from pharmacy.crypto import sealed
from pharmacy.keys import new_id


class MessageKind(models.TextChoices):
    """Who speaks, and whether an answer is waited for."""

    QUESTION = "question", "Question from the pharmacist"
    REPLY = "reply", "Reply from the pharmacist"
    ANSWER = "answer", "From the customer"


class Message(models.Model):
    """One message of an order's conversation; its text is sealed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order_reference = models.CharField(max_length=40)
    case = models.ForeignKey(
        "prescriptions.Case",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
    )
    kind = models.CharField(max_length=10, choices=MessageKind.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text_sealed = models.BinaryField(default=b"")
    sent_at = models.DateTimeField()

    text = sealed("text_sealed")

    class Meta:
        ordering = ("sent_at", "id")
        indexes = [models.Index(fields=["order_reference", "sent_at"], name="messages_of_order")]

    def __str__(self) -> str:
        return f"message {self.pk}"
