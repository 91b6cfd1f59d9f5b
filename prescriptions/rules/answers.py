"""What a pharmacist may answer to an alert, by its weight. Source: R-207, R-208 (travel and loss)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """One coded answer: its words, and the weights it is enough for. `needs_words` wants a sentence beside it."""

    code: str
    label: str
    enough_for: tuple[str, ...]
    needs_words: bool = False


ANSWERS = (
    Answer("seen", "Seen", ("caution",)),
    Answer("known_and_tolerated", "Taken before and tolerated", ("caution", "serious")),
    Answer("benefit_outweighs", "The benefit outweighs it", ("caution", "serious"), needs_words=True),
    Answer("monitored", "It is being monitored", ("caution", "serious"), needs_words=True),
    Answer("dose_fits", "The dose takes it into account", ("caution", "serious"), needs_words=True),
    Answer("replaces", "It replaces the other medicine", ("caution", "serious")),
    Answer("told_patient", "Talked over with the patient", ("caution", "serious"), needs_words=True),
    Answer("travel_or_loss", "Travel, loss or a holiday", ("caution", "serious"), needs_words=True),
    Answer("does_not_apply", "Does not apply to this patient", ("caution", "serious"), needs_words=True),
    Answer(
        "asked_prescriber", "The prescriber was asked and confirms", ("caution", "serious", "contraindicated"),
        needs_words=True,
    ),
)  # fmt: skip
BY_CODE = {answer.code: answer for answer in ANSWERS}
WEIGHTS = ("caution", "serious", "contraindicated")
# What the verbs themselves settle: "Approve less" answers it, and approving more is refused by the count.
SETTLED_BY_THE_VERB = frozenset({"more_than_left"})


def wants_answer(severity: str, code: str) -> bool:
    """Does Approve wait for an answer to such an alert?"""
    return severity in WEIGHTS and code not in SETTLED_BY_THE_VERB


# Serious alerts of which a coded answer alone says enough: it goes with the other medicine, or takes its place.
PLAIN = frozenset({"interaction", "warned_medicine", "same_substance_twice", "same_substance_running", "cross_allergy"})


def wants_words(answer: str, severity: str, code: str) -> bool:
    """Does an answer to such an alert need a sentence? Another strength, a dose above its limit, an early supply do."""
    known = BY_CODE.get(answer)
    return known is None or known.needs_words or (severity != "caution" and code not in PLAIN)


def is_enough(answer: str, severity: str) -> bool:
    """Is the coded answer enough for an alert of this weight? An unknown one never is."""
    known = BY_CODE.get(answer)
    return known is not None and severity in known.enough_for


def for_weight(severity: str) -> tuple[Answer, ...]:
    """The answers offered for a weight."""
    return tuple(answer for answer in ANSWERS if severity in answer.enough_for)
