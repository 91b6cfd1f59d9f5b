"""The catalogue's arithmetic: codes, packs, names, classes, prices. No database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules import codes, forms, names, packs, prices, shelves, storage
from catalog.rules.stock import LotFacts, first_expiry_first_out
from catalog.rules.supply import RULE_SENTENCES, SupplyClass
from catalog.rules.supply_us import FdaRow, classify_fda

TODAY = date(2026, 11, 24)


def row(**facts: object) -> FdaRow:
    """An ordinary prescription tablet, but for `facts`."""
    usual: dict[str, object] = {
        "product_type": "HUMAN PRESCRIPTION DRUG", "category": "ANDA", "route": "ORAL", "dea_schedule": "",
        "substances": ("BACLOFEN",),
    }  # fmt: skip
    return FdaRow(**(usual | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "prescription_only"),
        ({"dea_schedule": "CIV"}, "controlled"),
        ({"dea_schedule": "CII", "route": "INTRAVENOUS"}, "controlled"),
        ({"substances": ("PSEUDOEPHEDRINE HYDROCHLORIDE",), "product_type": "HUMAN OTC DRUG"}, "not_supplied"),
        ({"route": "INTRATHECAL"}, "not_supplied"),
        ({"route": "SUBCUTANEOUS; INTRAVENOUS"}, "not_supplied"),
        ({"route": "SUBCUTANEOUS"}, "prescription_only"),
        ({"product_type": "VACCINE", "category": "BLA"}, "not_supplied"),
        ({"category": "UNAPPROVED HOMEOPATHIC", "product_type": "HUMAN OTC DRUG"}, "not_supplied"),
        ({"category": "UNAPPROVED MEDICAL GAS"}, "not_supplied"),
        ({"category": "UNAPPROVED DRUG OTHER"}, "not_supplied"),
        ({"is_sample": True}, "not_supplied"),
        ({"end_marketing": date(2019, 12, 31)}, "not_supplied"),
        ({"end_marketing": TODAY}, "prescription_only"),
        ({"substances": ("ISOTRETINOIN",)}, "not_supplied"),
        ({"product_type": "HUMAN OTC DRUG", "category": "OTC MONOGRAPH FINAL"}, "general_sale"),
        ({"product_type": "HUMAN OTC DRUG", "category": "NDA", "route": "DENTAL"}, "general_sale"),
        ({"product_type": "HUMAN OTC DRUG", "category": "EXPORT ONLY"}, "not_supplied"),
        ({"product_type": "", "category": ""}, "not_supplied"),
        # What the real directory holds: columns left empty, gases and vaccines among the common drugs.
        ({"substances": ("CODEINE PHOSPHATE", "GUAIFENESIN"), "product_type": "HUMAN OTC DRUG",
          "category": "OTC MONOGRAPH FINAL"}, "controlled"),
        ({"substances": ("OXYCODONE HYDROCHLORIDE",)}, "controlled"),
        ({"substances": ("APOMORPHINE HYDROCHLORIDE",), "route": "SUBCUTANEOUS"}, "prescription_only"),
        ({"substances": ("",), "generic_name": "Midazolam and saline", "form": "KIT"}, "controlled"),
        ({"substances": ("",), "generic_name": "guaifenesin, pseudoephedrine hydrochloride", "form": "KIT", "route": "",
          "product_type": "HUMAN OTC DRUG", "category": "OTC MONOGRAPH FINAL"}, "not_supplied"),
        ({"substances": ("",), "generic_name": "temsirolimus", "form": "KIT", "route": ""}, "not_supplied"),
        ({"substances": ("OXYGEN",), "form": "GAS", "route": "RESPIRATORY (INHALATION)"}, "not_supplied"),
        ({"substances": ("CALCIUM ACETATE",), "form": "CAPSULE"}, "prescription_only"),
        ({"substances": ("SEVOFLURANE",), "form": "LIQUID", "route": "RESPIRATORY (INHALATION)"}, "not_supplied"),
        ({"substances": ("SALMONELLA ENTERICA SUBSP. ENTERICA SEROVAR TYPHI",), "category": "BLA"}, "not_supplied"),
        ({"substances": ("FELIS CATUS SKIN",), "route": "SUBCUTANEOUS", "category": "BLA",
          "classes": "Standardized Animal Skin Allergenic Extract [EPC]"}, "not_supplied"),
        ({"substances": ("SODIUM IODIDE I-131",), "form": "CAPSULE"}, "not_supplied"),
        ({"substances": ("MEPIVACAINE HYDROCHLORIDE",), "form": "INJECTION, SOLUTION", "route": "SUBCUTANEOUS"},
         "not_supplied"),
        ({"substances": ("LIDOCAINE",), "form": "PATCH", "route": "TOPICAL"}, "prescription_only"),
        ({"substances": ("GOSERELIN ACETATE",), "form": "IMPLANT", "route": "SUBCUTANEOUS"}, "not_supplied"),
        ({"substances": ("PEGVALIASE",), "route": "SUBCUTANEOUS", "category": "BLA"}, "not_supplied"),
        ({"substances": ("WATER",), "route": "IRRIGATION; OPHTHALMIC", "product_type": "HUMAN OTC DRUG",
          "category": "OTC MONOGRAPH FINAL"}, "general_sale"),
        ({"substances": ("INSULIN HUMAN",), "form": "INJECTION, SUSPENSION", "route": "SUBCUTANEOUS",
          "product_type": "HUMAN OTC DRUG", "category": "NDA"}, "pharmacy_only"),
        ({"product_type": "HUMAN OTC DRUG", "category": "OTC Monograph Drug"}, "general_sale"),
        # What the FDA's own mark says of the listing: N stands, E lapsed, anything else (also nothing) is not decided.
        ({"excluded": "N"}, "prescription_only"),
        ({"excluded": "E"}, "not_supplied"),
        ({"excluded": "E", "dea_schedule": "CIV"}, "controlled"),
        ({"excluded": "I"}, "not_supplied"),
        ({"excluded": ""}, "not_supplied"),
    ],
)  # fmt: skip
def test_the_first_rule_that_matches_gives_the_class(facts: dict[str, object], expected: str) -> None:
    assert classify_fda(row(**facts), on=TODAY).supply_class == expected


def test_a_listing_that_lapsed_says_so_where_nothing_weightier_keeps_it_off() -> None:
    assert classify_fda(row(excluded="E"), on=TODAY).rule == "us-listing-not-certified"
    assert classify_fda(row(excluded="E", route="INTRATHECAL"), on=TODAY).rule == "us-clinician-route"
    assert classify_fda(row(excluded="Y"), on=TODAY).rule == "us-listing-excluded"
    assert {"us-listing-not-certified", "us-listing-excluded"} <= set(RULE_SENTENCES)


@pytest.mark.parametrize(
    ("names_listed", "route", "biologic", "expected"),
    [
        (("INSULIN GLARGINE",), "SUBCUTANEOUS", False, "cold_2_8"),
        (("INSULINE HUMAINE",), "sous-cutanée", False, "cold_2_8"),
        (("", "Adalimumab"), "", False, "cold_2_8"),
        (("DORNASE ALFA",), "RESPIRATORY (INHALATION)", True, "cold_2_8"),
        (("SEMAGLUTIDE",), "SUBCUTANEOUS", False, "cold_2_8"),
        (("SEMAGLUTIDE",), "ORAL", False, "ambient"),
        (("LATANOPROST", "TIMOLOL"), "OPHTHALMIC", False, "cold_2_8"),
        (("BACLOFEN",), "ORAL", False, "ambient"),
    ],
)
def test_what_spoils_in_warmth_travels_cold_though_the_directory_does_not_say(
    names_listed: tuple[str, ...], route: str, biologic: bool, expected: str
) -> None:
    assert storage.kept(names_listed, biologic=biologic, route=route) == expected


@pytest.mark.parametrize(
    ("ndc10", "ndc11"),
    [("0527-1330-01", "00527133001"), ("70518-063-80", "70518006380"), ("71335-0721-7", "71335072107")],
)
def test_all_three_formats_of_a_code_have_eleven_digits_and_are_found_again(ndc10: str, ndc11: str) -> None:
    assert codes.ndc11(ndc10) == ndc11
    assert ndc10 in codes.readings(ndc11).packages
    assert ndc10 in codes.readings(ndc10.replace("-", "")).packages
    assert ndc10 in codes.readings(codes.gtin_of_ndc(ndc10)).packages
    assert ndc10 in codes.readings(codes.upc_of_ndc(ndc10)).packages


def test_a_wrong_check_digit_is_not_a_code() -> None:
    good = codes.gtin_of_ndc("0527-1330-01")
    bad = good[:-1] + str((int(good[-1]) + 1) % 10)
    assert codes.check_gtin(good) == good
    with pytest.raises(codes.NotACode):
        codes.check_gtin(bad)
    with pytest.raises(codes.NotACode):
        codes.check_ndc("05271-3300-01")


@given(st.text(max_size=40))
def test_any_text_can_be_asked_whether_it_is_a_code(text: str) -> None:
    codes.readings(text)
    names.key(text)
    names.key_spaced(text)


@pytest.mark.parametrize(
    ("text", "size", "unit", "description"),
    [
        ("100 TABLET, FILM COATED in 1 BOTTLE (71335-0721-7) ", "100", "tablet", "100 tablets"),
        ("12 POUCH in 1 CASE (0409-7901-09)  > 1 BAG in 1 POUCH > 1000 mL in 1 BAG", "12000", "mL", "12 × 1000 mL"),
        ("15 BLISTER PACK in 1 CARTON (1-1)  > 10 TABLET in 1 BLISTER PACK", "150", "tablet", "150 tablets"),
        ("1 KIT in 1 KIT (0942-6445-03)  *  70 mL in 1 BAG *  110 mL in 1 BAG", "1", "kit", "1 kit"),
        ("1.3 L in 1 BOTTLE (49955-610-13) ", "1300", "mL", "1300 mL"),
        (".3 g in 1 PACKET", "0.3", "g", "0.3 g"),
        ("1 PATCH in 1 POUCH", "1", "patch", "1 patch"),
    ],
)
def test_pack_descriptions_are_read(text: str, size: str, unit: str, description: str) -> None:
    read = packs.parse(text)
    assert (read.size, read.unit, read.description) == (Decimal(size), unit, description)


@pytest.mark.parametrize("text", ["", "0 TABLET in 1 BOTTLE", "TABLET", "125  in 1 CARTON", "10000000 L in 1 TANK"])
def test_descriptions_that_say_no_size_are_refused(text: str) -> None:
    with pytest.raises(packs.Unreadable):
        packs.parse(text)


@pytest.mark.parametrize(
    ("listed", "moiety"),
    [
        ("CYCLOBENZAPRINE HYDROCHLORIDE", "cyclobenzaprine"),
        ("ORPHENADRINE CITRATE", "orphenadrine"),
        ("SODIUM CHLORIDE", "sodium chloride"),
        ("POTASSIUM IODIDE", "potassium iodide"),
        ("ATORVASTATIN CALCIUM TRIHYDRATE", "atorvastatin"),
        ("MENTHOL, UNSPECIFIED FORM", "menthol"),
    ],
)
def test_the_active_part_is_what_remains_without_its_salt(listed: str, moiety: str) -> None:
    assert names.moiety(listed) == moiety


@pytest.mark.parametrize(
    ("numerator", "unit", "shown"),
    [("10", "mg/1", "10 mg"), ("5", "mg/5mL", "5 mg/5 mL"), ("1", "g/100g", "1%"), ("25", "ug/1", "25 mcg"),
     (".5", "mg/1", "0.5 mg"), ("1000", "[iU]/1", "1,000 units"), ("6", "[hp_X]/mL", ""), ("x", "mg/1", "")],
)  # fmt: skip
def test_strengths_are_written_as_people_read_them(numerator: str, unit: str, shown: str) -> None:
    assert forms.strength_of(numerator, unit) == shown


def test_a_price_is_built_from_cost_margin_and_fee_to_the_cent() -> None:
    made = prices.build(33_510, Decimal(90), currency="USD", supply_class=SupplyClass.PRESCRIPTION_ONLY)
    assert (made.acquisition_minor, made.margin_minor, made.fee_minor, made.amount_minor) == (302, 45, 350, 697)


@given(st.integers(0, 10**9), st.decimals("0.0001", "10000", places=4))
def test_a_price_always_equals_its_parts(micro: int, size: Decimal) -> None:
    made = prices.build(micro, size, currency="USD", supply_class=SupplyClass.GENERAL_SALE)
    assert made.amount_minor == made.acquisition_minor + made.margin_minor + made.fee_minor


def test_a_combination_with_a_cold_remedy_stands_on_the_cold_shelf() -> None:
    assert shelves.place(("acetaminophen", "dextromethorphan"))[0] == "cold"
    assert shelves.place(("baclofen",)) == ("muscles", "M03BX01")
    assert shelves.place(("nobody knows",))[0] == "other"


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 40), st.sampled_from(["ok", "held"])), max_size=8),
       st.integers(1, 120))  # fmt: skip
def test_lots_are_taken_in_order_of_expiry_and_never_for_more_than_they_hold(
    facts: list[tuple[int, int, str]], units: int
) -> None:
    lots = [
        LotFacts(n, f"L{n}", date(2027, 1, 1).replace(day=1 + days % 28), state, Decimal(free))
        for n, (free, days, state) in enumerate(facts)
    ]
    choice = first_expiry_first_out(lots, Decimal(units), good_until=date(2027, 1, 5))
    free_of = {lot.id: lot.free for lot in lots}
    assert sum(part for _, part in choice.taken) + choice.missing == units
    assert all(0 < part <= free_of[pk] for pk, part in choice.taken)
    assert all(lots[pk].state == "ok" and lots[pk].expires_on >= date(2027, 1, 5) for pk, _ in choice.taken)
