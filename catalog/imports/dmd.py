"""The NHS dictionary of medicines and devices (dm+d): actual products and packs with legal category, price and GTIN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.imports.book import SubstanceBook
from catalog.imports.dmd_rows import PRICE_SOURCE, Facts, pack_of, price_of, product_of
from catalog.imports.files import BadFile, as_of_file
from catalog.imports.job import Kept, Staged, Unfit
from catalog.imports.markup import Record, records
from catalog.imports.merging import Merge
from catalog.imports.report import Report
from catalog.rules.codes import NotACode, check

# File name's beginning → the root element it must have.
ROOTS = {
    "f_lookup2": "LOOKUP", "f_ingredient2": "INGREDIENT_SUBSTANCES", "f_vmp2": "VIRTUAL_MED_PRODUCTS",
    "f_vmpp2": "VIRTUAL_MED_PRODUCT_PACK", "f_amp2": "ACTUAL_MEDICINAL_PRODUCTS",
    "f_ampp2": "ACTUAL_MEDICINAL_PROD_PACKS", "f_gtin2": "GTIN_DETAILS",
}  # fmt: skip
SECTIONS = (
    "UNIT_OF_MEASURE", "FORM", "ROUTE", "SUPPLIER", "LEGAL_CATEGORY", "CONTROL_DRUG_CATEGORY",
    "AVAILABILITY_RESTRICTION", "LICENSING_AUTHORITY",
)  # fmt: skip


INVALID = "the dictionary marks it as no longer valid"


@dataclass
class Dmd:
    """A release of the dm+d: XML files, plain or gzipped, in a folder or its zip. A newer release goes on top."""

    files: Sequence[Path]
    as_of: str = ""
    most_withdrawn: int = 20
    code: str = "dmd"
    _side: Facts | None = field(default=None, repr=False)

    @property
    def options(self) -> tuple[Any, ...]:
        """What makes this another import of the same files."""
        return (self.as_of,)

    @property
    def day(self) -> str:
        """The day the facts are of."""
        return self.as_of or as_of_file(self._file("f_amp2")).isoformat()

    def rows(self) -> Iterator[Kept | Unfit]:
        """Actual products, then their packs with prices."""
        facts = self._facts()
        book, known = SubstanceBook(), set()
        for amp in self._records("f_amp2", "AMP"):
            key = amp.get("APID", "")
            if amp.get("INVALID") == "1":
                yield Unfit("products", amp.line, key, INVALID, passed=True)
                continue
            if why := _wrong(amp, key, facts.vmps, "VPID", "virtual product"):
                yield Unfit("products", amp.line, key, why)
                continue
            known.add(key)
            yield Kept("products", amp.line, key, product_of(amp, facts, book, self.day))
        if not known:
            raise BadFile("f_amp2 has no product in it")
        for pack in self._records("f_ampp2", "AMPP"):
            yield from self._pack(pack, facts, known)

    def _pack(self, ampp: Record, facts: Facts, known: set[str]) -> Iterator[Kept | Unfit]:
        key = ampp.get("APPID", "")
        if ampp.get("INVALID") == "1":
            yield Unfit("packs", ampp.line, key, INVALID, passed=True)
            return
        why = _wrong(ampp, key, facts.vmpps, "VPPID", "virtual pack")
        if not why and ampp.get("APID", "") not in known:
            why = f"no product {ampp.get('APID', '')!r} in f_amp2"
        if why:
            yield Unfit("packs", ampp.line, key, why)
            return
        try:
            pack = pack_of(ampp, facts)
        except ValueError as problem:
            yield Unfit("packs", ampp.line, key, str(problem))
            return
        yield Kept("packs", ampp.line, key, pack)
        if key in facts.prices:
            try:
                yield Kept("prices", ampp.line, key, price_of(pack, facts.prices[key], facts.legal[ampp["APID"]]))
            except ValueError as problem:
                yield Unfit("prices", ampp.line, key, str(problem))

    def merge(self, staged: Staged, report: Report) -> None:
        """Take the release in."""
        Merge(self.code, staged, report, self.day, self.most_withdrawn).whole_list(prices_of=PRICE_SOURCE)

    # -- the small sides, read first ---------------------------------------------------------------------------------
    def _facts(self) -> Facts:
        facts = Facts()
        for section in self._records("f_lookup2", *SECTIONS, "INFO"):
            facts.words[section.tag] = {each.get("CD", ""): each.get("DESC", "") for each in section.nested}
        for each in self._records("f_ingredient2", "ING"):
            facts.substances[each.get("ISID", "")] = each.get("NM", "")
        for each in self._records("f_vmp2", "VMP", "VPI", "DFORM", "DROUTE", "CONTROL_INFO"):
            facts.virtual(each)
        for each in self._records("f_vmpp2", "VMPP"):
            facts.vmpps[each.get("VPPID", "")] = each
        for each in self._records("f_amp2", "AP_ING"):
            facts.excipients[each.get("APID", "")].append(each.get("ISID", ""))
        for each in self._records("f_ampp2", "AMPP", "PRICE_INFO"):
            facts.pack(each)
        for each in self._records("f_gtin2", "AMPP", "GTINDATA"):
            facts.gtin(each)
        return facts

    def _file(self, start: str) -> Path:
        for path in self.files:
            if path.name.lower().startswith(start + "_") or path.name.lower().split(".")[0] == start:
                return path
        raise BadFile(f"{start} is missing")

    def _records(self, start: str, *tags: str) -> Iterator[Record]:
        try:
            path = self._file(start)
        except BadFile:
            if start == "f_gtin2":  # comes in a zip of its own
                return
            raise
        yield from records(path, root=ROOTS[start], tags=frozenset(tags))


def _wrong(record: Record, key: str, known: dict[str, Any], link: str, what: str) -> str:
    try:
        check("dmd", key)
    except NotACode as problem:
        return str(problem)
    if record.get(link, "") not in known:
        return f"no {what} {record.get(link, '')!r} in the files"
    return "" if record.get("NM") else "no name"
