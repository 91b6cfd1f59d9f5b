"""Small lists of every source, in the source's own shape."""
# ruff: noqa: E501  (files are read by the line)

from __future__ import annotations

import json
from pathlib import Path

from django.db import transaction

from catalog.imports import own
from catalog.imports.staged import StagedPack, StagedProduct, as_json, sealed
from catalog.imports.staging import merge_packs, merge_products
from catalog.models.product import Substance
from catalog.rules.supply import SupplyClass
from pharmacy.clock import today


def make(source: str, folder: Path, **more: str) -> list[Path]:
    """Write a source's files into a folder of their own, with what the catalogue must have before; the files."""
    place = folder / source
    place.mkdir(exist_ok=True)
    files: list[Path] = _MAKERS[source](place, **more)
    return files


def own_csv(folder: Path, rows: list[tuple[str, ...]]) -> Path:
    """Rows as one's own list."""
    lines = [",".join(f'"{cell}"' for cell in row) for row in (own.COLUMNS, *rows)]
    path = folder / "own.csv"
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    return path


def _csv(place: Path) -> list[Path]:
    path = place / "own.csv"
    path.write_text(own.template(), encoding="utf-8")
    return [path]


def _bdpm(place: Path) -> list[Path]:
    texts = {
        "CIS_bdpm": "60002283\tANASTROZOLE ACCORD 1 mg, comprimé pelliculé\tcomprimé pelliculé\torale\tAutorisation active\tProcédure nationale\tCommercialisée\t16/03/2011\t\t\t ACCORD\tNon\n"
        "60002504\tRANITIDINE BIOGARAN 150 mg, comprimé\tcomprimé\torale\tAutorisation active\tProcédure nationale\tCommercialisée\t16/03/2011\t\t\t BIOGARAN\tNon\n"
        "60009999\tVIEUX 5 mg, comprimé\tcomprimé\torale\tAutorisation abrogée\tProcédure nationale\tNon commercialisée\t16/03/2001\t\t\t LABO\tNon\n",
        "CIS_CIP_bdpm": "60002283\t4949770\tplaquette(s) PVC de 90 comprimé(s)\tPrésentation active\tDéclaration de commercialisation\t19/09/2011\t3400949497706\toui\t100%\t1 120,04\t1 121,06\t1,02\t\n"
        "60002504\t3320863\ttube(s) de 30 comprimé(s)\tPrésentation active\tDéclaration de commercialisation\t03/12/2003\t3400933208639\toui\t15%\t\t\t\t\n",
        "CIS_COMPO_bdpm": "60002283\tcomprimé\t42215\tANASTROZOLE\t1,00 mg\tun comprimé\tSA\t1\t\n"
        "60002504\tcomprimé\t25783\tRANITIDINE (CHLORHYDRATE DE)\t168 mg\tun comprimé\tSA\t1\t\n"
        "60002504\tcomprimé\t49632\tRANITIDINE BASE\t150 mg\tun comprimé\tFT\t1\t\n",
        "CIS_CPD_bdpm": "60002283\tliste I\n",
        "CIS_GENER_bdpm": "7\tANASTROZOLE 1 mg\t60002283\t0\t1\t\n7\tANASTROZOLE 1 mg\t60002504\t2\t2\t\n",
    }
    for name, text in texts.items():
        (place / f"{name}.txt").write_bytes(text.encode("latin-1"))
    return sorted(place.iterdir())


def _ema(place: Path, maker: str = "Holder", status: str = "Authorised") -> list[Path]:
    from catalog.imports.ema import COLUMNS

    def row(n: int, name: str, kind: str = "Human", is_now: str = "Authorised", holder: str = "Holder") -> str:
        cells = dict.fromkeys(COLUMNS, "") | {
            "Category": kind, "Name of medicine": name, "EMA product number": f"EMEA/H/C/00000{n}", "Medicine status": is_now,
            "Active substance": "rivaroxaban", COLUMNS[6]: "rivaroxaban", "ATC code (human)": "B01AF01",
            "Marketing authorisation developer / applicant / holder": holder, "Generic or hybrid": "Yes", "Biosimilar": "No",
        }  # fmt: skip
        return ",".join(f'"{cell}"' for cell in cells.values())

    rows = [
        ",".join(f'"{name}"' for name in COLUMNS), row(1, "Newname (previously Oldname)", is_now=status, holder=maker),
        row(2, "Gone", is_now="Suspended"), row(3, "Ended", is_now="Lapsed"), row(4, "Never", is_now="Refused"), row(5, "Cow", kind="Veterinary"),
    ]  # fmt: skip
    (place / "medicines.csv").write_text("\r\n".join(rows) + "\r\n", encoding="utf-8-sig")
    return [place / "medicines.csv"]


def _dmd(place: Path, price: str = "485") -> list[Path]:
    def info(section: str, **words: str) -> str:
        return (
            f"<{section}>"
            + "".join(f"<INFO><CD>{c[1:]}</CD><DESC>{w}</DESC></INFO>" for c, w in words.items())
            + f"</{section}>"
        )

    free, pom, special = "442611000001109", "4744411000001104", "9393711000001102"
    texts = {
        "f_lookup2_1": "<LOOKUP>" + info("UNIT_OF_MEASURE", c258682000="gram", c258684004="mg") + info("FORM", c1="Gel") + info("ROUTE", c2="Cutaneous")
        + info("SUPPLIER", c3="Maker Ltd") + info("LEGAL_CATEGORY", c0001="GSL", c0003="POM") + info("CONTROL_DRUG_CATEGORY", c0000="No Controlled Drug Status")
        + info("AVAILABILITY_RESTRICTION", c0001="None", c0006="Special") + info("LICENSING_AUTHORITY", c0001="Medicines - MHRA/EMA") + "</LOOKUP>",
        "f_ingredient2_1": "<INGREDIENT_SUBSTANCES><ING><ISID>426714006</ISID><NM>Diclofenac diethylamine</NM></ING><ING><ISID>13668001</ISID><NM>Propylene glycol</NM></ING></INGREDIENT_SUBSTANCES>",
        "f_vmp2_1": "<VIRTUAL_MED_PRODUCTS><VMPS><VMP><VPID>22480211000001104</VPID><NM>Diclofenac 2.32% gel</NM></VMP><VMP><VPID>347208002</VPID><NM>Another gel</NM></VMP></VMPS>"
        "<VPI><VPID>22480211000001104</VPID><ISID>426714006</ISID><STRNT_NMRTR_VAL>23.2</STRNT_NMRTR_VAL><STRNT_NMRTR_UOMCD>258684004</STRNT_NMRTR_UOMCD><STRNT_DNMTR_VAL>1</STRNT_DNMTR_VAL><STRNT_DNMTR_UOMCD>258682000</STRNT_DNMTR_UOMCD></VPI>"
        + "".join(f"<DFORM><VPID>{v}</VPID><FORMCD>1</FORMCD></DFORM><DROUTE><VPID>{v}</VPID><ROUTECD>2</ROUTECD></DROUTE><CONTROL_INFO><VPID>{v}</VPID><CATCD>0000</CATCD></CONTROL_INFO>" for v in ("22480211000001104", "347208002"))
        + "</VIRTUAL_MED_PRODUCTS>",
        "f_vmpp2_1": "<VIRTUAL_MED_PRODUCT_PACK><VMPP><VPPID>26352411000001101</VPPID><NM>x</NM><VPID>22480211000001104</VPID><QTYVAL>100</QTYVAL><QTY_UOMCD>258682000</QTY_UOMCD></VMPP></VIRTUAL_MED_PRODUCT_PACK>",
        "f_amp2_1": "<ACTUAL_MEDICINAL_PRODUCTS><AMPS>"
        + "".join(f"<AMP><APID>{a}</APID><VPID>{v}</VPID><NM>Gel {a[:3]}</NM><SUPPCD>3</SUPPCD><LIC_AUTHCD>0001</LIC_AUTHCD><AVAIL_RESTRICTCD>{r}</AVAIL_RESTRICTCD></AMP>"
                  for a, v, r in ((free, "347208002", "0001"), (pom, "22480211000001104", "0001"), (special, "347208002", "0006")))
        + f"</AMPS><AP_ING><APID>{pom}</APID><ISID>13668001</ISID></AP_ING></ACTUAL_MEDICINAL_PRODUCTS>",
        "f_ampp2_1": "<ACTUAL_MEDICINAL_PROD_PACKS>"
        + "".join(f"<AMPP><APPID>{p}</APPID><NM>pack</NM><VPPID>26352411000001101</VPPID><APID>{a}</APID><LEGAL_CATCD>{c}</LEGAL_CATCD></AMPP>"
                  for p, a, c in (("1714711000001106", free, "0001"), ("22479911000001108", pom, "0003"), ("9393811000001105", special, "0003")))
        + f"<PRICE_INFO><APPID>22479911000001108</APPID><PRICE>{price}</PRICE></PRICE_INFO></ACTUAL_MEDICINAL_PROD_PACKS>",
        "f_gtin2_1": "<GTIN_DETAILS><AMPP><AMPPID>22479911000001108</AMPPID><GTINDATA><GTIN>8712400158572</GTIN><ENDDT>2013-07-21</ENDDT></GTINDATA><GTINDATA><GTIN>5051562033802</GTIN></GTINDATA></AMPP></GTIN_DETAILS>",
    }  # fmt: skip
    for name, text in texts.items():
        (place / f"{name}.xml").write_text(text, encoding="utf-8")
    return sorted(place.iterdir())


def _drugsfda(place: Path) -> list[Path]:
    for key, approval, strength in (("1-1", "ANDA000001", "10 mg"), ("2-2", "ANDA000002", "10 mg"), ("2-3", "ANDA000002", "20 mg"),
                                    ("3-1", "NDA000003", "10 mg"), ("2-9", "ANDA000002", "7 mg")):  # fmt: skip
        _listed(key, approval=approval, strength=strength)
    texts = {
        "Products": "ApplNo\tProductNo\tForm\tStrength\tActiveIngredient\r\n"
        + "".join(
            f"{a}\t{n}\tTABLET;ORAL\t{s}\tBACLOFEN\r\n"
            for a, n, s in (
                ("000001", "001", "10MG"),
                ("000002", "001", "10MG"),
                ("000002", "002", "20MG"),
                ("000003", "001", "10MG **note**"),
            )
        ),
        "MarketingStatus": "MarketingStatusID\tApplNo\tProductNo\r\n1\t000001\t001\r\n1\t000002\t001\r\n1\t000002\t002\r\n3\t000003\t001\r\n",
        "TE": "ApplNo\tProductNo\tMarketingStatusID\tTECode\r\n000001\t001\t1\tAB\r\n000002\t001\t1\tAB\r\n000002\t002\t1\tBX\r\n000003\t001\t3\tTBD\r\n",
    }
    for name, text in texts.items():
        (place / f"{name}.txt").write_bytes(text.encode("cp1252"))
    return sorted(place.iterdir())


def _nadac(place: Path) -> list[Path]:
    _listed("0527-1330", approval="ANDA078220", strength="10 mg", code="0527-1330-01")
    line = {"d": "BACLOFEN 10 MG TABLET", "n": "00527133001", "p": "0.03351", "u": "EA"}
    (place / "nadac.json").write_text(json.dumps({"date": "2025-12-17", "d": {"BACLOFEN": {"l": [line]}}}))
    return [place / "nadac.json"]


def _unii(place: Path) -> list[Path]:
    Substance.objects.get_or_create(key="baclofen", defaults={"slug": "baclofen", "name": "Baclofen"})
    rows = ["Name\tTYPE\tUNII\tDisplay Name", "BACLOFEN\tof\tH789N3FKE8\tBACLOFEN", "BACLOFÈNE [INN-FRENCH]\tof\tH789N3FKE8\tBACLOFEN",
            "GERMANIUM\tcn\t00072J7XWS\tGERMANIUM"]  # fmt: skip
    (place / "unii.txt").write_bytes("\r\n".join(rows).encode("cp1252"))
    return [place / "unii.txt"]


def _rxnorm(place: Path) -> list[Path]:
    Substance.objects.get_or_create(key="baclofen", defaults={"slug": "baclofen", "name": "Baclofen"})
    (place / "rx.csv").write_text(
        "rxcui,tty,name\n1292,IN,baclofen\n2,SBD,baclofen 10 MG Oral Tablet [Lioresal]\n3,IN,unknownine\n"
    )
    return [place / "rx.csv"]


def _listed(key: str, *, approval: str, strength: str, code: str = "") -> None:
    """A product of the FDA directory, and a pack of 100 where it has a code."""
    product = StagedProduct(
        source_key=key, digest="", slug=f"b-{key}", as_of="2019-04-29", kind="medicine", name="Baclofen", name_key="baclofen",
        generic_name="", is_brand=False, labeler="M", form="Tablet", form_listed="TABLET", route="Oral", strength=strength,
        equivalence="", atc="", shelf="", approval=approval, category="", purpose="", facts="{}", marketed_from=None, marketed_until=None,
        ingredients=as_json([["baclofen", "Baclofen", "", "Baclofen", strength]]),
        supplies=as_json([["US", SupplyClass.PRESCRIPTION_ONLY.value, "us-prescription", "t"]]),
    )  # fmt: skip
    pack = StagedPack(
        source_key=code, digest="", product_key=key, description="100 tablets", listed_as="", container="BOTTLE", size="100", unit="tablet",
        counted_from="", storage="ambient", weight_g=None, hs_code="3004", max_per_order=6, is_sample=False, is_stock_bottle=False,
        marketed_from=None, marketed_until=None, codes=as_json([["ndc", code, code.replace("-", "")]]),
    )  # fmt: skip
    with transaction.atomic():
        merge_products([sealed(product)], source="fda-ndc", today=today())
        merge_packs([sealed(pack)] if code else [], source="fda-ndc")


_MAKERS = {
    "bdpm": _bdpm, "csv": _csv, "dmd": _dmd, "drugsfda": _drugsfda, "ema": _ema, "nadac": _nadac, "rxnorm": _rxnorm, "unii": _unii,
}  # fmt: skip
