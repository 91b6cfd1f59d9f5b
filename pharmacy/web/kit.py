"""Samples for the kit page: every part of the look once, with facts that are for show."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from pharmacy.money import Money
from pharmacy.web.pictures.draw import Facts

BACLOFEN: Final = Facts(form="vial", name="Baclofen", strength="10 mg", count="90 tablets", atc="M03BX01")
CETIRIZINE: Final = Facts(form="carton", name="Cetirizine", strength="10 mg", count="30 tablets", atc="R06AE07")
IBUPROFEN: Final = Facts(
    form="vial", name="Ibuprofen", strength="200 mg", count="100 tablets", atc="M01AE01", glass="white"
)


def samples() -> dict[str, Any]:
    """Context of the kit page."""
    return {
        "colours": _COLOURS,
        "classes": ("general_sale", "pharmacy_only", "prescription_only", "controlled", "not_supplied"),
        "weights": ("note", "caution", "serious", "stop"),
        "states": ("ok", "unknown"),
        "pictures": _pictures(),
        "board": [IBUPROFEN, CETIRIZINE, BACLOFEN],
        "cards": [_card("Cetirizine", "10 mg", 620, 30, CETIRIZINE), _card("Ibuprofen", "200 mg", 585, 100, IBUPROFEN)],
        "hits": [_card("Baclofen", "10 mg", 697, 90, BACLOFEN, supply_class="prescription_only")],
        "suggestions": [{"url": "#", "label": "Baclofen", "note": "substance", "picture": BACLOFEN,
                         "supply_class": "prescription_only"}],
        "steps": [
            {"label": "Patient", "url": "#", "state": "done"}, {"label": "Prescription", "url": "#", "state": "done"},
            {"label": "Delivery", "url": "", "state": "now"}, {"label": "Payment"}, {"label": "Review"},
        ],
        "lines": _lines(),
        "calls": [{"number": "911", "when": "Someone is hard to wake, breathes badly, or has a seizure."},
                  {"number": "1-800-222-1222", "when": "Anything else, even with no signs yet."}],
    }  # fmt: skip


_COLOURS: Final = (
    "paper", "sheet", "sunk", "line", "line-strong", "ink", "ink-2", "ink-3", "accent", "accent-soft", "bottle",
    "ok", "note", "caution", "serious", "stop", "unknown", "rx",
)  # fmt: skip


def _pictures() -> list[tuple[str, Facts]]:
    label: dict[str, Any] = {"name": "Baclofen", "strength": "10 mg", "count": "90 tablets", "atc": "M03BX01"}
    packs = [Facts(form=form, **label) for form in ("vial", "carton", "tube", "sachet", "pen", "bottle", "spray")]
    doses = [
        Facts(form="blister"), Facts(form="blister", dose="capsule", colour="yellow"), Facts(form="tablet"),
        Facts(form="tablet", score=True, colour="pink"), Facts(form="tablet", shape="oblong", colour="blue"),
        Facts(form="capsule"), Facts(form="capsule", colour="clear", colour2="clear"),
    ]  # fmt: skip
    return [(one.form, one) for one in [*packs, Facts(form="vial", glass="green", **label), *doses]]


def _card(
    name: str, strength: str, minor: int, size: int, facts: Facts, *, supply_class: str = "general_sale"
) -> dict[str, Any]:
    return {
        "url": "#", "name": name, "strength": strength, "note": f"{size} tablets, Demo maker", "picture": facts,
        "supply_class": supply_class, "price": Money(minor, "USD"), "size": Decimal(size), "unit": "tablet",
        "pack": f"{size} tablets", "promise": "With you Wed 25 Nov",
    }  # fmt: skip


def _lines() -> list[dict[str, Any]]:
    done = [{"label": "Placed", "when": "Sun 21:14", "state": "done"}]
    return [
        {"title": "Baclofen 10 mg, 60 tablets", "price": Money(581, "USD"), "picture": BACLOFEN,
         "now": "Being packed in Newark.", "then": "Next: handed to the post by 16:00 today.",
         "stations": [*done, {"label": "Prescription", "state": "done"}, {"label": "Pharmacist", "state": "done"},
                      {"label": "Packing", "when": "today 10:05", "state": "now"}, {"label": "On its way"},
                      {"label": "With you", "when": "Wed 25"}]},
        {"title": "Cetirizine 10 mg, 30 tablets", "price": Money(620, "USD"), "picture": CETIRIZINE,
         "now": "Waiting for you.", "then": "Next: the pharmacist reads your answer.",
         "stations": [*done, {"label": "Your answer", "when": "by Tue 21:00", "state": "wait", "wide": True},
                      {"label": "Packing"}, {"label": "On its way"}, {"label": "With you"}]},
        {"title": "Ibuprofen 200 mg, 100 tablets", "price": Money(0, "USD"), "was": Money(585, "USD"), "over": True,
         "picture": IBUPROFEN, "now": "Not supplied, not charged.", "then": "The $5.85 held for it was released.",
         "stations": [{"label": "Placed", "state": "done", "wide": True}, {"label": "Declined", "state": "over"}]},
    ]  # fmt: skip
