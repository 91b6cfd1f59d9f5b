"""A conversation with a pharmacist: asked, claimed, answered, closed. The clock runs while the customer waits."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, Value, When

from catalog.models.product import Product
from catalog.models.site import Site
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import has_consent
from pharmacy.clock import AppNow, db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotFound, NotPossible, Overtaken, Refused
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions.patient import ConsentNeeded
from prescriptions.models.consultation import Consultation
from prescriptions.models.document import Document
from prescriptions.models.patient import Patient
from prescriptions.models.question import Attachment, Thread, ThreadMessage
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.acting import may_act_for
from prescriptions.queries.authority import OwnMatter, pharmacist_of, today_at, works_at
from prescriptions.rules.clock import LEASE, due

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that look alike
LONGEST = 4000
MOST_OPEN = 10
# Where a conversation rests when nobody has it: answered, unless the customer wrote since.
_RESTING = Case(When(answered_at__gte=F("waits_since"), then=Value("answered")), default=Value("waiting"))
MOST_FILES = 10


class QuestionTaken(Refused):
    """Another pharmacist has the conversation."""

    code = "claimed-by-another"
    title = "Another pharmacist has this question"


class NoQuestion(Refused):
    """Nothing waits for an answer."""

    code = "nothing-to-claim"
    title = "No question is waiting"


class TooManyQuestions(Refused):
    """More open conversations than anybody can follow."""

    code = "too-many-questions"
    title = "You have ten open questions. Please wait for an answer, or close one."


@dataclass(frozen=True, slots=True)
class About:
    """What a question is about: topic ("general", "product", "order", "consultation"), and who answers it."""

    site: Site
    topic: str = "general"
    product: Product | None = None
    order_reference: str = ""
    patient: Patient | None = None


@own_transaction
def ask(*, customer: User, text: str, about: About, documents: Iterable[UUID] = (), by: Any) -> Thread:
    """Open a conversation with its clock.

    Raises ConsentNeeded, NotPossible (no words), NotFound (somebody else's order, patient or file), TooManyQuestions.
    """
    if about.order_reference and not _is_theirs(about.order_reference, customer):
        raise NotFound
    if about.patient is not None and not may_act_for(about.patient, customer, on=today_at(about.site)):
        raise NotFound
    thread = begin(customer=customer, about=about, by=by)
    _say(thread, text, author=customer, is_from_staff=False)
    _attach(thread, documents)
    return thread


@joins_transaction
def begin(*, customer: User, about: About, by: Any) -> Thread:
    """Make the row of a conversation, inside another verb. Raises ConsentNeeded, TooManyQuestions."""
    if not has_consent(customer):
        raise ConsentNeeded
    # One at a time for each customer, so that the count below holds whatever comes in beside it.
    User.objects.select_for_update().get(pk=customer.pk)
    if Thread.objects.filter(customer=customer).exclude(state="closed").count() >= MOST_OPEN:
        raise TooManyQuestions
    now = db_now()
    thread = Thread.objects.create(
        reference=_reference(),
        customer=customer,
        patient=about.patient,
        site=about.site,
        topic=about.topic,
        product=about.product,
        order_reference=about.order_reference,
        opened_at=now,
        waits_since=now,
        due_at=due(now, about.site.opening_hours, about.site.time_zone, hold_ends_at=None),
        is_test=about.site.is_sandbox,
    )
    record("question.opened", about=thread, by=by, question=thread.reference, topic=about.topic)
    return thread


def _is_theirs(order_reference: str, customer: User) -> bool:
    mine = Q(customer=customer) | Q(patient__owner=customer)
    return SupplyRequest.objects.filter(mine, order_reference=order_reference).exists()


def _reference() -> str:
    while True:
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(6))
        reference = f"Q-{drawn[:3]}-{drawn[3:]}"
        if not Thread.objects.filter(reference=reference).exists():
            return reference


def _say(thread: Thread, text: str, *, author: User, is_from_staff: bool) -> ThreadMessage:
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise NotPossible("A message has between 1 and 4,000 characters.")
    message = ThreadMessage(thread=thread, author=author, is_from_staff=is_from_staff, sent_at=db_now())
    message.text = words
    message.save(force_insert=True)
    return message


def _attach(thread: Thread, documents: Iterable[UUID]) -> None:
    """Files of the customer's that nothing else has; they count as the conversation's from here on."""
    wanted = set(documents)
    if not wanted:
        return
    if thread.attachments.count() + len(wanted) > MOST_FILES:
        raise NotPossible("Ten files are enough for one conversation.")
    loose = Document.objects.filter(pk__in=wanted, owner=thread.customer_id, order_reference="", removed_at=None)
    if loose.exclude(state="refused").update(order_reference=thread.reference) != len(wanted):
        raise NotFound
    Attachment.objects.bulk_create(Attachment(thread=thread, document_id=one) for one in wanted)


@own_transaction
def write_more(thread: Thread, *, text: str, documents: Iterable[UUID] = (), by: User) -> ThreadMessage:
    """The customer writes again; an answered one's clock starts anew. Raises NotFound (a stranger), NotPossible."""
    locked = _of_customer(thread, by)
    if locked.state == "closed":
        raise NotPossible("This conversation is closed. Please ask a new question.")
    message = _say(locked, text, author=by, is_from_staff=False)
    _attach(locked, documents)
    if locked.state == "answered":
        now = message.sent_at
        until = due(now, locked.site.opening_hours, locked.site.time_zone, hold_ends_at=None)
        Thread.objects.filter(pk=locked.pk).update(state="waiting", waits_since=now, due_at=until)
    record("question.written", about=locked, by=by, question=locked.reference, message=message.pk)
    return message


@own_transaction
def withdraw_question(thread: Thread, *, by: User) -> None:
    """The customer needs no answer any more. Raises NotFound (a stranger), NotPossible (closed, or being answered)."""
    locked = _of_customer(thread, by)
    if locked.state not in ("waiting", "answered"):
        raise NotPossible("A pharmacist is just answering, or it is closed already.")
    Consultation.objects.filter(thread=locked, outcome="").update(outcome="withdrawn", decided_at=AppNow())
    end(locked, ending="withdrawn", summary="", by=by)


def _of_customer(thread: Thread, by: User) -> Thread:
    rows = Thread.objects.select_for_update(of=("self",)).select_related("site")
    locked = rows.filter(pk=thread.pk, customer=by).first()
    if locked is None:
        raise NotFound
    return locked


@own_transaction
def claim_question(thread: Thread, *, by: Any) -> Thread:
    """Take this conversation for 15 minutes. Raises QuestionTaken, NotPossible (closed), NotAllowed, OwnMatter."""
    return hold(thread, by=by)


@own_transaction
def claim_next_question(site: Site, *, by: Any) -> Thread:
    """Take the most urgent free one of a site. SKIP LOCKED: who presses at once gets another. Raises NoQuestion."""
    user = pharmacist_of(site, by=by)
    free = Thread.objects.claimable().filter(site=site, is_test=site.is_sandbox).exclude(customer=user)
    found = free.order_by("due_at", "pk").select_for_update(skip_locked=True).first()
    if found is None:
        raise NoQuestion
    return hold(found, by=by)


@joins_transaction
def hold(thread: Thread, *, by: Any) -> Thread:
    """Make sure that this pharmacist has the conversation, inside another verb; it is locked from here on."""
    locked = Thread.objects.select_for_update(of=("self",)).select_related("site", "customer").get(pk=thread.pk)
    user = pharmacist_of(locked.site, by=by)
    if locked.customer_id == user.pk:
        raise OwnMatter
    if locked.state == "closed":
        raise NotPossible("This conversation is closed.")
    now = db_now()
    lives = locked.state == "claimed" and locked.claimed_until is not None and locked.claimed_until > now
    if lives and locked.claimed_by_id != user.pk:
        raise QuestionTaken
    Thread.objects.filter(pk=locked.pk).update(state="claimed", claimed_by=user, claimed_until=AppNow() + LEASE)
    if not lives:
        record("question.claimed", about=locked, by=by, question=locked.reference)
    locked.refresh_from_db()
    return locked


@own_transaction
def release_question(thread: Thread, *, by: Any) -> None:
    """Give a conversation back. Raises QuestionTaken when it is not this pharmacist's."""
    mine = Thread.objects.filter(pk=thread.pk, state="claimed", claimed_by=by)
    freed = mine.update(state=_RESTING, claimed_by=None, claimed_until=None)
    if not freed:
        raise QuestionTaken("You do not have this question.")
    record("question.released", about=thread, by=by, question=thread.reference)


@own_transaction
def answer_question(thread: Thread, *, text: str, seen: int, by: Any) -> ThreadMessage:
    """Answer. `seen`: how many messages were on the screen; another number now is Overtaken, so nobody answers twice.

    Raises QuestionTaken, Overtaken, NotPossible, NotAllowed, OwnMatter.
    """
    locked = hold(thread, by=by)
    refuse_unseen(locked, seen)
    message = _say(locked, text, author=by, is_from_staff=True)
    Thread.objects.filter(pk=locked.pk, state="claimed").update(
        state="answered", claimed_by=None, claimed_until=None, answered_at=message.sent_at
    )
    record("question.answered", about=locked, by=by, question=locked.reference, message=message.pk)
    return message


@joins_transaction
def refuse_unseen(thread: Thread, seen: int) -> None:
    """Raises Overtaken when something was written since the pharmacist's screen was made."""
    if thread.messages.count() != seen:
        raise Overtaken("Something was written since you opened it. Please look again.")


@own_transaction
def close_question(thread: Thread, *, ending: str, summary: str, seen: int, by: Any) -> None:
    """Close with a summary that the customer keeps: "advice", or "signpost" to other help.

    Raises QuestionTaken, Overtaken, NotPossible (no words; a consultation that waits for its decision), NotAllowed.
    """
    locked = hold(thread, by=by)
    refuse_unseen(locked, seen)
    if ending not in ("advice", "signpost") or not summary.strip() or len(summary) > LONGEST:
        raise NotPossible("Say how it ended, and a summary for the customer in up to 4,000 characters.")
    if getattr(locked, "consultation", None) is not None:
        raise NotPossible("A consultation ends with its decision.")
    end(locked, ending=ending, summary=summary.strip(), by=by)


@joins_transaction
def end(thread: Thread, *, ending: str, summary: str, by: Any) -> None:
    """Close a locked conversation, inside another verb."""
    thread.summary = summary
    closed = Thread.objects.filter(pk=thread.pk).exclude(state="closed")
    changed = closed.update(
        state="closed", ending=ending, closed_at=AppNow(), closed_by=by if isinstance(by, User) else None,
        claimed_by=None, claimed_until=None, summary_sealed=thread.summary_sealed,
    )  # fmt: skip
    if not changed:
        raise NotPossible("This conversation is closed already.")
    record("question.closed", about=thread, by=by, question=thread.reference, ending=ending)


@own_transaction
def note_read(thread: Thread, *, by: User) -> int:
    """Read receipts: what the other side wrote is read now; how many messages. Once read stays read.

    A pharmacist's reading is also a look, which the customer sees under "Who looked". Raises NotFound for anybody else.
    """
    is_customer = thread.customer_id == by.pk
    if not is_customer and not works_at(thread.site, "pharmacist", "superintendent", by=by):
        raise NotFound
    if not is_customer:
        record("question.looked_at", about=thread, by=by, question=thread.reference)
    unread = ThreadMessage.objects.filter(thread=thread, read_at=None, is_from_staff=is_customer)
    return unread.update(read_at=AppNow())


@joins_transaction
def free_lapsed_questions() -> int:
    """Give conversations whose lease ended back to the queue; how many. Claiming does not wait for this."""
    return Thread.objects.filter(state="claimed", claimed_until__lte=AppNow()).update(
        state=_RESTING, claimed_by=None, claimed_until=None
    )
