"""Shelves by class: what stands on them in a country, the way to them and from them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from catalog.actions.search import recount, refresh_due
from catalog.rules.class_names import CLASSES
from catalog.rules.classes import GROUPS, is_class
from catalog.storefront.classes import class_title
from tests.shop.catalog import baclofen, ibuprofen

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelves(db: Any) -> None:
    """Baclofen of two makers and ibuprofen, counted."""
    baclofen(maker="Maker A")
    baclofen(maker="Maker B")
    ibuprofen()
    refresh_due()
    recount()


def test_classes_are_listed_with_their_substances_and_counts(shelves: None, client: Client) -> None:
    html = client.get("/classes/").content.decode()

    card = re.search(r'href="/classes/M03/">(.*?)</a>', html, re.DOTALL)
    assert card
    assert "Muscle relaxants" in card[1]
    assert "M03" in card[1]
    assert "aclofen" in card[1]
    assert "2 products" in card[1]
    assert "Muscles, joints and bones" in html
    assert "/classes/J01/" not in html  # nothing of it is here


def test_a_class_shows_what_is_in_it_and_nothing_else(shelves: None, client: Client) -> None:
    html = client.get("/classes/M03/").content.decode()

    assert "/products/baclofen" in html
    assert "/products/ibuprofen" not in html
    assert "/products/baclofen" in client.get("/classes/M03BX01/").content.decode()
    assert 'rel="canonical"' in html
    assert 'content="noindex"' in client.get("/classes/M03/?sort=name").content.decode()


def test_a_class_is_named_in_plain_words_with_the_way_to_it(shelves: None, client: Client) -> None:
    html = client.get("/classes/M03BX01/").content.decode()

    assert "<h1>Muscle relaxants (M03BX01)</h1>" in html
    crumbs = re.findall(r'href="(/classes/[^"]*)">([^<]*)<', html.partition("<main")[0].partition('class="crumbs')[2])
    assert crumbs == [
        ("/classes/", "Medicines by class"), ("/classes/M/", "Muscles, joints and bones (M)"),
        ("/classes/M03/", "Muscle relaxants (M03)"),
    ]  # fmt: skip
    assert "Muskelentspannende Mittel (M03)" in client.get("/classes/M03/?lang=de").content.decode()


def test_every_group_of_the_second_level_has_words_of_its_own() -> None:
    assert len(CLASSES) == len(set(CLASSES.values())) == 94
    assert all(is_class(code) and len(code) == 3 for code in CLASSES)
    assert {code[0] for code in CLASSES} == set(GROUPS)
    assert not set(CLASSES.values()) & set(GROUPS.values())


def test_a_class_that_nobody_named_goes_by_its_main_group_and_an_unknown_one_by_its_code() -> None:
    assert class_title("M07") == "Muscles, joints and bones (M07)"
    assert class_title("QM01") == "QM01"
    assert class_title("M") == "Muscles, joints and bones (M)"


@pytest.mark.parametrize("code", ["m03", "Q", "M0", "M03%00", "M03BX011", "nothing"])
def test_what_is_no_class_is_not_found(shelves: None, client: Client, code: str) -> None:
    assert client.get(f"/classes/{code}/").status_code == 404


def test_products_the_front_page_and_the_sitemap_lead_to_classes(shelves: None, client: Client) -> None:
    assert 'href="/classes/"' in client.get("/").content.decode()
    slug = re.search(r"/products/(baclofen[\w-]*)/", client.get("/classes/M03/").content.decode())
    assert slug
    assert 'href="/classes/M03/">Muscle relaxants (M03' in client.get(f"/products/{slug[1]}/").content.decode()
    sitemap = b"".join(client.get("/sitemap-catalogue-1.xml")).decode()
    assert "/classes/M03/</loc>" in sitemap
    assert "/shelf/atc" not in sitemap


def test_an_empty_country_says_so(client: Client) -> None:
    assert "nothing on this shelf" in client.get("/classes/").content.decode()
