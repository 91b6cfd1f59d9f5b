"""`import_catalog interactions [FILE…]`: the shipped files, or newer ones of the same shapes, into the table."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.db import transaction

from catalog.imports.files import BadFile, fingerprint, opened
from catalog.imports.interactions import ansm, pairs, statements
from catalog.imports.interactions.merging import Counts, merge_classes, merge_names, merge_source
from catalog.imports.interactions.phrases import Phrases
from catalog.imports.interactions.said import FILES, Said, SourceRow, Spellings, Unmatched
from catalog.imports.job import only_one
from catalog.imports.report import Progress, Report, silent
from catalog.models.interaction import InteractionSource
from catalog.rules.interactions import RANK, Severity

THESAURUS, INDEX, PAIRS = FILES / "ansm_thesaurus.json.gz", FILES / "ansm_index.json.gz", FILES / "ndfrt.csv.gz"
CLASSES = FILES / "fda_classes.tsv.gz"
CODE = "3"  # counts up when the same files are to be read differently


class InteractionsImport:
    """One import of all sources. A source whose files did not change is left alone."""

    def __init__(
        self, files: Sequence[Path] = (), *, dry_run: bool = False, most_withdrawn: int = 20,
        progress: Progress = silent,
    ) -> None:  # fmt: skip
        self.dry_run, self.most_withdrawn, self.progress = dry_run, most_withdrawn, progress
        self.paths = {"thesaurus": THESAURUS, "index": INDEX, "pairs": PAIRS}
        self.files = files
        self.report = Report(dry_run=dry_run)

    def run(self) -> Report:
        """Read everything, then write source by source; raises BadFile before anything is written."""
        if self.files:
            fingerprint(self.files)  # read to their ends: what is cut off is found before anything is written
        self.paths |= {_kind(path): path for path in self.files}
        with only_one("interactions"):
            self._run()
        return self.report

    def _run(self) -> None:
        spellings, phrases = Spellings(), Phrases()
        readers = ((statements.SOURCE, self._statements), (ansm.SOURCE, self._ansm), (pairs.SOURCE, self._pairs))
        due: list[tuple[SourceRow, list[Said], str]] = []
        for place, (source, read) in enumerate(readers):
            self.progress(source.title, place, len(readers))
            digest = self._digest(source)
            if not self.dry_run and InteractionSource.objects.filter(key=source.key, digest=digest).exists():
                self.report.add("sources", "unchanged")
            else:
                due.append((source, self._kept(read(spellings, phrases)), digest))
        for source, said, digest in due:
            self._write(source, said, spellings, digest)
        self.progress("Interactions", len(readers), len(readers))

    def _write(self, source: SourceRow, said: list[Said], spellings: Spellings, digest: str) -> None:
        wanted = {key for each in said for pair in each.pairs for key in pair}
        with transaction.atomic():
            made = merge_names({a: b for a, b in spellings.known.items() if b in wanted}, wanted=wanted)
            self.report.add("substances", "new", made)
            for what, counts in zip(("statements", "pairs"), self._merge(source, said, digest), strict=True):
                self._count(what, counts)
            if source is statements.SOURCE:
                merge_classes(list(_classes()), source="FDA established pharmacologic class")
            transaction.set_rollback(self.dry_run)
        self.report.add("sources", "read")

    def _merge(self, source: SourceRow, said: list[Said], digest: str) -> tuple[Counts, Counts]:
        most = self.most_withdrawn if self.files else 100  # what ships may say less than it did
        return merge_source(source, said, digest=digest, most_withdrawn=most)

    def _count(self, what: str, counts: Counts) -> None:
        for kind, number in zip(("new", "changed", "withdrawn"), counts, strict=True):
            self.report.add(what, kind, number)

    def _kept(self, found: Iterator[Said | Unmatched]) -> list[Said]:
        """What was read, a thing once; of two that a source says under one key the more severe."""
        said: dict[str, Said] = {}
        for each in found:
            if isinstance(each, Unmatched):
                self.report.refuse(each.file, each.line, each.name, each.reason)
                continue
            self.report.add("statements", "read")
            before = said.setdefault(each.key, each)
            if before is not each:
                self.report.add("statements", "merged")
                said[each.key] = min(before, each, key=lambda one: RANK[one.severity])
        return list(said.values())

    def _statements(self, spellings: Spellings, _: Phrases) -> Iterator[Said | Unmatched]:
        return statements.said(spellings)

    def _ansm(self, spellings: Spellings, phrases: Phrases) -> Iterator[Said | Unmatched]:
        thesaurus = ansm.Thesaurus(ansm.read_index(self.paths["index"]), spellings, phrases)
        yield from thesaurus.said(ansm.read_thesaurus(self.paths["thesaurus"]))
        if left := [f"{len(thesaurus.left[each]):,} {each.value}" for each in Severity if thesaurus.left[each]]:
            self.report.notes.append(f"Texts still in French, by level: {', '.join(left)}.")

    def _pairs(self, spellings: Spellings, _: Phrases) -> Iterator[Said | Unmatched]:
        return pairs.said(self.paths["pairs"], spellings)

    def _digest(self, source: SourceRow) -> str:
        read = {
            statements.SOURCE.key: [FILES / "statements.tsv", FILES / "classes.tsv", CLASSES],
            ansm.SOURCE.key: [self.paths["thesaurus"], self.paths["index"], FILES / "phrases.tsv"],
            pairs.SOURCE.key: [self.paths["pairs"]],
        }[source.key]
        whole = hashlib.sha256(f"{CODE} {source}".encode())
        for path in [FILES / "names.tsv", *read]:
            whole.update(path.read_bytes())
        return whole.hexdigest()


def _classes() -> Iterator[tuple[str, str]]:
    with gzip.open(CLASSES, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text, delimiter="\t"):
            yield row["substance"], row["class"][:120]


def _kind(path: Path) -> str:
    """What a file is, by its beginning. Raises BadFile for none of the three."""
    with opened(path) as raw:
        try:
            start = io.BytesIO(raw.read(2000)).getvalue()
        except (OSError, EOFError) as problem:
            raise BadFile(f"{path.name} can't be read: {problem}") from problem
    if b'"main_drug"' in start:
        return "thesaurus"
    if b'"drug_classes"' in start:
        return "index"
    if start.startswith(b"drug1,object,drug2,precipitant,severity"):
        return "pairs"
    raise BadFile(f"{path.name} is neither a thesaurus, an index of substances nor a list of pairs")
