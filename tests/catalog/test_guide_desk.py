"""Editing and reviewing a guide in the workbench: by people with the role, with each fault beside its place."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.actions import guides
from catalog.models.guide import GuideVersion
from catalog.models.label import Label
from catalog.tasks.guides import guides_due
from pharmacy.accounts.models import User
from pharmacy.clock import db_now, today
from tests.catalog.guide_texts import LABEL
from tests.catalog.test_guides import next_year, published, written
from tests.house import broken_rules, later
from tests.people import staff
from tests.web.test_statement_budgets import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mina(db: None) -> User:
    return staff("mina", "marketing", "*")


def claim_rows(*rows: dict[str, str]) -> dict[str, str]:
    """What the browser sends for the sentences of a section."""
    typed = {"claim-TOTAL_FORMS": str(len(rows)), "claim-INITIAL_FORMS": "0"}
    for at, row in enumerate(rows):
        full = {"kind": "plain", "layout": "new", "text": "", "cites": "", "figures": "", "ORDER": str(at + 1), **row}
        typed |= {f"claim-{at}-{name}": value for name, value in full.items()}
    return typed


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_guide_goes_from_an_empty_draft_to_readers_by_two_browsers(mina: User, petra: User) -> None:
    version = written(mina)
    writer, reviewer = signed_in(mina, second_factor=True), signed_in(petra, second_factor=True)
    desk = f"/admin/guides/{version.pk}/"
    with CaptureQueriesContext(connection) as asked:
        assert writer.get(desk).status_code == 200
    assert len(asked) <= 20

    empty = claim_rows({"kind": "indication", "text": "It eases cramps. Available at:"}, {})
    saved = writer.post(f"{desk}section/more/", {"heading": "More", **empty})
    assert saved.status_code == 302
    shown = text_of(writer.get(desk))
    assert "empty-reference" in shown
    assert "claim-without-source" in shown
    assert shown.index('id="more"') < shown.index("empty-reference")

    writer.post(f"{desk}do/submit/")
    refused = writer.post(f"{desk}do/pass/")
    assert refused.status_code == 422
    writer.post(f"{desk}do/return/")
    writer.post(f"{desk}section/more/drop/")
    for verb in ("submit", "pass"):
        assert writer.post(f"{desk}do/{verb}/").status_code == 302
    assert writer.post(f"{desk}do/publish/", {"next_review": next_year().isoformat()}).status_code == 422
    assert reviewer.post(f"{desk}do/publish/", {"next_review": next_year().isoformat()}).status_code == 302

    version.refresh_from_db()
    assert version.status == "published"
    assert Client().get("/guides/baclofen/").status_code == 200


def test_sentences_keep_their_order_sources_and_figures(mina: User) -> None:
    version = written(mina)
    browser = signed_in(mina, second_factor=True)
    rows = claim_rows(
        {"text": "Ask us second.", "ORDER": "2"},
        {"kind": "dose", "text": "At most 80 mg.", "cites": "label: Dosage", "figures": "max_daily_dose = 80 mg",
         "ORDER": "1"},
        {"text": "Left out.", "ORDER": "3", "DELETE": "on"},
    )  # fmt: skip

    answer = browser.post(f"/admin/guides/{version.pk}/section/how_to_take/", {"heading": "Taking it", **rows})

    assert answer.status_code == 302
    claims = list(version.sections.get(key="how_to_take").claims.all())
    assert [claim.text for claim in claims] == ["At most 80 mg.", "Ask us second."]
    assert claims[0].figures == [{"key": "max_daily_dose", "value": "80", "unit": "mg"}]
    assert claims[0].cites.get().place == "Dosage"


def test_bad_input_is_answered_in_words(mina: User) -> None:
    version = written(mina)
    browser = signed_in(mina, second_factor=True)
    path = f"/admin/guides/{version.pk}/"

    odd = browser.post(f"{path}section/more/", {"heading": "More", **claim_rows({"text": "x", "figures": "eighty"})})
    ghost = browser.post(f"{path}section/more/", {"heading": "More", **claim_rows({"text": "x", "cites": "ghost: 1"})})
    stale = browser.post(f"{path}about/", {"title": "B", "summary": "s", "note": "", "seen": "1"})
    unknown = browser.post("/admin/guides/", {"title": "X", "slug": "x", "need": "muscles", "substances": "Nosuchine"})
    taken = browser.post(
        "/admin/guides/", {"title": "X", "slug": "baclofen", "need": "muscles", "substances": "baclofen"}
    )

    assert [each.status_code for each in (odd, ghost, stale, unknown, taken)] == [422] * 5
    assert "key = value unit" in text_of(odd)
    assert "There is no source called ghost" in text_of(ghost)
    assert "Somebody else edited" in text_of(stale)
    assert "nosuchine" in text_of(unknown)
    for path_ in ("section/nothing/", "source/nothing/", "do/nothing/", "diff/"):
        answer = browser.post(f"{path}{path_}") if "do/" in path_ else browser.get(f"{path}{path_}")
        assert answer.status_code == 404


def test_a_source_is_added_corrected_and_dropped(mina: User) -> None:
    version = written(mina)
    browser = signed_in(mina, second_factor=True)
    path = f"/admin/guides/{version.pk}/source/"
    facts = {"key": "study2", "kind": "study", "title": "A trial", "publisher": "BMJ", "year": "2020",
             "doi": "10.1136/bmj.1", "read_on": "2026-11-20"}  # fmt: skip

    assert browser.post(path, facts).status_code == 302
    assert browser.post(f"{path}study2/", {**facts, "title": "A better title"}).status_code == 302
    assert version.sources.get(key="study2").title == "A better title"
    browser.post(f"{path}study2/", {"drop": "1"})
    assert not version.sources.filter(key="study2").exists()


def test_preview_and_diff_show_the_draft_to_staff_only(mina: User, petra: User, sue: User) -> None:
    first = published(mina, petra)
    browser = signed_in(mina, second_factor=True)
    answer = browser.post(f"/admin/guides/{first.pk}/do/version/", {"note": "Storage said better"})
    second = GuideVersion.objects.get(number=2)
    assert answer.headers["Location"].endswith(f"/{second.pk}/")
    browser.post(f"/admin/guides/{second.pk}/section/more/",
                 {"heading": "More to know", **claim_rows({"text": "Ask us anything at all."})})  # fmt: skip

    assert "Ask us anything at all." in text_of(browser.get(f"/admin/guides/{second.pk}/preview/"))
    assert "<ins" in text_of(browser.get(f"/admin/guides/{second.pk}/diff/"))
    assert "Ask us anything" not in text_of(Client().get("/guides/baclofen/"))
    support = signed_in(sue, second_factor=True)
    for path in ("", f"{second.pk}/", f"{second.pk}/preview/"):
        assert support.get(f"/admin/guides/{path}").status_code == 403


def test_a_guide_is_due_by_its_day_and_at_once_when_a_label_it_cites_changes(mina: User, petra: User) -> None:
    version = published(mina, petra)
    assert guides_due() == 0

    now = db_now()
    Label.objects.create(set_id=LABEL.set_id, title="Baclofen", kind="prescription", source="openfda", digest="a",
                         superseded_at=now + dt.timedelta(seconds=1))  # fmt: skip
    Label.objects.create(set_id=LABEL.set_id, title="Baclofen", kind="prescription", source="openfda", digest="b")
    assert guides_due() == 1
    version.refresh_from_db()
    assert (version.status, version.due_because) == ("review_due", "label")

    Label.objects.filter(digest="a").update(superseded_at=now - dt.timedelta(days=1))
    guides.confirm(version, next_review=today() + dt.timedelta(days=1), by=petra)
    assert guides_due() == 0
    with later(days=2):
        assert guides_due() == 1
    version.refresh_from_db()
    assert version.due_because == "date"
    assert not {"guides_have_two_people", "guides_are_signed_by_the_registered", "published_claims_have_sources"} & set(
        broken_rules()
    )
