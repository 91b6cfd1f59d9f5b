"""Letters of the gate. A subject names no medicine and no condition; clinical words are read after signing in."""

from django.conf import settings

from pharmacy.accounts.models import Role, User
from pharmacy.journal.models import Event
from pharmacy.journal.subscribers import on
from pharmacy.messaging.actions import send
from prescriptions.models.document import Document
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.upload_words import sentence


@on("clinical_check.question_asked", "clinical_check.message_sent", queue="mail")
def tell_customer_of_message(event: Event) -> None:
    """A pharmacist wrote: tell the customer where to read it."""
    reference = event.facts["order"]
    asked = SupplyRequest.objects.filter(order_reference=reference, customer__isnull=False).select_related("customer")
    request = asked.first()
    if request is None or request.customer is None:
        return
    is_question = event.kind == "clinical_check.question_asked"
    _send("question" if is_question else "message", request.customer, event, reference=reference)


@on("clinical_check.reminded", "clinical_check.breached", "clinical_check.unanswered", queue="mail")
def tell_customer_of_wait(event: Event) -> None:
    """Remind of an open question; say that we are late; say that the order ended because nobody answered."""
    reference = event.facts["order"]
    asked = SupplyRequest.objects.filter(order_reference=reference, customer__isnull=False).select_related("customer")
    request = asked.first()
    if request is None or request.customer is None:
        return
    name = {"reminded": "reminder", "breached": "late", "unanswered": "unanswered"}[event.kind.partition(".")[2]]
    _send(name, request.customer, event, reference=reference)


@on("clinical_check.escalated", "clinical_check.breached", queue="mail")
def call_the_superintendent(event: Event) -> None:
    """A case is near the end of its promise, past it, or a pharmacist asks for help."""
    case = Case.objects.select_related("site").filter(pk=event.about_id).first()
    if case is None:
        return
    roles = Role.objects.filter(role="superintendent", site_code__in=[case.site.code, "*"], ended_at=None)
    for user in User.objects.filter(is_active=True, pk__in=roles.values("user")):
        context = {"number": case.number, "link": f"{settings.PUBLIC_URL}/admin/review/{case.number}/"}
        send(
            "prescriptions/mail/escalated", to=user.email, key=f"event-{event.pk}", language=user.language,
            context={**context, "site_name": settings.SITE_NAME},
        )  # fmt: skip


@on("document.refused", queue="mail")
def tell_owner_of_refusal(event: Event) -> None:
    """A file could not be taken: say plainly why and what to do. The page they are on says it too."""
    document = Document.objects.select_related("owner").filter(pk=event.about_id).first()
    if document is None or not document.order_reference:
        return
    why = sentence(event.facts["code"])
    _send("document_refused", document.owner, event, reference=document.order_reference, why=why)


def _send(name: str, user: User, event: Event, *, reference: str, why: str = "") -> None:
    context = {
        "name": user.name,
        "reference": reference,
        "link": f"{settings.PUBLIC_URL}/orders/{reference}/",
        "site_name": settings.SITE_NAME,
        "why": why,
    }
    template = f"prescriptions/mail/{name}"
    send(template, to=user.email, key=f"event-{event.pk}", language=user.language, context=context)
