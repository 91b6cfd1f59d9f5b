"""Made-up patients with histories (Synthea's FHIR R4 files) as facts for the checks. Nothing is written anywhere."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from catalog.models.product import Substance
from catalog.queries.substances import named
from prescriptions.queries.clinical import clinical_of
from prescriptions.queries.history import together
from prescriptions.queries.told import listed, recognised
from prescriptions.rules.facts import (
    Facts,
    Ingredient,
    Paper,
    PatientTold,
    Prescribed,
    PrescribedBy,
    Requested,
    Supplied,
)

FILES = ("Patient", "MedicationRequest", "Condition", "AllergyIntolerance")
_STRENGTH = re.compile(r"\b([\d.]+) (MG|MCG|ML|MG/ML|UNT/ML|HR)\b.*$", re.I)
DOSE = "1 tablet twice daily"
UNITS = Decimal(60)


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: facts of each request, and how many of its medicines the catalogue knows."""

    facts: list[Facts]
    patients: int
    known: int


def rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The resources of one file."""
    with gzip.open(folder / f"{name}.ndjson.gz", "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def read(folder: Path) -> Read:
    """One case for each request, with the patient's other requests as what was supplied before.

    Every fact is fetched here; the checks then run on plain values. Synthea gives no dose texts for most requests, so
    each is taken as one tablet twice daily, 60 tablets.
    """
    told = _told(folder)
    asked: dict[str, list[tuple[str, date]]] = defaultdict(list)
    for one in rows(folder, "MedicationRequest"):
        asked[_key(one["subject"])].append((one["medicationCodeableConcept"]["text"], _day(one["authoredOn"])))
    parts = _ingredients({text for several in asked.values() for text, _ in several})
    clinical = clinical_of({name for part in parts.values() for name in part.names})
    listed_by = {key: tuple(recognised(listed(one.medicines))) for key, one in told.items()}
    facts: list[Facts] = []
    for patient, several in asked.items():
        history = [_supplied(text, on, parts[text]) for text, on in several]
        for number, (text, on) in enumerate(several):
            line = _line(str(number), parts[text])
            before = tuple(one for at, one in enumerate(history) if at != number and one.on <= on)
            known = together([line], before, listed_by[patient])
            facts.append(
                Facts(
                    today=on,
                    requested=line,
                    prescribed=_written(line, on),
                    patient=told[patient],
                    papers=(Paper("ready", 0, 0, of_another_patient=False),),
                    prescriber=PrescribedBy("A physician", "1993999998", on, "made up"),
                    supplies=before,
                    together=known.get(line.id) if known else None,
                    clinical=clinical,
                )
            )
    return Read(facts, len(asked), sum(1 for part in parts.values() if part.id))


def _told(folder: Path) -> dict[str, PatientTold]:
    conditions, allergies = defaultdict(list), defaultdict(list)
    for one in rows(folder, "Condition"):
        conditions[_key(one["subject"])].append(one["code"]["text"])
    for one in rows(folder, "AllergyIntolerance"):
        allergies[_key(one["patient"])].append(one["code"]["text"])
    return {
        one["id"]: PatientTold(
            born_on=_day(one["birthDate"]),
            allergies=", ".join(allergies[one["id"]]) or "none",
            medicines="none",
            sex=one["gender"],
            conditions=", ".join(conditions[one["id"]]) or "none",
            pregnancy="yes" if any("pregnan" in text.casefold() for text in conditions[one["id"]][-3:]) else "no",
            breastfeeding="no",
            kidney="reduced" if any("kidney" in text.casefold() for text in conditions[one["id"]]) else "healthy",
            liver="healthy",
        )
        for one in rows(folder, "Patient")
    }


def _ingredients(texts: set[str]) -> dict[str, Ingredient]:
    plain = {text: _STRENGTH.sub("", text).strip() or text for text in texts}
    found = named(sorted(set(plain.values())))
    ids = {refs[0].id for refs in found.values() if refs}
    known = {row.pk: row for row in Substance.objects.filter(pk__in=ids).prefetch_related("names")}
    return {
        text: _part(text, plain[text], known[refs[0].id] if (refs := found[plain[text]]) else None) for text in texts
    }


def _part(text: str, name: str, row: Substance | None) -> Ingredient:
    strength = match.group(0) if (match := re.search(r"[\d.]+ MG", text, re.I)) else ""
    if row is None:
        return Ingredient(name, (name,), strength)
    return Ingredient(
        row.name, (row.name, *(one.name for one in row.names.all())), strength, tuple(row.atc_codes), row.pk
    )


def _line(key: str, part: Ingredient) -> Requested:
    return Requested(
        key, "prescription_only", (part,), UNITS, UNITS, route="ORAL", form="Tablet", country="US",
        class_now="prescription_only", dose_text=DOSE,
    )  # fmt: skip


def _written(line: Requested, on: date) -> Prescribed:
    part = line.ingredients[0]
    return Prescribed(
        substance=part.name, strength=part.strength, dose_text=DOSE, quantity=UNITS, repeats=2, supplied=Decimal(0),
        issued_on=on, valid_until=on + timedelta(days=365), validity_rule="made up", is_revoked=False,
        item=f"now-{line.id}",
    )  # fmt: skip


def _supplied(text: str, on: date, part: Ingredient) -> Supplied:
    return Supplied((part,), UNITS, on, DOSE, f"{text}-{on}")


def _key(reference: dict[str, str]) -> str:
    return reference["reference"].rpartition(":")[2].rpartition("/")[2]


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])
