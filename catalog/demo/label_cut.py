"""Cutting the demonstration's labels out of openFDA's: those that fit what it sells, muscle relaxants first.

    python -m catalog.demo.label_cut LABELS.jsonl.gz [NDC_PRODUCT.txt.gz]

The directory, where given, tells the dosage form of labels that do not name theirs.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalog.demo.choice import MUSCLE_RELAXANTS
from catalog.imports.fda_rows import Refusal
from catalog.imports.json_records import records
from catalog.imports.openfda_labels import stage_label
from catalog.rules import names

FILES = Path(__file__).parent / "files"
MOST_BYTES = 700_000
KEPT = (
    "brand_name", "generic_name", "manufacturer_name", "product_ndc", "product_type", "route", "substance_name",
    "spl_id", "spl_set_id", "original_packager_product_ndc",
)  # fmt: skip


def cut(labels: Path, directory: Path) -> bytes:
    """The gzipped JSON lines of the labels that fit, best first, as many as the size allows."""
    wanted, forms = _sold(), _forms(directory)
    made = sorted(_fitting(labels, wanted, forms), key=lambda each: (each[0], each[1]))
    kept: list[str] = []
    for _, _, line in made:
        if len(_packed([*kept, line])) > MOST_BYTES:
            break
        kept.append(line)
    return _packed(kept)


def _packed(lines: list[str]) -> bytes:
    return gzip.compress("".join(lines).encode(), 9, mtime=0)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path) as raw:
        yield from csv.DictReader(io.TextIOWrapper(raw, encoding="cp1252"), delimiter="\t", quoting=csv.QUOTE_NONE)


def _sold() -> dict[frozenset[str], int]:
    """How many products of the demonstration are made of which active parts."""
    found: dict[frozenset[str], int] = {}
    for row in _rows(FILES / "ndc_product.txt.gz"):
        made_of = frozenset(names.moiety(each) for each in row["SUBSTANCENAME"].split(";") if each.strip())
        found[made_of] = found.get(made_of, 0) + 1
    return found


def _forms(directory: Path) -> dict[str, str]:
    return {row["PRODUCTNDC"].strip(): row["DOSAGEFORMNAME"].strip() for row in _rows(directory)}


def _fitting(labels: Path, wanted: dict[frozenset[str], int], forms: dict[str, str]) -> Iterator[tuple[int, int, str]]:
    for _, record in records(labels):
        if isinstance(record, Refusal):
            continue
        about: dict[str, Any] = record["openfda_meta"]
        made_of = frozenset(names.moiety(each) for each in about.get("substance_name", []))
        if not made_of or made_of not in wanted:
            continue
        codes = [*about.get("product_ndc", []), *about.get("original_packager_product_ndc", [])]
        known = {forms[code] for code in codes if code in forms}
        kept = {key: value for key, value in about.items() if key in KEPT}
        if len(known) == 1:
            kept["dosage_form"] = sorted(known)
        out = {"sections": record["sections"], "openfda_meta": kept}
        try:
            stage_label(out)
        except Refusal:
            continue
        first = 0 if made_of & MUSCLE_RELAXANTS else 1
        yield first, -wanted[made_of], json.dumps(out, ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    made = cut(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else FILES / "ndc_product.txt.gz")
    (FILES / "labels.jsonl.gz").write_bytes(made)
    sys.stdout.write(f"{len(made):,} bytes\n")
