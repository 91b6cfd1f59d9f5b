"""A conversation with a pharmacist: about a product, an order, a consultation, or in general."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models.product import Product
from catalog.models.site import Site
from pharmacy.clock import AppNow
from pharmacy.crypto import sealed
from pharmacy.keys import new_id
from prescriptions.models.document import Document
from prescriptions.models.patient import Patient


class ThreadState(models.TextChoices):
    """Where a conversation stands; `claimed` is a lease that lapses by itself."""

    WAITING = "waiting", "Waits for a pharmacist"
    CLAIMED = "claimed", "A pharmacist reads it"
    ANSWERED = "answered", "Answered"
    CLOSED = "closed", "Closed"


class Topic(models.TextChoices):
    """What it is about."""

    GENERAL = "general", "In general"
    PRODUCT = "product", "About a product"
    ORDER = "order", "About an order"
    CONSULTATION = "consultation", "Consultation"


class Ending(models.TextChoices):
    """How a conversation ended."""

    ADVICE = "advice", "Advice"
    SIGNPOST = "signpost", "Sent on to other help"
    SUPPLY = "supply", "A medicine may be supplied"
    WITHDRAWN = "withdrawn", "Closed by the customer"


class ThreadQuerySet(models.QuerySet["Thread"]):
    """Sets of conversations a pharmacist asks for."""

    def claimable(self) -> "ThreadQuerySet":
        """Free to be taken now: waiting, or left behind by a lease that lapsed."""
        return self.filter(Q(state="waiting") | Q(state="claimed", claimed_until__lte=AppNow()))


class Thread(models.Model):
    """One conversation with its clock. `due_at` is the promise, in the site's opening hours."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=12, unique=True)
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="threads")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="threads")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(max_length=12, choices=Topic.choices)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    order_reference = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=ThreadState.choices, default=ThreadState.WAITING)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    waits_since = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True)
    summary_sealed = models.BinaryField(default=b"")
    is_test = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True, blank=True)

    summary = sealed("summary_sealed")

    objects = ThreadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_claimed_question_says_who_and_until_when",
                condition=Q(state="claimed", claimed_by__isnull=False, claimed_until__isnull=False)
                | (~Q(state="claimed") & Q(claimed_by=None, claimed_until=None)),
            ),
            models.CheckConstraint(
                name="a_closed_question_says_when_and_how",
                condition=(Q(state="closed", closed_at__isnull=False) & ~Q(ending=""))
                | (~Q(state="closed") & Q(closed_at=None, ending="")),
            ),
        ]
        indexes = [
            models.Index(fields=["site", "due_at"], condition=~Q(state="closed"), name="open_questions_by_clock"),
            models.Index(fields=["customer", "opened_at"], name="questions_of_customer"),
        ]

    def __str__(self) -> str:
        return f"question {self.reference}"


class ThreadMessage(models.Model):
    """One message; its text is sealed and never changes, but may be erased when its time is over."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_from_staff = models.BooleanField()
    text_sealed = models.BinaryField(default=b"")
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    text = sealed("text_sealed")

    class Meta:
        ordering = ("sent_at", "id")

    def __str__(self) -> str:
        return f"message {self.pk}"


class Attachment(models.Model):
    """A file that was sent with a conversation; it went through the same cleaning as a prescription."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, primary_key=True, related_name="attachment")
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="attachments")

    def __str__(self) -> str:
        return f"attachment {self.pk}"
