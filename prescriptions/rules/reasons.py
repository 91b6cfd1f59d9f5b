"""Coded reasons for a refusal. Source: R-214. The coarse code is all that leaves this app (decision 15)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a pharmacist declines: the words for staff, a sentence to start from, the code orders may keep."""

    code: str
    label: str
    sentence: str
    coarse: str = "declined_by_pharmacist"


REASONS = (
    Reason("missing_detail", "A detail is missing", "Your prescription lacks something we must see on it."),
    Reason("expired", "Prescription expired", "Your prescription is too old to supply on. Please ask for a new one."),
    Reason("exhausted", "Nothing left", "Everything on this prescription has been supplied already."),
    Reason("quantity_exceeded", "More than prescribed", "You asked for more than your prescription allows."),
    Reason("identity", "Identity not clear", "We could not make sure who the prescription is for."),
    Reason(
        "clinical",
        "Not safe for this patient",
        "We do not think this medicine is right for you. Please ask your prescriber.",
    ),
    Reason("suspect", "Document in doubt", "We could not confirm this prescription with its prescriber."),
    Reason("destination", "Not to this place", "We may not send this medicine to your address."),
    Reason("not_mailable", "Not by post", "This medicine may not be sent by post."),
    Reason("out_of_stock", "Not in stock", "We can't get this medicine at the moment.", "out_of_stock"),
    Reason("discontinued", "Discontinued", "This medicine is no longer made.", "out_of_stock"),
)
BY_CODE = {reason.code: reason for reason in REASONS}


def coarse(code: str) -> str:
    """The code other apps may keep. Raises KeyError for a reason nobody has written down."""
    return BY_CODE[code].coarse
