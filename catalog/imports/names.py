"""Names people know medicines by, from public name lists: synonyms, brands, foreign and chemical names of substances.

Two shapes are read, told by their headers: `variant,canonical,is_brand` (the dictionary of the Python package
drug_named_entity_recognition, MIT) and `synonym,generic` (drugstandards, MIT). A name is taken in for a substance that
the catalogue has; a name of another substance, or one that says nothing, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

from django.db import connection, transaction

from catalog.actions import search as projection
from catalog.imports.files import LONGEST_LINE, BadFile, csv_rows, fingerprint, opened
from catalog.imports.job import Unfit, only_one
from catalog.imports.report import Progress, Report, silent
from catalog.rules import names

SHAPES: Final[dict[tuple[str, ...], str]] = {
    ("variant", "canonical"): "drug_named_entity_recognition",
    ("synonym", "generic"): "drugstandards",
}
BATCH: Final = 20_000
LONGEST: Final = 120


class Row(NamedTuple):
    """One line of a list."""

    line: int
    name: str
    canonical: str
    is_brand: bool


def is_measured(name: str) -> bool:
    """Whether a name belongs to the half of the lists that search is measured on (and never tuned on)."""
    return blake2b(names.key(name).encode(), digest_size=1).digest()[0] % 2 == 1


class NamesImport:
    """Take name lists in; again changes nothing. `leave_out_measured`: only for measuring what the lists add."""

    def __init__(
        self, files: list[Path], *, leave_out_measured: bool = False, dry_run: bool = False, progress: Progress = silent
    ) -> None:
        self.files, self.leave_out, self.dry_run, self.progress = files, leave_out_measured, dry_run, progress

    def run(self) -> Report:
        """Read every file; what was new, known already and refused. Raises BadFile for a list of another shape."""
        report = Report(dry_run=self.dry_run)
        fingerprint(self.files)  # read to their ends: what is cut off is found before anything is written
        with only_one("names"), transaction.atomic():
            known = _Known()
            for path in self.files:
                self._file(path, known, report)
            if self.dry_run:
                transaction.set_rollback(True)
        if report.of("names", "new") and not self.dry_run:
            projection.recount()
        return report

    def _file(self, path: Path, known: _Known, report: Report) -> None:
        source, lines = read(path)
        found: list[tuple[int, str, str, str]] = []
        for row in lines:
            report.add("names", "read")
            if isinstance(row, Unfit):
                report.refuse("names", row.line, "", row.reason)
                continue
            if self.leave_out and is_measured(row.name):
                continue
            key, substances = names.key(row.name), known.substances(row.canonical)
            if not substances:
                report.add("names", "unchanged")  # of a substance that nothing here is made of
            elif problem := _problem(key, substances, known):
                report.refuse("names", row.line, row.name, problem)
            else:
                kind = "brand" if row.is_brand else "synonym"
                found += [(pk, _shown(row.name), key, kind) for pk in substances if known.keys.get(key) != pk]
            if len(found) >= BATCH:
                self._write(found, source, report)
                found = []
        self._write(found, source, report)

    def _write(self, found: list[tuple[int, str, str, str]], source: str, report: Report) -> None:
        with connection.cursor() as cursor:
            cursor.execute(WRITE, {
                "ids": [row[0] for row in found], "names": [row[1] for row in found], "keys": [row[2] for row in found],
                "kinds": [row[3] for row in found], "source": source,
            })  # fmt: skip
            new = int(cursor.fetchone()[0])
        report.add("names", "new", new)
        report.add("names", "unchanged", len(found) - new)
        self.progress("Names", report.of("names", "read"), 0)


WRITE = """
WITH written AS (
    INSERT INTO catalog_substancename (substance_id, name, key, kind, source)
    SELECT n.substance, n.name, n.key, n.kind, %(source)s
    FROM unnest(%(ids)s::bigint[], %(names)s::text[], %(keys)s::text[], %(kinds)s::text[])
         AS n(substance, name, key, kind)
    ON CONFLICT (substance_id, key) DO NOTHING RETURNING 1
) SELECT count(*) FROM written
"""


def read(path: Path) -> tuple[str, Iterator[Row | Unfit]]:
    """(source, rows) of a list, plain or gzipped, UTF-8. Raises BadFile when its header is of neither shape."""
    with opened(path) as raw:
        head = raw.readline(LONGEST_LINE).decode("utf-8-sig", errors="replace")
    columns = tuple(cell.strip() for cell in head.split(",")[:2])
    source = SHAPES.get(columns)
    if source is None:
        raise BadFile(f"{path.name} is no list of names: its header is neither variant,canonical nor synonym,generic")
    return source, _rows(csv_rows(path, needs=columns), *columns)


def _rows(lines: Iterable[tuple[int, dict[str, str] | str]], name: str, canonical: str) -> Iterator[Row | Unfit]:
    for number, cells in lines:
        if isinstance(cells, str):
            yield Unfit("names", number, "", cells)
        else:
            yield Row(number, cells[name], cells[canonical], cells.get("is_brand") == "True")


class _Known:
    """Substances by the names that the catalogue has for them already."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT key, id FROM catalog_substance WHERE EXISTS"
                " (SELECT FROM catalog_productsubstance i WHERE i.substance_id = catalog_substance.id)"
            )
            self.keys: dict[str, int] = dict(cursor.fetchall())
            cursor.execute("SELECT key, substance_id FROM catalog_substancename WHERE kind = 'salt'")
            used = set(self.keys.values())
            self.salts: dict[str, int] = {key: pk for key, pk in cursor.fetchall() if pk in used}

    def substances(self, canonical: str) -> list[int]:
        """The substance that a list's name stands for: by its key, as a salt that is listed, or without its salt."""
        key = names.key(canonical)
        for found in (self.keys.get(key), self.salts.get(key), self.keys.get(names.moiety(canonical))):
            if found is not None:
                return [found]
        return []


def _problem(key: str, substances: list[int], known: _Known) -> str:
    if len(key) < 3 or len(key) > LONGEST:
        return "too short or too long to be looked for"
    if not any(letter.isalpha() for letter in key):
        return "no letters"
    other = known.keys.get(key)
    return "the name of another substance" if other is not None and other not in substances else ""


def _shown(name: str) -> str:
    """As pages show it: shouting and whispering become a capital."""
    return names.sentence(name)[:400]
