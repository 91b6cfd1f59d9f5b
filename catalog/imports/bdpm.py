"""The French public medicines database (BDPM): medicines, packs with CIP13 and price, conditions, generic groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from catalog.imports import bdpm_rows as read
from catalog.imports.book import SubstanceBook
from catalog.imports.fda_rows import slug_of
from catalog.imports.files import LONG_AGO, BadFile, Unread, as_of_file, bare_rows, day_first, named
from catalog.imports.job import Kept, Staged, Unfit
from catalog.imports.merging import Merge
from catalog.imports.report import Report
from catalog.imports.staged import StagedPack, StagedProduct, as_json, digest, sealed
from catalog.rules import codes, forms, names, shelves, storage
from catalog.rules.packs import Unreadable
from catalog.rules.supply_eu import UNREADABLE, classify_fr

SOURCE_NAME = "BDPM (ANSM, HAS, Uncam)"
PRICE_SOURCE = "BDPM: public price set by law, margins included"
WIDTHS = {"CIS_bdpm": 12, "CIS_CIP_bdpm": 13, "CIS_COMPO_bdpm": 8, "CIS_CPD_bdpm": 2, "CIS_GENER_bdpm": 5}
ENDED = ("abrogée", "archivée", "retirée")
GROUPS = {"0": "originator", "1": "generic", "2": "other dose", "4": "substitutable"}


class Part(NamedTuple):
    """One line of a composition: SA is the substance, FT its therapeutic part; both carry one link number."""

    name: str
    amount: str
    kind: str
    link: str


@dataclass
class Bdpm:
    """The files CIS_bdpm, CIS_CIP_bdpm, CIS_COMPO_bdpm, CIS_CPD_bdpm, CIS_GENER_bdpm, from a folder or a zip."""

    files: Sequence[Path]
    as_of: str = ""
    most_withdrawn: int = 20
    code: str = "bdpm"

    @property
    def options(self) -> tuple[Any, ...]:
        """What makes this another import of the same files."""
        return (self.as_of,)

    @property
    def day(self) -> str:
        """The day the facts are of."""
        return self.as_of or as_of_file(self._file("CIS_bdpm")).isoformat()

    def rows(self) -> Iterator[Kept | Unfit]:
        """Medicines, then their packs and prices, then generic groups."""
        parts: dict[str, list[Part]] = defaultdict(list)
        conditions: dict[str, list[str]] = defaultdict(list)
        for line, row in self._rows("CIS_COMPO_bdpm"):
            if isinstance(row, Unread):
                conditions[row.start].append(UNREADABLE)
                yield Unfit("parts", line, row.start, row)
            else:
                parts[row[0]].append(Part(row[3], row[4], row[6], row[7]))
        for line, row in self._rows("CIS_CPD_bdpm"):
            if isinstance(row, Unread):
                conditions[row.start].append(UNREADABLE)
                yield Unfit("conditions", line, row.start, row)
            else:
                conditions[row[0]].append(row[1])
        book, known, day = SubstanceBook(), dict[str, str](), self.day
        for line, row in self._rows("CIS_bdpm"):
            if isinstance(row, str) or not _is_cis(row[0]) or not row[1]:
                yield Unfit("products", line, *_why(row, "no CIS code of eight digits, or no name"))
                continue
            known[row[0]] = storage.kept((part.name for part in parts.get(row[0], [])), route=row[3])
            yield Kept("products", line, row[0], _product(row, parts.get(row[0], []), conditions[row[0]], book, day))
        if not known:
            raise BadFile("CIS_bdpm has no medicine in it")
        yield from self._packs(known)
        yield from self._groups(known)

    def merge(self, staged: Staged, report: Report) -> None:
        """Take the lists in."""
        merge = Merge(self.code, staged, report, self.day, self.most_withdrawn)
        merge.whole_list(prices_of=PRICE_SOURCE)
        merge.ratings(products_of=self.code)

    def _file(self, stem: str) -> Path:
        return named(self.files, stem)

    def _rows(self, stem: str) -> Iterator[tuple[int, list[str] | Unread]]:
        return bare_rows(self._file(stem), width=WIDTHS[stem])

    def _packs(self, known: dict[str, str]) -> Iterator[Kept | Unfit]:
        for line, row in self._rows("CIS_CIP_bdpm"):
            if isinstance(row, str):
                yield Unfit("packs", line, "", row)
                continue
            try:
                if row[0] not in known:
                    raise Unreadable(f"no medicine {row[0]!r} in CIS_bdpm")
                pack = _pack(row, known[row[0]])
            except (codes.NotACode, Unreadable) as problem:
                yield Unfit("packs", line, row[6], str(problem))
                continue
            yield Kept("packs", line, pack.source_key, pack)
            if row[9]:
                try:
                    yield Kept("prices", line, pack.source_key, _price(row, pack))
                except Unreadable as problem:
                    yield Unfit("prices", line, row[6], str(problem))

    def _groups(self, known: dict[str, str]) -> Iterator[Kept | Unfit]:
        for line, row in self._rows("CIS_GENER_bdpm"):
            if isinstance(row, str):
                yield Unfit("ratings", line, "", row)
            elif row[2] not in known or row[3] not in GROUPS:
                why = "not a medicine of CIS_bdpm" if row[2] not in known else "no such type"
                yield Unfit("ratings", line, row[2], f"{row[2]!r}, type {row[3]!r}: {why}")
            else:
                group = "" if row[3] == "2" else row[0][:64]
                yield Kept("ratings", line, f"{row[2]} {group}", [row[2], group, GROUPS[row[3]], row[1][:300], ""])


def _product(row: list[str], parts: list[Part], conditions: list[str], book: SubstanceBook, day: str) -> StagedProduct:
    cis, title, form, routes, status, procedure, marketed, since = row[:8]
    name, maker = title.split(",")[0].strip()[:500], row[10]
    active = _active(parts)
    strength = " / ".join(amount for _, _, amount in active if amount) if len(active) <= 3 else ""
    ended = any(word in status.lower() for word in ENDED)
    suspended = "suspendue" in status.lower()
    found = classify_fr(
        conditions=conditions, routes=routes, authorised=not (ended or suspended) and "active" in status.lower(),
        marketed=marketed.startswith("Commercialisée"),
    )  # fmt: skip
    ingredients = book.ingredients(active)
    facts = {"procedure": procedure, "conditions": sorted(set(conditions) - {UNREADABLE})[:20]}
    return sealed(
        StagedProduct(
            source_key=cis, digest="", slug=slug_of(name, "", "", maker, cis), as_of=day, kind="medicine", name=name,
            name_key=names.key(name)[:500] or cis, generic_name="; ".join(listed for _, listed, _ in active)[:600],
            is_brand=not any(names.key(one).split()[0] in names.key(name) for one, _, _ in active if names.key(one)),
            labeler=maker[:200], form=read.form(form), form_listed=form[:100], route=read.route(routes),
            strength=strength[:400], equivalence=_equivalence(ingredients, active, form, routes),
            atc="", shelf=shelves.place(tuple(names.moiety(one) for one, _, _ in active), route="")[0],
            approval=(row[9] if row[9].startswith("EU/") else "")[:40], category=procedure[:60], purpose="",
            facts=as_json(facts), marketed_from=day_first(since), marketed_until=None, ingredients=ingredients,
            supplies=as_json([["FR", found.supply_class.value, found.rule, SOURCE_NAME]]),
            market_status="withdrawn" if ended else "suspended" if suspended else "",
        )
    )  # fmt: skip


def _active(parts: list[Part]) -> list[tuple[str, str, str]]:
    """[(active name, as listed, strength)]: of a salt and its therapeutic part the part's name and amount count."""
    made: dict[str, tuple[str, str, str]] = {}
    for part in sorted(parts, key=lambda each: (each.kind != "SA", len(each.link), each.link, each.name)):
        key = part.link or part.name
        if part.kind == "FT" and key in made:
            made[key] = (read.active(part.name), made[key][1], read.strength(part.amount) or made[key][2])
        elif part.kind == "SA" and key not in made:
            made[key] = (read.active(part.name), part.name, read.strength(part.amount))
    return list(made.values())


def _equivalence(ingredients: str, active: list[tuple[str, str, str]], form: str, routes: str) -> str:
    if not active or not all(amount for _, _, amount in active) or forms.lets_go_slowly(form):
        return ""
    return digest("bdpm", ingredients, form.lower(), routes.lower())


def _pack(row: list[str], keep: str) -> StagedPack:
    code, digits = codes.check("cip13", row[6])
    size, unit, words = read.pack_text(row[2])
    return sealed(
        StagedPack(
            source_key=code, digest="", product_key=row[0], description=words, listed_as=row[2][:1000],
            container=row[2].split(" ")[0][:80], size=f"{size:.4f}", unit=unit, counted_from="", storage=keep,
            weight_g=None, hs_code="3004", max_per_order=6, is_sample=False, is_stock_bottle=False,
            marketed_from=day_first(row[5]),
            marketed_until=None if _is_sold(row) else day_first(row[5]) or LONG_AGO,
            codes=as_json([["cip13", code, digits]]),
        )
    )  # fmt: skip


def _is_sold(row: list[str]) -> bool:
    return row[3].lower() == "présentation active" and "déclaration de commercialisation" in row[4].lower()


def _price(row: list[str], pack: StagedPack) -> list[Any]:
    """The public price: the medicine's own as acquisition, the dispensing fee of the law apart. No margin of ours."""
    price = round(read.number(row[9]) * 100)
    fee = round(read.number(row[11]) * 100) if row[11] else 0
    if not 0 < price < 10**9 or not 0 <= fee < 10**6:
        raise Unreadable(f"not a price: {row[9]!r} {row[11]!r}")
    micro = round(price * 10_000 / read.number(pack.size.replace(".", ",")))
    return [pack.source_key, "EUR", price + fee, price, 0, fee, micro, PRICE_SOURCE]


def _is_cis(text: str) -> bool:
    return len(text) == 8 and text.isascii() and text.isdigit()


def _why(row: list[str] | str, reason: str) -> tuple[str, str]:
    return ("", row) if isinstance(row, str) else (row[0], reason)
