"""Drugs@FDA: which approved products the FDA rates therapeutically equivalent, and which are discontinued.

An NDC listing names its application; within it the product is found by strength, then by form. What can't be found
without doubt stays unrated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from catalog.imports.fda_rows import SOURCE as NDC
from catalog.imports.files import as_of_file, named, rows
from catalog.imports.job import Kept, Staged, Unfit
from catalog.imports.merging import Merge, copy_ratings
from catalog.imports.report import Report
from catalog.imports.staged import digest
from catalog.rules.strengths import canonical, release_of

STATUS = {"1": "prescription", "2": "over the counter", "3": "discontinued", "4": "tentative"}
# Orange Book: codes beginning with A are equivalent, with B not; TBD is no rating yet.
RATED = ("A", "B")
PRODUCTS = """
SELECT p.source_key, p.approval, p.form_listed, coalesce(
    (SELECT array_agg(i.strength ORDER BY i.position) FROM catalog_productsubstance i WHERE i.product_id = p.id), '{}')
FROM catalog_product p WHERE p.source = %s AND p.approval ~ '^(NDA|ANDA|BLA|BN)[0-9]+' AND p.withdrawn_at IS NULL
AND p.source_key > %s ORDER BY p.source_key LIMIT 5000
"""


class Approved(NamedTuple):
    """A product of an application. `codes`: its therapeutic equivalence codes; `group`: what it is, digested."""

    strength: tuple[str, ...]
    release: str
    codes: tuple[str, ...]
    status: str
    group: str
    said_of: str


@dataclass
class DrugsFda:
    """Products, MarketingStatus and TE of Drugs@FDA, as a zip, a folder or files."""

    files: Sequence[Path]
    as_of: str = ""
    most_withdrawn: int = 20
    code: str = "drugsfda"

    @property
    def options(self) -> tuple[Any, ...]:
        """What makes this another import of the same files."""
        return (self.as_of,)

    def rows(self) -> Iterator[Kept | Unfit]:
        """One row a product of an application."""
        codes: dict[tuple[str, str], set[str]] = defaultdict(set)
        status: dict[tuple[str, str], str] = {}
        for line, row in rows(named(self.files, "TE"), needs=("ApplNo", "ProductNo", "TECode")):
            if isinstance(row, str):
                yield Unfit("ratings", line, "", row)
            else:
                codes[_key(row)] |= {c for part in row["TECode"].split(",") if (c := part.strip())[:1] in RATED}
        needs: tuple[str, ...] = ("MarketingStatusID", "ApplNo", "ProductNo")
        for line, row in rows(named(self.files, "MarketingStatus"), needs=needs):
            if isinstance(row, str):
                yield Unfit("statuses", line, "", row)
            else:
                status[_key(row)] = STATUS.get(row["MarketingStatusID"].strip(), "")
        needs = ("ApplNo", "ProductNo", "Form", "Strength", "ActiveIngredient")
        for line, row in rows(named(self.files, "Products"), needs=needs):
            if isinstance(row, str):
                yield Unfit("approvals", line, "", row)
                continue
            key = _key(row)
            if not (key[0].isdigit() and key[1].isdigit()):
                yield Unfit("approvals", line, "-".join(key), "no application or product number")
                continue
            rated = sorted(codes.get(key, ()))
            said = " ".join(f"{row['ActiveIngredient']}, {row['Form']}, {row['Strength']}".split())[:300]
            kept = [key[0], row["Form"], row["Strength"], rated, status.get(key, ""), said]
            yield Kept("approvals", line, "-".join(key), kept)

    def merge(self, staged: Staged, report: Report) -> None:
        """Rate the NDC directory's products."""
        approvals: dict[str, list[Approved]] = defaultdict(list)
        for batch in staged.batches("approvals"):
            for _, _, row in batch:
                approvals[row[0].lstrip("0")].append(_approved(row))
        found: list[tuple[str, ...]] = []
        unsure = 0
        for key, approval, form, strengths in _listed():
            known = approvals.get("".join(c for c in approval if c.isdigit()).lstrip("0"), [])
            which = match(known, form, strengths)
            if which is None:
                unsure += 1
                continue
            found += ratings_of(key, which)
        copy_ratings(iter(found))
        as_of = self.as_of or as_of_file(self.files[0]).isoformat()
        Merge(self.code, staged, report, as_of, self.most_withdrawn).merge_staged_ratings(products_of=NDC)
        if unsure:
            report.notes.append(f"{unsure:,} listings were found in no application without doubt and stay unrated.")


def _key(row: dict[str, str]) -> tuple[str, str]:
    return row["ApplNo"].strip(), row["ProductNo"].strip()


def match(known: list[Approved], form: str, strengths: list[str]) -> Approved | None:
    """The product of an application that a listing is, or None where two differ in what they are rated."""
    wanted = canonical(";".join(strengths))
    same = [each for each in known if wanted and each.strength == wanted]
    if not same and len(known) == 1:
        same = known
    if len(same) > 1:
        same = [each for each in same if each.release == release_of(form)] or same
    facts = {(each.codes, each.status, each.group) for each in same}
    return same[0] if len(facts) == 1 else None


def ratings_of(key: str, which: Approved) -> list[tuple[str, ...]]:
    """Rating rows of a listing: one a code; a product that is only known has one without a code."""
    if not which.codes:
        return [(key, "", "", which.said_of, which.status)]
    made = {}
    for code in which.codes:
        group = digest(which.group, code) if code.startswith("A") else ""
        made[group] = (key, group, code, which.said_of, which.status)
    return list(made.values())


def _approved(row: list[Any]) -> Approved:
    _, form, strength, codes, status, said = row
    return Approved(canonical(strength), release_of(form), tuple(codes), status, digest(said.upper()), said)


def _listed() -> Iterator[tuple[str, str, str, list[str]]]:
    last = ""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(PRODUCTS, [NDC, last])
            found = cursor.fetchall()
        if not found:
            return
        last = found[-1][0]
        yield from found
