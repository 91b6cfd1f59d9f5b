"""Records of the dm+d → staged rows. No database, no clock."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from catalog.imports.book import SubstanceBook
from catalog.imports.fda_rows import slug_of
from catalog.imports.files import LONG_AGO
from catalog.imports.markup import Record
from catalog.imports.staged import StagedPack, StagedProduct, as_json, digest, sealed
from catalog.rules import codes, forms, names, prices, shelves, storage
from catalog.rules.packs import plain_number, plural
from catalog.rules.supply import SupplyClass
from catalog.rules.supply_eu import classify_gb

SOURCE_NAME = "NHS dm+d"
PRICE_SOURCE = "NHS dm+d indicative price"
UNITS = {"ml": ("mL", 1), "gram": ("g", 1), "litre": ("mL", 1000), "kg": ("g", 1000), "mg": ("mg", 1)}


@dataclass
class Facts:
    """What the files say beside products and packs, by identifier."""

    words: dict[str, dict[str, str]] = field(default_factory=dict)
    substances: dict[str, str] = field(default_factory=dict)
    vmps: dict[str, Record] = field(default_factory=dict)
    parts: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    forms: dict[str, str] = field(default_factory=dict)
    routes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    control: dict[str, str] = field(default_factory=dict)
    vmpps: dict[str, Record] = field(default_factory=dict)
    excipients: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    legal: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    prices: dict[str, str] = field(default_factory=dict)
    gtins: dict[str, str] = field(default_factory=dict)

    def word(self, section: str, code: str | None) -> str:
        """What a code of a lookup means; "" for an unknown one."""
        return self.words.get(section, {}).get(code or "", "").strip()

    def virtual(self, each: Record) -> None:
        """A record of f_vmp2."""
        key = each.get("VPID", "")
        if each.tag == "VMP":
            self.vmps[key] = each
        elif each.tag == "VPI":
            self.parts[key].append(each)
        elif each.tag == "DFORM":
            self.forms[key] = self.word("FORM", each.get("FORMCD"))
        elif each.tag == "DROUTE":
            self.routes[key].append(self.word("ROUTE", each.get("ROUTECD")))
        elif each.tag == "CONTROL_INFO":
            self.control[key] = self.word("CONTROL_DRUG_CATEGORY", each.get("CATCD"))

    def pack(self, each: Record) -> None:
        """A record of f_ampp2: the pack's legal category, or a price."""
        if each.tag == "AMPP":
            self.legal[each.get("APID", "")].append(self.word("LEGAL_CATEGORY", each.get("LEGAL_CATCD")))
        elif each.get("PRICE", "0") != "0":  # nought is the list's word for none
            self.prices[each.get("APPID", "")] = each["PRICE"]

    def storage(self, vpid: str) -> str:
        """How packs of a virtual product have to be kept."""
        listed = [self.substances.get(part.get("ISID", ""), "") for part in self.parts.get(vpid, [])]
        return storage.kept(listed, route=", ".join(self.routes.get(vpid, [])))

    def gtin(self, each: Record) -> None:
        """The codes of a pack: the one in use, the newest where several are."""
        using = [one for one in each.nested if not one.get("ENDDT")]
        if using and (key := each.get("AMPPID") or each.get("APPID")):
            self.gtins[key] = max(using, key=lambda one: one.get("STARTDT", "")).get("GTIN", "")


def product_of(amp: Record, facts: Facts, book: SubstanceBook, day: str) -> StagedProduct:
    """An actual product with what its virtual product says. Two of one virtual product are equivalent."""
    key, vpid = amp["APID"], amp["VPID"]
    maker = facts.word("SUPPLIER", amp.get("SUPPCD"))
    parts = [
        (
            facts.substances.get(part.get("ISID", ""), ""),
            facts.substances.get(part.get("ISID", ""), ""),
            _strength(part, facts),
        )
        for part in facts.parts.get(vpid, [])
    ]
    routes = ", ".join(facts.routes.get(vpid, []))
    found = classify_gb(
        legal=facts.legal.get(key, []), control=facts.control.get(vpid, ""), routes=routes,
        available=facts.word("AVAILABILITY_RESTRICTION", amp.get("AVAIL_RESTRICTCD")),
        licensed=facts.word("LICENSING_AUTHORITY", amp.get("LIC_AUTHCD")),
    )  # fmt: skip
    name, generic = amp["NM"][:500], facts.vmps[vpid].get("NM", "")
    form = facts.forms.get(vpid, "")
    excipients = [name for isid in facts.excipients.get(key, []) if (name := facts.substances.get(isid, ""))]
    return sealed(
        StagedProduct(
            source_key=key, digest="", slug=slug_of(name, "", "", maker, key), as_of=day, kind="medicine", name=name,
            name_key=names.key(name)[:500] or key, generic_name=generic[:600], is_brand=name != generic,
            labeler=maker[:200], form=form[:60], form_listed=form.upper()[:100], route=routes.capitalize()[:200],
            strength=" / ".join(s for _, _, s in parts if s)[:400] if len(parts) <= 3 else "",
            equivalence="" if forms.lets_go_slowly(form) else digest("dmd", vpid), atc="",
            shelf=shelves.place(tuple(names.moiety(part) for part, _, _ in parts), route=routes.upper())[0],
            approval="", category=facts.word("LICENSING_AUTHORITY", amp.get("LIC_AUTHCD"))[:60], purpose="",
            facts=as_json({"virtual_product": vpid}), marketed_from=None, marketed_until=None,
            ingredients=book.ingredients([part for part in parts if part[0]]),
            supplies=as_json([["GB", found.supply_class.value, found.rule, SOURCE_NAME]]),
            excipients=as_json([each[:200] for each in excipients]),
        )
    )  # fmt: skip


def pack_of(ampp: Record, facts: Facts) -> StagedPack:
    """An actual pack; size and unit from its virtual pack. Raises ValueError with the reason."""
    key, virtual = ampp["APPID"], facts.vmpps[ampp["VPPID"]]
    unit, times = _unit(facts.word("UNIT_OF_MEASURE", virtual.get("QTY_UOMCD")))
    try:
        size = Decimal(virtual.get("QTYVAL", "")) * times
    except InvalidOperation as problem:
        raise ValueError(f"not a quantity: {virtual.get('QTYVAL', '')[:20]!r}") from problem
    if not unit or not size.is_finite() or not 0 < size < 10**9:
        raise ValueError(f"no quantity of a known unit: {size} {unit!r}")
    coded = [["dmd", key, key]]
    if gtin := facts.gtins.get(key, ""):
        coded.append(["gtin", *codes.check("gtin", gtin)])
    return sealed(
        StagedPack(
            source_key=key, digest="", product_key=ampp["APID"],
            description=f"{plain_number(size)} {plural(unit, size)}", listed_as=ampp.get("NM", "")[:1000],
            container=ampp.get("SUBP", "")[:80], size=f"{size:.4f}", unit=unit, counted_from="",
            storage=facts.storage(virtual.get("VPID", "")),
            weight_g=None, hs_code="3004", max_per_order=6, is_sample=False, is_stock_bottle=False,
            marketed_from=None,
            marketed_until=ampp.get("DISCDT") or (LONG_AGO if ampp.get("DISCCD") == "0001" else None),
            codes=as_json(coded),
        )
    )  # fmt: skip


def price_of(pack: StagedPack, pence: str, legal: list[str]) -> list[Any]:
    """A price row from the indicative price in pence. Raises ValueError."""
    try:
        paid = Decimal(pence)
    except InvalidOperation as problem:
        raise ValueError(f"not a price: {pence[:20]!r}") from problem
    if not paid.is_finite() or not 0 < paid < 10**9:
        raise ValueError(f"not a price: {pence[:20]!r}")
    supply = SupplyClass.PRESCRIPTION_ONLY if "POM" in legal else SupplyClass.PHARMACY_ONLY
    made = prices.build(
        int(paid * 10_000 / Decimal(pack.size)), Decimal(pack.size), currency="GBP", supply_class=supply
    )
    return [pack.source_key, "GBP", made.amount_minor, made.acquisition_minor, made.margin_minor, made.fee_minor,
            made.acquisition_unit_micro, PRICE_SOURCE]  # fmt: skip


def _strength(part: Record, facts: Facts) -> str:
    amount = part.get("STRNT_NMRTR_VAL", "")
    if not amount:
        return ""
    up = facts.word("UNIT_OF_MEASURE", part.get("STRNT_NMRTR_UOMCD")).replace("microgram", "mcg").replace("gram", "g")
    down = facts.word("UNIT_OF_MEASURE", part.get("STRNT_DNMTR_UOMCD")).replace("gram", "g").replace("ml", "mL")
    per = part.get("STRNT_DNMTR_VAL", "")
    return f"{amount} {up}" + (f"/{'' if per == '1' else per + ' '}{down}" if down else "")


def _unit(word: str) -> tuple[str, int]:
    return UNITS.get(word.lower(), (word.lower()[:30], 1))
