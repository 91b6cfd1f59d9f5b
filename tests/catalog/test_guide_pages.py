"""What readers, products, partners and printers get of a guide."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext, override

from catalog.actions import guides
from catalog.demo.guide_files import load_guides, read_guides
from catalog.demo.places import load_places
from catalog.models.guide import Guide, GuideVersion
from catalog.rules.guide_shape import Draft
from catalog.rules.guides import gate
from pharmacy.accounts.demo import people
from pharmacy.accounts.models import User
from pharmacy.clock import today
from tests.shop.catalog import baclofen

DB = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("file", read_guides(), ids=lambda file: file.slug)
def test_the_guides_we_ship_pass_the_gate_with_every_label_unknown_but_their_own(file) -> None:
    draft = Draft(file.title, file.summary, file.substances, file.sections, file.sources, note=file.note)

    labels = {source.set_id for source in file.sources if source.set_id}

    newest = max(source.read_on for source in file.sources if source.read_on)
    assert gate(draft, on=newest, known_set_ids=labels) == []


@pytest.fixture
def library(transactional_db: None) -> None:
    """The demonstration's people and guides, and a shelf with baclofen of two makers."""
    load_places()
    for person in people.PEOPLE:  # only those who sign here: a password takes its time to hash
        if person.mailbox in ("marketing", "pharmacist", "second-pharmacist"):
            people._make(person)
    baclofen(refresh=True, maker="Maker A")
    baclofen(refresh=True, maker="Maker B")
    load_guides()


@DB
def test_the_demos_guides_go_through_the_real_verbs_once(library: None, client: Client) -> None:
    assert list(Guide.objects.values_list("slug", flat=True)) == ["baclofen"]  # only this substance is on the shelf
    load_guides()
    assert GuideVersion.objects.get().reviews.get().verdict == "published"


@DB
def test_a_guide_says_all_that_a_reader_must_know(library: None, client: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/guides/baclofen/")
    html = page.content.decode()

    assert page.status_code == 200
    assert len(asked) <= 6, [one["sql"][:100] for one in asked]
    assert "Demonstration: not reviewed by a real clinician" in html
    assert '<meta name="robots" content="noindex">' in html
    emergency = html.index('id="emergency"')
    assert html.index('href="tel:911"') > emergency
    assert emergency < html.index('id="what_for"')  # before everything else
    assert "Samuel Osei" in html
    assert "DEMO-RPH-20244" in html
    assert "10.1001/jama.2019.17725" in html
    for target in re.findall(r'class="cite" href="#([\w-]+)"', html):
        assert f'id="{target}"' in html
    # Live prices of the shelf, none of them typed in.
    assert "Maker" not in html or "2</td>" in html
    assert "/products/baclofen" in html


@DB
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_guide_in_english_says_so_where_the_page_is_in_another_language(
    library: None, client: Client, language: str
) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    html = client.get("/guides/baclofen/").content.decode()
    with override(language):
        assert (gettext("This text is in English.") in html) is (language != "en")
    assert "Open Pharmacy · Open Pharmacy" not in html


@DB
def test_the_data_block_is_sound_and_runs_no_script(library: None, client: Client) -> None:
    html = client.get("/guides/baclofen/").content.decode()

    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    facts = json.loads(block)
    assert facts["@type"] == "MedicalWebPage"
    assert facts["reviewedBy"]["name"] == "Samuel Osei"
    assert facts["lastReviewed"] == today().isoformat()
    assert "<" not in block


@DB
def test_prices_stand_beside_the_text_only_where_the_law_lets_them(library: None, client: Client) -> None:
    client.cookies["country"] = "NL"
    html = client.get("/guides/baclofen/").content.decode()

    assert "No prices are shown" in html
    assert "$" not in re.sub(r"<script.*?</script>", "", html)
    assert 'href="tel:112"' in html


@DB
def test_lists_products_and_the_front_page_lead_to_guides(library: None, client: Client) -> None:
    slug = Guide.objects.get().substances.get().products.first().slug

    for path in ("/guides/", f"/products/{slug}/", "/"):
        with CaptureQueriesContext(connection) as asked:
            page = client.get(path)
        assert '/guides/baclofen/"' in page.content.decode(), path
        assert len(asked) <= 6, path


@DB
def test_a_withdrawn_guide_is_gone_and_says_so(library: None, client: Client) -> None:
    reviewer = User.objects.get(email="pharmacist@demo.example.com")
    guides.withdraw(GuideVersion.objects.get(), note="A new warning.", by=reviewer)

    page = client.get("/guides/baclofen/")

    assert page.status_code == 410
    assert "withdrawn" in page.content.decode()
    assert "baclofen" not in client.get("/guides/").content.decode()
    assert client.get("/guides/nothing/").status_code == 404


@DB
def test_partners_read_guides_with_citations_reviewer_and_dates(library: None, client: Client, acme: str) -> None:
    def get(path: str) -> Any:
        return client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {acme}"})

    listed = get("/guides?category=muscles&limit=1").json()
    assert [each["slug"] for each in listed["data"]] == ["baclofen"]
    assert listed["next"] is None
    one = get("/guides/baclofen").json()
    assert one["is_demonstration"] is True
    assert one["reviewer"] == {
        "name": "Samuel Osei", "registration": "DEMO-RPH-20244", "register": "Demo Board of Pharmacy, New Jersey",
        "country": "US",
    }  # fmt: skip
    numbers = {each["number"]: each for each in one["citations"]}
    assert numbers[1]["set_id"] == "00c6c924-ddfd-4a75-afd7-f6561ff9abbc"
    leaned_on = {c["citation"] for s in one["sections"] for claim in s["claims"] for c in claim["cites"]}
    assert leaned_on == set(numbers)
    assert get("/guides/nothing").status_code == 404
    assert get("/guides?what=1").status_code == 400
    assert client.get("/api/v1/guides").status_code == 401


@DB
def test_whom_to_call_stands_before_the_contents_and_a_phone_finds_the_way_on(library: None, client: Client) -> None:
    html = client.get("/guides/baclofen/").content.decode()

    assert html.index('id="emergency"') < html.index('class="toc"') < html.index('id="what_for"')
    see_also = html[html.index('id="see"') :]
    assert 'href="/interactions/"' in see_also
    assert 'href="/ask/"' in see_also
