"""Comparing medicines, the leaflet, and addresses that were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from catalog.imports.labels import LabelImport
from catalog.models.address import FormerAddress
from catalog.models.product import Product
from tests.catalog.test_label_texts import RAW
from tests.shop.catalog import baclofen, ibuprofen
from tests.web.test_statement_budgets import PUBLIC, over

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def labelled(tmp_path: Path) -> Any:
    """Baclofen with a label that warns, in the shop."""
    pack = baclofen(refresh=True)
    warns = {**RAW, "boxed_warning": ["Do not stop it <b>suddenly</b>."], "contraindications": ["Hypersensitivity."]}
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps(warns), encoding="utf-8")
    LabelImport("openfda-labels", [file]).run()
    return pack


def test_pages_with_a_label_answer_the_questions_of_a_product_page(client: Client, labelled: Any) -> None:
    slug = labelled.product.slug
    page = client.get(f"/products/{slug}/").content.decode()
    for heading in ("How to take", "Who must not", "Warnings", "Side effects", "Interactions", "Storage"):
        assert f">{heading}</h3>" in page, heading
    assert "by another maker" in page
    assert "FDA MedWatch" in page
    assert "&lt;b&gt;suddenly" in page
    assert len(page.encode()) < 60_000
    assert not over(PUBLIC, client, f"/products/{slug}/", f"/products/{slug}/leaflet/", "/side-effects/", "/compare/",
                    f"/compare/?p={slug}&p={ibuprofen().product.slug}")  # fmt: skip


def test_a_leaflet_can_be_searched_and_says_when_a_word_is_not_in_it(client: Client, labelled: Any) -> None:
    address = f"/products/{labelled.product.slug}/leaflet/"
    found = client.get(address, {"q": "Suddenly"}).content.decode()
    assert "<mark>suddenly</mark>" in found
    assert "&lt;b&gt;" in found
    assert "Start low" not in found
    nothing = client.get(address, {"q": "<script>"}).content.decode()
    assert "does not stand in this leaflet" in nothing
    assert "<script>\x00" not in nothing
    assert client.get(address, {"version": "x"}).status_code == 404
    assert client.get(f"/products/{ibuprofen().product.slug}/leaflet/").status_code == 404


def test_up_to_four_are_compared_and_one_can_be_taken_away(client: Client, labelled: Any) -> None:
    slugs = [labelled.product.slug, *(ibuprofen().product.slug for _ in range(4))]
    page = client.get("/compare/", {"p": slugs}).content.decode()
    assert page.count("Take away") == 4
    assert "Four at most" in page
    assert "Do not stop it" in page
    two = client.get("/compare/", {"p": [*slugs[:2], "no-such-thing", slugs[0]]}).content.decode()
    assert two.count("Take away") == 2
    assert "Not found" in two
    assert f"?p={slugs[1]}" in two


def test_a_renamed_product_is_found_at_its_old_address(client: Client, labelled: Any) -> None:
    product, old = labelled.product, labelled.product.slug
    for now in ("first-name", "second-name"):
        Product.objects.filter(pk=product.pk).update(slug=now)
    assert set(FormerAddress.objects.values_list("slug", flat=True)) == {old, "first-name"}
    moved = client.get(f"/products/{old}/?pack={labelled.public_id}")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"/products/second-name/?pack={labelled.public_id}")
    assert client.get(f"/products/{old}/leaflet/").headers["Location"] == "/products/second-name/leaflet/"
    assert "Take away" in client.get("/compare/", {"p": old}).content.decode()
    assert client.get("/products/never-was/").status_code == 404
