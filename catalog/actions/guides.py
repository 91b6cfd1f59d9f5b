"""A guide's way: begun, submitted, checked, reviewed and published or returned; due again, confirmed, withdrawn.

Every verb locks the version's row first, so that whoever edits and whoever publishes at the same moment go one after
the other; the triggers of the table refuse whatever comes too late.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from catalog.models.guide import Guide, GuideReview, GuideVersion, GuideWriter
from catalog.models.product import Substance
from catalog.queries.guide_draft import draft_of
from catalog.queries.guide_labels import known_set_ids
from catalog.rules import guides as rules
from catalog.rules.guide_shape import LIVE, REVIEW_MONTHS, Fault
from pharmacy.accounts.models import Registration, User
from pharmacy.accounts.queries import has_role
from pharmacy.clock import db_now, today
from pharmacy.journal.actions import record
from pharmacy.refusals import NotAllowed, NotPossible, Refused
from pharmacy.transactions import joins_transaction, own_transaction

WRITERS = ("marketing", "pharmacist", "superintendent")
REVIEWERS = ("pharmacist", "superintendent")


class GuideHasFaults(Refused):
    """The publish gate found reasons; `faults` says each with its place."""

    code: ClassVar[str] = "guide-has-faults"
    title: ClassVar[str] = "The guide can't go on as it is"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} fault(s), first: {faults[0].sentence}", faults=len(faults))
        self.faults = faults


class ReviewsOwnWords(Refused):
    """An author does not review himself."""

    code: ClassVar[str] = "reviews-own-words"
    status: ClassVar[int] = 403
    title: ClassVar[str] = "You wrote in this version, so somebody else must review it"


class NotRegistered(Refused):
    """A clinical reviewer stands in a register today."""

    code: ClassVar[str] = "reviewer-not-registered"
    status: ClassVar[int] = 403
    title: ClassVar[str] = "No registration of yours is valid today"


@own_transaction
def start_guide(
    title: str, *, slug: str, need: str, substances: list[Substance], language: str = "en", by: User
) -> GuideVersion:
    """A new guide with an empty first draft. Raises NotAllowed for people who don't write guides."""
    may_write(by)
    guide = Guide.objects.create(slug=slug, need=need, language=language)
    guide.substances.set(substances)
    version = GuideVersion.objects.create(guide=guide, number=1, title=title, note="First version", author=by)
    GuideWriter.objects.create(version=version, user=by)
    record("guide.started", about=guide, by=by, version=1)
    return version


@own_transaction
def submit(version: GuideVersion, *, by: User) -> GuideVersion:
    """Hand a draft in: its words stand still from now on. Raises NotPossible when it is no draft."""
    may_write(by)
    locked = lock(version, "draft")
    _move(locked, "citation_check", submitted_at=db_now())
    record("guide.submitted", about=locked, by=by, number=locked.number)
    return locked


@own_transaction
def pass_citations(version: GuideVersion, *, by: User) -> GuideVersion:
    """Send a submitted version to clinical review. Raises GuideHasFaults while a source or a citation is at fault."""
    may_write(by)
    locked = lock(version, "citation_check")
    faults = rules.citation_faults(draft_of(locked), on=today(), known_set_ids=known_set_ids(locked))
    if faults:
        raise GuideHasFaults(faults)
    _move(locked, "clinical_review")
    record("guide.citations_passed", about=locked, by=by, number=locked.number)
    return locked


@own_transaction
def return_to_draft(version: GuideVersion, *, note: str, by: User) -> GuideVersion:
    """Give a submitted version back to its author; from clinical review only a reviewer does, and says why."""
    locked = lock(version, "citation_check", "clinical_review")
    if locked.status == "clinical_review":
        may_review(by)
        if not note.strip():
            raise NotPossible("Say what is to be changed.")
        GuideReview.objects.create(version=locked, verdict="returned", by=by, note=note.strip())
    else:
        may_write(by)
    _move(locked, "draft", returned_because=note.strip())
    record("guide.returned", about=locked, by=by, number=locked.number)
    return locked


@own_transaction
def publish(version: GuideVersion, *, next_review: date, by: User) -> GuideVersion:
    """Approve and publish under the reviewer's registration; the version before it is replaced.

    Raises NotAllowed, ReviewsOwnWords, NotRegistered, GuideHasFaults, and NotPossible for a date that is too late.
    """
    Guide.objects.select_for_update(of=("self",)).get(pk=version.guide_id)
    locked = lock(version, "clinical_review")
    signature = _sign(locked, next_review, by)
    now = db_now()
    GuideVersion.objects.filter(guide_id=locked.guide_id, status__in=LIVE).update(status="replaced", ended_at=now)
    _move(locked, "published", published_at=now, due_because="", returned_because="", **signature)
    _verdict(locked, "published", by)
    record("guide.published", about=locked.guide, by=by, number=locked.number)
    return locked


@own_transaction
def confirm(version: GuideVersion, *, next_review: date, by: User) -> GuideVersion:
    """A review that found nothing to change: published again under a new signature. Raises as `publish`."""
    locked = lock(version, "published", "review_due")
    _move(locked, "published", due_because="", **_sign(locked, next_review, by))
    _verdict(locked, "confirmed", by)
    record("guide.confirmed", about=locked.guide, by=by, number=locked.number)
    return locked


@own_transaction
def withdraw(version: GuideVersion, *, note: str, by: User) -> GuideVersion:
    """Take a published guide away from readers; its words are kept. Raises NotPossible without a reason."""
    may_review(by)
    locked = lock(version, *LIVE)
    if not note.strip():
        raise NotPossible("Say why it is withdrawn.")
    _move(locked, "withdrawn", ended_at=db_now())
    _verdict(locked, "withdrawn", by, note=note.strip())
    record("guide.withdrawn", about=locked.guide, by=by, number=locked.number)
    return locked


@own_transaction
def mark_review_due(version: GuideVersion, *, because: str, by: Any) -> bool:
    """A published guide is due again, by its date or because a label it cites changed; False when it already was."""
    moved = GuideVersion.objects.filter(pk=version.pk, status="published").update(
        status="review_due", due_because=because
    )
    if moved:
        record("guide.review_due", about=version.guide, by=by, number=version.number, because=because)
    return bool(moved)


@joins_transaction
def lock(version: GuideVersion, *statuses: str) -> GuideVersion:
    """The version as it is now, locked. Raises NotPossible when it is in none of `statuses`."""
    locked = GuideVersion.objects.select_for_update(of=("self",)).select_related("guide").get(pk=version.pk)
    if locked.status not in statuses:
        raise NotPossible(f"The version is: {locked.get_status_display().lower()}.", status=locked.status)
    return locked


@joins_transaction
def may_write(by: Any) -> None:
    """Raises NotAllowed for people who don't write guides."""
    if not any(has_role(by, role) for role in WRITERS):
        raise NotAllowed("Marketing, pharmacists and the superintendent write guides.")


@joins_transaction
def may_review(by: Any) -> None:
    """Raises NotAllowed for people who don't review guides."""
    if not any(has_role(by, role) for role in REVIEWERS):
        raise NotAllowed("A pharmacist or the superintendent reviews guides.")


def _sign(version: GuideVersion, next_review: date, by: User) -> dict[str, Any]:
    may_review(by)
    if version.author_id == by.pk or version.writers.filter(user=by).exists():
        raise ReviewsOwnWords
    day = today()
    registration = (
        Registration.objects.filter(user=by, valid_from__lte=day, valid_until__gte=day).order_by("pk").first()
    )
    if registration is None:
        raise NotRegistered
    if not day < next_review <= rules.latest_review(day):
        raise NotPossible(f"The next review is after today and at most {REVIEW_MONTHS} months away.")
    faults = rules.gate(draft_of(version), on=day, known_set_ids=known_set_ids(version))
    if faults:
        raise GuideHasFaults(faults)
    return {"reviewer": by, "registration": registration, "reviewed_on": day, "next_review": next_review}


def _move(version: GuideVersion, status: str, **changed: Any) -> None:
    version.status = status
    for name, value in changed.items():
        setattr(version, name, value)
    version.save(update_fields=["status", *changed])


def _verdict(version: GuideVersion, verdict: str, by: User, note: str = "") -> None:
    number = version.registration.number if version.registration and verdict != "withdrawn" else ""
    GuideReview.objects.create(version=version, verdict=verdict, by=by, registration_number=number, note=note)
