"""One row of the FDA directory (product.txt, package.txt) → one staged row. No database, no clock."""

from __future__ import annotations

import json
import re
from collections.abc import Container
from datetime import date
from functools import lru_cache

from catalog.imports.staged import StagedPack, StagedProduct, as_json, digest, sealed
from catalog.rules import codes, forms, names, packs, shelves, storage
from catalog.rules.supply import Classed, SupplyClass
from catalog.rules.supply_us import FdaRow, classify_fda

SOURCE = "fda-ndc"
LONGEST_SLUG = 160
SOURCE_NAME = "FDA National Drug Code directory"
# The less a class allows, the further left: of two listings of one code the stricter counts.
STRICTEST = (
    SupplyClass.CONTROLLED, SupplyClass.NOT_SUPPLIED, SupplyClass.PRESCRIPTION_ONLY, SupplyClass.PHARMACY_ONLY,
    SupplyClass.GENERAL_SALE,
)  # fmt: skip


class Refusal(ValueError):
    """A row that can't be taken in; the message is the reason in the report."""


type Row = dict[str, str]
_AND = re.compile(r"\s*(?:[,;/+]|\band\b)\s*", re.IGNORECASE)


def product_key(row: Row) -> str:
    """The product NDC, checked. Raises Refusal."""
    key = (row.get("PRODUCTNDC") or "").strip()
    parts = key.split("-")
    if len(parts) != 2 or not all(part.isdigit() for part in parts) or not 8 <= len(key) - 1 <= 9:
        raise Refusal(f"not a product NDC: {key!r}")
    return key


def classed(row: Row, *, on: date, listed: bool = False) -> Classed:
    """The US supply class of a product row on a date; `listed`: as if its listing were certified."""
    return classify_fda(
        FdaRow(
            product_type=row["PRODUCTTYPENAME"].strip(),
            category=row["MARKETINGCATEGORYNAME"].strip(),
            route=row["ROUTENAME"],
            dea_schedule=row["DEASCHEDULE"],
            substances=tuple(part.strip() for part in row["SUBSTANCENAME"].split(";")),
            end_marketing=_date(row["ENDMARKETINGDATE"]),
            form=row["DOSAGEFORMNAME"].strip(),
            generic_name=row["NONPROPRIETARYNAME"],
            classes=row["PHARM_CLASSES"],
            excluded="N" if listed else row["NDC_EXCLUDE_FLAG"].strip().upper(),
        ),
        on=on,
    )


def is_certified(row: Row) -> bool:
    """Whether the FDA keeps a product row in its directory; what the flag does not say is not so."""
    return row["NDC_EXCLUDE_FLAG"].strip().upper() == "N"


def is_excluded(row: Row) -> bool:
    """Whether a row of the package file is marked as taken out of the directory; older files have no such column."""
    return row.get("NDC_EXCLUDE_FLAG", "N").strip().upper() not in ("", "N")


def is_cold(row: Row) -> bool:
    """Whether packs of a product row travel cold: the directory does not say, its substances do."""
    listed = (*row["SUBSTANCENAME"].split(";"), row["NONPROPRIETARYNAME"])
    biologic = row["MARKETINGCATEGORYNAME"].strip() == "BLA"
    return storage.kept(listed, biologic=biologic, route=row["ROUTENAME"]) != "ambient"


def rank(row: Row) -> tuple[str, ...]:
    """Which of two listings of one NDC is kept: not excluded, certified longest, newest, then the later id."""
    return (
        "1" if is_certified(row) else "0",
        row["LISTING_RECORD_CERTIFIED_THROUGH"].strip(),
        row["STARTMARKETINGDATE"].strip(),
        row["PRODUCTID"],
    )


def stage_product(
    row: Row, supply: Classed, *, atc_of: dict[str, str], as_of: str, known: Container[str] = ()
) -> StagedProduct:
    """Make a product row ready. `known`: what the directory lists as substances, by which a kit's generic name is read.

    Raises Refusal when it has no name or no usable code.
    """
    key = product_key(row)
    proprietary = " ".join(f"{row['PROPRIETARYNAME']} {row['PROPRIETARYNAMESUFFIX']}".split())
    generic = " ".join(row["NONPROPRIETARYNAME"].split())
    if not proprietary and not generic:
        raise Refusal("no name")
    listed = [" ".join(part.split()) for part in row["SUBSTANCENAME"].split(";") if part.strip()]
    holds = listed or _named(generic, known)
    moieties = tuple(dict.fromkeys(names.moiety(each) for each in holds))
    is_brand = _is_brand(proprietary, generic, tuple(listed), moieties)
    name = names.brand(proprietary) if is_brand else names.sentence(proprietary or generic)
    form = forms.shown(row["DOSAGEFORMNAME"], row["ROUTENAME"])
    strength = forms.strength(row["ACTIVE_NUMERATOR_STRENGTH"], row["ACTIVE_INGRED_UNIT"])
    atc = atc_of.get(moieties[0], "") if len(moieties) == 1 else ""
    shelf, atc = shelves.place(moieties, classes=row["PHARM_CLASSES"], route=row["ROUTENAME"], atc=atc)
    maker = names.labeler(row["LABELERNAME"])
    return sealed(
        StagedProduct(
            source_key=key,
            digest="",
            slug=slug_of(name, strength, form, maker, key),
            as_of=as_of,
            kind="medicine",
            name=name[:500],
            name_key=names.key(name)[:500] or key,
            generic_name=names.sentence(generic)[:600],
            is_brand=is_brand,
            labeler=maker[:200],
            form=form[:60],
            form_listed=row["DOSAGEFORMNAME"].strip()[:100],
            route=names.sentence(row["ROUTENAME"].replace(";", ", "))[:200],
            strength=strength[:400],
            equivalence=_equivalence(row, tuple(listed), form, supply),
            atc=atc,
            shelf=shelf,
            approval=row["APPLICATIONNUMBER"].strip()[:40],
            category=row["MARKETINGCATEGORYNAME"].strip()[:60],
            purpose="",
            facts=as_json({"classes": classes} if (classes := _classes(row["PHARM_CLASSES"])) else {}),
            marketed_from=_iso(row["STARTMARKETINGDATE"]),
            marketed_until=_iso(row["ENDMARKETINGDATE"]),
            ingredients=_ingredients(row, tuple(holds)),
            supplies=as_json([["US", supply.supply_class.value, supply.rule, SOURCE_NAME]]),
        )
    )


def stage_pack(row: Row, *, cold: bool = False) -> StagedPack:
    """Make a pack row ready. Raises Refusal on a code or a description that can't be read."""
    try:
        code = codes.check_ndc(row["NDCPACKAGECODE"])
        read = packs.parse(row["PACKAGEDESCRIPTION"])
    except (codes.NotACode, packs.Unreadable) as problem:
        raise Refusal(str(problem)[:200]) from problem
    return sealed(
        StagedPack(
            source_key=code,
            digest="",
            product_key=product_key(row),
            description=read.description,
            listed_as=" ".join(row["PACKAGEDESCRIPTION"].split())[:1000],
            container=read.container[:80],
            size=f"{read.size:.4f}",
            unit=read.unit,
            counted_from="",
            storage="cold_2_8" if cold else "ambient",
            weight_g=None,
            hs_code="3004",
            max_per_order=6,
            is_sample=row.get("SAMPLE_PACKAGE", "").strip() == "Y",
            is_stock_bottle=False,
            marketed_from=_iso(row["STARTMARKETINGDATE"]),
            marketed_until=_iso(row["ENDMARKETINGDATE"]),
            codes=json.dumps([["ndc", code, code.replace("-", "")]]),
        )
    )


def slug_of(name: str, strength: str, form: str, maker: str, key: str) -> str:
    """The product's address: words cut to length, the source's code at the end so that it is unique and stays."""
    tail = f"{names.slug(maker, longest=30)}-{key.lower()}"
    head = names.slug(f"{name} {strength} {form}", longest=min(90, LONGEST_SLUG - len(tail) - 1))
    return f"{head}-{tail}".strip("-")


@lru_cache(maxsize=20_000)
def _is_brand(proprietary: str, generic: str, listed: tuple[str, ...], moieties: tuple[str, ...]) -> bool:
    key = names.key(proprietary)
    if not key or key == names.key(generic):
        return False
    words = set(names.key(" ".join((generic, *listed))).split()) | {"and", "with", "usp", "hcl", "er", "xr", "dr", "sr"}
    return not (set(key.split()) <= words or key in moieties)


def _equivalence(row: Row, listed: tuple[str, ...], form: str, supply: Classed) -> str:
    needs_prescription = supply.supply_class.needs_prescription or "PRESCRIPTION" in row["PRODUCTTYPENAME"]
    if not listed or (needs_prescription and forms.lets_go_slowly(row["DOSAGEFORMNAME"])):
        return ""
    strengths = [s.strip() for s in row["ACTIVE_NUMERATOR_STRENGTH"].split(";")]
    units = [u.strip() for u in row["ACTIVE_INGRED_UNIT"].split(";")]
    parts = sorted(f"{s}|{n}|{u}" for s, n, u in zip(listed, strengths, units, strict=False))
    if len(parts) != len(listed):
        return ""
    return digest(*parts, form.lower(), row["ROUTENAME"])


def _named(generic: str, known: Container[str]) -> list[str]:
    """The substances that a generic name lists; none where a part of it is no substance of the directory."""
    parts = [part for part in _AND.split(generic) if part]
    return parts if all(names.moiety(part) in known for part in parts) else []


def _ingredients(row: Row, listed: tuple[str, ...]) -> str:
    strengths = row["ACTIVE_NUMERATOR_STRENGTH"].split(";")
    units = row["ACTIVE_INGRED_UNIT"].split(";")
    made: dict[str, list[str]] = {}
    for position, each in enumerate(listed[:60]):
        moiety = names.moiety(each)[:400]
        how_much = (
            forms.strength_of(strengths[position], units[position])
            if position < len(strengths) and position < len(units)
            else ""
        )
        made.setdefault(moiety, [moiety, names.sentence(moiety), "", names.sentence(each)[:400], how_much[:80]])
    return as_json(list(made.values()))


@lru_cache(maxsize=5_000)
def _classes(text: str) -> tuple[str, ...]:
    return tuple(part.strip().removesuffix(" [EPC]") for part in text.split(",") if "[EPC]" in part)[:4]


@lru_cache(maxsize=20_000)
def _date(text: str) -> date | None:
    text = text.strip()
    if len(text) != 8 or not text.isdigit():
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _iso(text: str) -> str | None:
    found = _date(text)
    return found.isoformat() if found else None
