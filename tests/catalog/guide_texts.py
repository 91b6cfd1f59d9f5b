"""A small guide that passes the gate, to be broken one way at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from catalog.rules.guide_shape import REQUIRED, Cite, Claim, Draft, Figure, Section, Source

TODAY = dt.date(2026, 11, 24)
LABEL = Source(
    key="label", kind="label", title="Baclofen tablets, US label", publisher="A maker", year=2022,
    read_on=dt.date(2026, 11, 24), set_id="00c6c924-ddfd-4a75-afd7-f6561ff9abbc",
)  # fmt: skip
STUDY = Source(
    key="study", kind="study", title="A cohort", publisher="JAMA", year=2019, read_on=dt.date(2026, 11, 24),
    doi="10.1001/jama.2019.17725", pmid="31705755",
)  # fmt: skip
WEB = Source(
    key="web", kind="agency", title="A page", publisher="An agency", year=2024, read_on=dt.date(2026, 11, 24),
    url="https://www.example.org/page",
)  # fmt: skip


def said(kind: str, text: str, *figures: Figure, source: str = "label", where: str = "Warnings") -> Claim:
    """A claim that leans on a source."""
    return Claim(kind, text, (Cite(source, where),), figures)


def plain(text: str) -> Claim:
    """A sentence that claims nothing."""
    return Claim("plain", text)


TEXTS: dict[str, tuple[Claim, ...]] = {
    "what_for": (said("indication", "It eases spasticity in multiple sclerosis."),),
    "who_must_not": (
        said("contraindication", "People allergic to baclofen must not take it, nor in Britain with an ulcer."),
        said("contraindication", "Tell us about epilepsy, thoughts of suicide, misuse of alcohol or drugs."),
    ),
    "how_to_take": (said("dose", "The most in a day is 80 mg.", Figure("max_daily_dose", "80", "mg")),),
    "missed_dose": (plain("We found no source for this. Ask a pharmacist; never take two doses at once."),),
    "stopping": (said("safety_net", "Never stop it at once: seizures have followed. The dose goes down slowly."),),
    "side_effects": (
        said("adverse_effect", "Drowsiness came to 63% of people in one trial.", Figure("drowsiness", "63", "%")),
        plain("Tell a pharmacist when something worries you."),
    ),
    "interactions": (said("interaction", "Alcohol and opioid painkillers add to its drowsiness."),),
    "pregnancy": (said("safety_net", "Only when the benefit clearly justifies the risk; newborns had withdrawal."),),
    "kidney_liver": (said("safety_net", "It leaves through the kidneys: on dialysis a smaller dose is needed."),),
    "driving": (said("safety_net", "Do not drive until you know how it treats you."),),
    "overdose": (
        plain("Call first: the numbers stand above. Do not make anybody vomit."),
        said("safety_net", "Signs are vomiting, weak muscles and coma."),
    ),
    "storage": (plain("We found no source for this. Ask the pharmacist who hands it to you."),),
    "reporting": (said("safety_net", "Report to the agency.", source="web", where=""),),
}
NOTHING = ("missed_dose", "storage")


def a_draft(**changed: tuple[Claim, ...]) -> Draft:
    """The guide that passes; sections named are given other claims, or are left out when given none."""
    texts = {**TEXTS, **changed}
    sections = tuple(
        Section(key, REQUIRED.get(key, key.replace("_", " ").capitalize()), claims, key in NOTHING)
        for key, claims in texts.items()
        if claims
    )
    cited = {cite.source for section in sections for claim in section.claims for cite in claim.cites}
    return Draft(
        title="Baclofen", summary="A tablet against spasticity.", substances=("baclofen",), sections=sections,
        sources=tuple(source for source in (LABEL, STUDY, WEB) if source.key in cited),
    )  # fmt: skip


def with_source(draft: Draft, **changed: object) -> Draft:
    """The same guide, its label changed."""
    sources = tuple(
        replace(source, **changed) if source.key == "label" else source  # type: ignore[arg-type]
        for source in draft.sources
    )
    return replace(draft, sources=sources)
