"""Which drawing stands for a dosage form, by the words of the FDA directory or our own."""

from typing import Final

from pharmacy.web.pictures.draw import Facts

# First match wins. A word is looked for anywhere in the upper-case form; (drawing, dose inside it).
_BY_WORD: Final[tuple[tuple[str, str, str], ...]] = (
    ("SPRAY", "spray", ""),
    ("AEROSOL", "spray", ""),
    ("INHAL", "spray", ""),
    ("CREAM", "tube", ""),
    ("OINTMENT", "tube", ""),
    ("GEL,", "tube", ""),
    ("PASTE", "tube", ""),
    ("LOTION", "bottle", ""),
    ("GRANULE", "sachet", ""),
    ("POWDER", "sachet", ""),
    ("PATCH", "sachet", ""),
    ("FILM, EXTENDED", "sachet", ""),
    ("INJECT", "carton", ""),
    ("SUPPOSITOR", "carton", ""),
    ("CAPSULE", "vial", "capsule"),
    ("TABLET", "vial", "tablet"),
    ("LOZENGE", "blister", "tablet"),
    ("SYRUP", "bottle", ""),
    ("SOLUTION", "bottle", ""),
    ("SUSPENSION", "bottle", ""),
    ("ELIXIR", "bottle", ""),
    ("LIQUID", "bottle", ""),
    ("SHAMPOO", "bottle", ""),
    ("GEL", "tube", ""),
)


def choose(dosage_form: str, *, packaging: str = "", **facts: str) -> Facts:
    """Facts for a drawing: `dosage_form` as a directory writes it ("TABLET, FILM COATED"), `packaging` its container.

    `facts` are fields of Facts (name, strength, count, atc, colour …). A blister or carton in the
    packaging wins over the form; prescription vials are amber, shop bottles white (`glass="white"`).
    """
    form, dose = _form_of(dosage_form.upper() + ",")
    container = packaging.upper()
    if "BLISTER" in container and dose:
        form = "carton" if "CARTON" in container else "blister"
    elif "PEN" in container.split() or "SYRINGE" in container:
        form = "pen"
    elif form == "vial" and "CARTON" in container:
        form = "carton"
    return Facts(form=form, dose=dose or "tablet", **facts)  # type: ignore[arg-type]


def dose_of(dosage_form: str, **facts: str) -> Facts | None:
    """The tablet or capsule itself, for the product page's plate; None for what is not counted in pieces."""
    words = dosage_form.upper()
    if "CAPSULE" in words:
        return Facts(form="capsule", **({"colour2": facts.get("colour", "white")} | facts))  # type: ignore[arg-type]
    return Facts(form="tablet", **facts) if "TABLET" in words else None  # type: ignore[arg-type]


def _form_of(words: str) -> tuple[str, str]:
    return next(((form, dose) for word, form, dose in _BY_WORD if word in words), ("carton", ""))
