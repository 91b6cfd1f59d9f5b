"""Labels in the catalogue: imported twice, newer, older, broken off; which product gets which."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from catalog.actions.labels import attach_labels, keep_labels
from catalog.imports import labels
from catalog.imports.fda_rows import Refusal
from catalog.imports.json_records import records
from catalog.imports.labels import LabelImport
from catalog.imports.openfda_labels import stage_label
from catalog.models.imports import ImportRefusal, ImportRun
from catalog.models.label import Label, LabelUse
from catalog.models.product import Product
from catalog.queries.search import Ask, search
from tests.catalog.test_label_texts import RAW
from tests.shop.catalog import a_pack, baclofen

pytestmark = pytest.mark.django_db(transaction=True)


def write(path: Path, *rows: Any) -> Path:
    """A file of JSON lines; a text is written as it is."""
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8"
    )
    return path


def test_a_second_import_changes_nothing_and_a_newer_version_keeps_the_old_one(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", RAW, "{broken", {"set_id": "no"})
    first = LabelImport("openfda-labels", [file]).run()
    assert {kind: first.of("labels", kind) for kind in ("read", "new", "refused")} == {
        "read": 3,
        "new": 1,
        "refused": 2,
    }
    assert [each.reason for each in first.refused] == ["not a JSON record", "not a set id: 'no'"]
    again = LabelImport("openfda-labels", [file]).run()
    assert (again.of("labels", "unchanged"), again.of("labels", "new"), Label.objects.count()) == (1, 0, 1)

    newer = {**RAW, "version": "4", "effective_time": "20250101", "contraindications": ["Hypersensitivity."]}
    report = LabelImport("openfda-labels", [write(tmp_path / "b.jsonl", newer, RAW)]).run()
    assert (report.of("labels", "changed"), report.refused[0].reason) == (1, "older than the version that is held")
    held = {label.version: label for label in Label.objects.all()}
    assert held[3].superseded_at is not None
    assert held[3].sections.count() == 2
    assert held[4].superseded_at is None
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_label SET title = 'other' WHERE id = %s", [held[3].pk])


def test_a_dry_run_keeps_nothing_and_a_stopped_import_goes_on(tmp_path: Path, monkeypatch: Any) -> None:
    rows = [{**RAW, "set_id": f"00c6c924-ddfd-4a75-afd7-{n:012d}"} for n in range(5)]
    file = write(tmp_path / "a.jsonl", *rows, "{broken")
    assert LabelImport("openfda-labels", [file], dry_run=True).run().of("labels", "new") == 5
    assert (Label.objects.count(), ImportRun.objects.count()) == (0, 0)

    monkeypatch.setattr(labels, "BATCH", 2)
    real, calls = keep_labels, []

    def stop_at_third(drafts: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(drafts)

    monkeypatch.setattr(labels, "keep_labels", stop_at_third)
    with pytest.raises(KeyboardInterrupt):
        LabelImport("openfda-labels", [file]).run()
    assert Label.objects.count() == 4
    report = LabelImport("openfda-labels", [file]).run()
    assert (report.resumed_at, report.of("labels", "new"), Label.objects.count()) == ("label 4", 1, 5)
    assert ImportRefusal.objects.get().line == 6


def test_a_product_gets_its_own_label_or_that_of_the_same_medicine_and_is_found_by_it(tmp_path: Path) -> None:
    other, free, own = baclofen(), a_pack("Baclofen", strength="10 mg"), baclofen(maker="Own Label")
    capsule = a_pack("Baclofen", strength="10 mg", form="CAPSULE", supply="prescription_only", unit="capsule")
    Product.objects.filter(pk=own.product_id).update(source_key="70518-4530")
    call_command("import_catalog", "openfda-labels", str(write(tmp_path / "a.jsonl", RAW)))
    shown = dict(LabelUse.objects.values_list("product_id", "match"))
    assert shown == {other.product_id: "same_medicine", own.product_id: "code"}
    assert not {free.product_id, capsule.product_id} & set(shown)  # another class, another form
    assert attach_labels() == 0
    newer = {**RAW, "version": "9", "warnings": ["Warnings Do not stop it suddenly."]}
    LabelImport("openfda-labels", [write(tmp_path / "b.jsonl", newer)], refresh=False).run()
    assert set(LabelUse.objects.values_list("label__version", flat=True)) == {9}  # at once, not with the next choice
    found = search(Ask(country="US", text="spasticity")).hits
    assert {hit.product_id for hit in found} == set(shown)


REAL = (
    Path(os.environ.get("PHARMACY_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
    / "labels"
    / "openfda_drug_labels.jsonl.gz"
)


@pytest.mark.skipif(not REAL.exists(), reason="no real data here")
def test_real_labels_are_read_whole() -> None:
    reasons, read = set(), 0
    for _, record in records(REAL):
        assert not isinstance(record, Refusal)
        try:
            read += bool(stage_label(record).sections)
        except Refusal as why:
            reasons.add(str(why))
    assert (read, reasons) == (639, {"no section we know"})
