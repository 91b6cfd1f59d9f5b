"""A guide goes from draft to readers by other hands than its author's, and its words stand once handed in."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from catalog.actions import guide_edit, guides
from catalog.models.guide import Guide, GuideClaim, GuideReview, GuideVersion
from catalog.models.product import Substance
from catalog.queries.guide_draft import draft_of
from catalog.rules.guide_shape import Section
from pharmacy.accounts.models import Registration, User
from pharmacy.clock import today
from pharmacy.journal.models import Event
from pharmacy.refusals import NotAllowed, NotPossible, Overtaken
from tests.catalog.guide_texts import a_draft, plain, said
from tests.people import a_pharmacist, staff
from tests.races import successes, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mina(db: None) -> User:
    """Marketing: writes guides, signs none."""
    return staff("mina", "marketing", "*")


def next_year() -> dt.date:
    return today() + dt.timedelta(days=365)


def written(author: User, slug: str = "baclofen") -> GuideVersion:
    """A draft with the text that passes the gate."""
    substance, _ = Substance.objects.get_or_create(key="baclofen", defaults={"slug": "baclofen", "name": "Baclofen"})
    version = guides.start_guide("Baclofen", slug=slug, need="muscles", substances=[substance], by=author)
    guide_edit.describe(version, title="Baclofen", summary="A tablet against spasticity.", note="First", by=author)
    text = a_draft()
    guide_edit.write_all(version, sources=text.sources, sections=text.sections, by=author)
    return version


def in_review(author: User) -> GuideVersion:
    version = written(author)
    guides.submit(version, by=author)
    return guides.pass_citations(version, by=author)


def published(author: User, reviewer: User) -> GuideVersion:
    return guides.publish(in_review(author), next_review=next_year(), by=reviewer)


def test_a_guide_is_published_under_a_reviewers_registration_and_every_step_is_in_the_journal(
    mina: User, petra: User
) -> None:
    version = published(mina, petra)

    assert version.status == "published"
    assert version.registration
    assert version.registration.user_id == petra.pk
    assert version.reviewed_on == today()
    review = GuideReview.objects.get(version=version)
    assert (review.verdict, review.registration_number) == ("published", "DEMO-RPH-PETRA")
    kinds = Event.objects.filter(kind__startswith="guide.").order_by("at", "id").values_list("kind", flat=True)
    assert list(dict.fromkeys(kinds)) == [
        "guide.started", "guide.edited", "guide.submitted", "guide.citations_passed", "guide.published",
    ]  # fmt: skip


def test_a_draft_comes_back_from_the_database_as_it_was_written(mina: User) -> None:
    found = draft_of(written(mina))

    assert {section.key: section for section in found.sections} == {s.key: s for s in a_draft().sections}
    assert set(found.sources) == set(a_draft().sources)


def test_citations_are_checked_before_a_clinician_is_asked(mina: User) -> None:
    version = written(mina)
    guide_edit.write_section(version, Section("more", "More", (said("mechanism", "Available at:"),)), by=mina)
    guides.submit(version, by=mina)

    with pytest.raises(guides.GuideHasFaults) as refused:
        guides.pass_citations(version, by=mina)

    assert [(f.code, f.section, f.claim) for f in refused.value.faults] == [("empty-reference", "more", 1)]


def test_an_unsafe_omission_stops_publishing_whoever_signs(mina: User, petra: User) -> None:
    version = written(mina)
    guide_edit.drop_section(version, "stopping", by=mina)
    guides.submit(version, by=mina)
    guides.pass_citations(version, by=mina)

    with pytest.raises(guides.GuideHasFaults) as refused:
        guides.publish(version, next_review=next_year(), by=petra)

    assert {fault.code for fault in refused.value.faults} == {"section-missing", "withdrawal-not-told"}


def test_an_author_does_not_review_himself_and_neither_does_who_wrote_a_word(
    mina: User, petra: User, paul: User
) -> None:
    version = written(petra)
    guide_edit.write_section(version, Section("more", "More", (plain("Ask us."),)), by=paul)
    guides.submit(version, by=petra)
    guides.pass_citations(version, by=petra)

    for writer in (petra, paul):
        with pytest.raises(guides.ReviewsOwnWords):
            guides.publish(version, next_review=next_year(), by=writer)
        # The database says so too, whoever writes to it.
        registration = Registration.objects.get(user=writer)
        with pytest.raises(IntegrityError, match=r"author_of_a_guide|wrote in it"), transaction.atomic():
            GuideVersion.objects.filter(pk=version.pk).update(
                status="published", reviewer=writer, registration=registration, reviewed_on=today(),
                next_review=next_year(), published_at="2026-11-24T00:00Z",
            )  # fmt: skip


def test_a_reviewer_stands_in_a_register_today(mina: User, olga: User) -> None:
    version = in_review(mina)
    lapsed = a_pharmacist("lapsed", valid_until=today() - dt.timedelta(days=1))

    for reviewer in (lapsed, olga):  # olga is a superintendent without an entry in a register
        with pytest.raises(guides.NotRegistered):
            guides.publish(version, next_review=next_year(), by=reviewer)
    with pytest.raises(NotAllowed):
        guides.publish(version, next_review=next_year(), by=mina)
    with pytest.raises(IntegrityError, match="in no register"), transaction.atomic():
        GuideVersion.objects.filter(pk=version.pk).update(
            status="published", reviewer=lapsed, registration=Registration.objects.get(user=lapsed),
            reviewed_on=today(), next_review=next_year(), published_at="2026-11-24T00:00Z",
        )  # fmt: skip


def test_support_writes_no_guides_and_a_review_is_due_within_two_years(sue: User, mina: User, petra: User) -> None:
    with pytest.raises(NotAllowed):
        guides.start_guide("X", slug="x", need="muscles", substances=[], by=sue)
    version = in_review(mina)
    for day in (today(), today() + dt.timedelta(days=800)):
        with pytest.raises(NotPossible):
            guides.publish(version, next_review=day, by=petra)


def test_words_stand_once_they_are_handed_in(mina: User, petra: User) -> None:
    version = published(mina, petra)

    with pytest.raises(NotPossible):
        guide_edit.write_section(version, Section("more", "More", (plain("Ask."),)), by=mina)
    claim = GuideClaim.objects.filter(section__version=version).first()
    assert claim
    for change in (
        lambda: GuideClaim.objects.filter(pk=claim.pk).update(text="Anything"),
        lambda: GuideClaim.objects.create(section=claim.section, position=99, kind="plain", text="More"),
        lambda: GuideClaim.objects.filter(pk=claim.pk).delete(),
        lambda: version.sources.update(year=1999),
        lambda: GuideVersion.objects.filter(pk=version.pk).update(summary="Other"),
        lambda: GuideVersion.objects.filter(pk=version.pk).update(status="draft"),
        lambda: version.reviews.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_signature_stands_whatever_becomes_of_the_version(mina: User, petra: User, paul: User) -> None:
    version = published(mina, petra)
    entry = Registration.objects.get(user=paul)
    row = GuideVersion.objects.filter(pk=version.pk)
    guides.mark_review_due(version, because="date", by="job:guides")

    def forged() -> None:
        for change in (
            {"reviewer": paul, "registration": entry}, {"reviewed_on": today() - dt.timedelta(days=1)},
            {"next_review": today() + dt.timedelta(days=2)}, {"published_at": "2026-01-01T00:00Z"},
        ):  # fmt: skip
            with pytest.raises(IntegrityError, match="its signature stands"), transaction.atomic():
                row.update(**change)

    forged()
    guides.withdraw(version, note="The label changed.", by=petra)
    forged()
    with pytest.raises(IntegrityError, match="its signature stands"), transaction.atomic():
        GuideVersion.objects.create(guide=version.guide, number=9, title="X", author=mina, reviewer=petra)


def test_what_a_guide_is_about_and_its_address_stand_once_it_was_handed_in(mina: User, petra: User) -> None:
    version = written(mina)
    other = Substance.objects.create(key="tizanidine", slug="tizanidine", name="Tizanidine")
    guide = version.guide
    guide.substances.add(other)
    guide.substances.remove(other)  # a first draft may still be put right
    guides.submit(version, by=mina)

    for change in (
        lambda: guide.substances.add(other), lambda: guide.substances.clear(),
        lambda: Guide.objects.filter(pk=guide.pk).update(slug="other"),
        lambda: Guide.objects.filter(pk=guide.pk).update(language="de"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match="stand"), transaction.atomic():
            change()


def test_a_new_version_replaces_the_old_one_only_when_it_is_published(mina: User, petra: User) -> None:
    first = published(mina, petra)
    second = guide_edit.start_version(first.guide, note="A word more", by=mina)
    with pytest.raises(NotPossible):
        guide_edit.start_version(first.guide, by=mina)
    guide_edit.write_section(second, Section("more", "More to know", (plain("Ask us anything."),)), by=mina)
    first.refresh_from_db()
    assert first.status == "published"

    guides.submit(second, by=mina)
    guides.pass_citations(second, by=mina)
    guides.publish(second, next_review=next_year(), by=petra)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status, second.number) == ("replaced", "published", 2)


def test_a_returned_version_is_a_draft_again_with_the_reviewers_words(mina: User, petra: User) -> None:
    version = in_review(mina)

    with pytest.raises(NotPossible):
        guides.return_to_draft(version, note=" ", by=petra)
    guides.return_to_draft(version, note="Say more of the kidneys.", by=petra)

    version.refresh_from_db()
    assert (version.status, version.returned_because) == ("draft", "Say more of the kidneys.")


def test_due_again_confirmed_and_withdrawn(mina: User, petra: User, paul: User) -> None:
    version = published(mina, petra)
    assert guides.mark_review_due(version, because="date", by="job:guides")
    assert not guides.mark_review_due(version, because="date", by="job:guides")

    guides.confirm(version, next_review=next_year(), by=paul)
    version.refresh_from_db()
    assert (version.status, version.reviewer) == ("published", paul)
    guides.withdraw(version, note="The label changed.", by=petra)
    version.refresh_from_db()
    assert version.status == "withdrawn"


def test_who_saves_an_older_page_is_told(mina: User, petra: User) -> None:
    version = written(mina)
    version.refresh_from_db()
    seen = version.revision
    guide_edit.drop_section(version, "storage", seen=seen, by=mina)

    with pytest.raises(Overtaken):
        guide_edit.describe(version, title="Baclofen", summary="Mine", note="", seen=seen, by=petra)


def test_publishing_and_writing_at_once_never_publish_what_nobody_signed(mina: User, petra: User) -> None:
    """Race: raw writes into the words while the version is published; the trigger's row lock puts them in order."""
    version = in_review(mina)
    section = version.sections.get(key="what_for")

    def act(number: int) -> str:
        if number == 0:
            return str(guides.publish(version, next_review=next_year(), by=petra).status)
        GuideClaim.objects.create(section=section, position=50 + number, kind="plain", text="Slipped in")
        return "written"

    results = together(4, act)

    assert successes(results) == ["published"]
    assert not GuideClaim.objects.filter(text="Slipped in").exists()


def test_two_reviewers_at_once_sign_once(mina: User, petra: User, paul: User) -> None:
    version = in_review(mina)

    results = together(2, lambda n: guides.publish(version, next_review=next_year(), by=(petra, paul)[n]))

    assert len(successes(results)) == 1
    assert GuideReview.objects.filter(version=version, verdict="published").count() == 1
