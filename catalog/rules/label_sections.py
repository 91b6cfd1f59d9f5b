"""The sections of a US label: LOINC codes, the names openFDA gives them, what we call them, where pages show them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class SectionKind(NamedTuple):
    """A section as SPL numbers it; `group` is the part of the product page it belongs to, "" for the leaflet alone."""

    kind: str
    code: str
    title: str
    group: str = ""


# In the order a reader needs them; openFDA's field names are the kinds. Source: LOINC document sections of SPL.
SECTIONS: Final = (
    SectionKind("boxed_warning", "34066-1", "Boxed warning", "warnings"),
    SectionKind("purpose", "55105-1", "Purpose", "for"),
    SectionKind("indications_and_usage", "34067-9", "What it is for", "for"),
    SectionKind("dosage_and_administration", "34068-7", "How to take", "take"),
    SectionKind("dosage_forms_and_strengths", "43678-2", "Forms and strengths"),
    SectionKind("instructions_for_use", "59845-8", "Instructions for use", "take"),
    SectionKind("contraindications", "34070-3", "Who must not", "not"),
    SectionKind("do_not_use", "50570-1", "Do not use", "not"),
    SectionKind("warnings_and_cautions", "43685-7", "Warnings and precautions", "warnings"),
    SectionKind("warnings", "34071-1", "Warnings", "warnings"),
    SectionKind("precautions", "42232-9", "Precautions", "warnings"),
    SectionKind("general_precautions", "34072-9", "General precautions", "warnings"),
    SectionKind("ask_doctor", "50569-3", "Ask a doctor before use", "warnings"),
    SectionKind("ask_doctor_or_pharmacist", "50568-5", "Ask a doctor or pharmacist before use", "warnings"),
    SectionKind("when_using", "50567-7", "When using it", "warnings"),
    SectionKind("stop_use", "50566-9", "Stop and ask a doctor", "effects"),
    SectionKind("pregnancy_or_breast_feeding", "53414-9", "Pregnancy or breast-feeding", "warnings"),
    SectionKind("keep_out_of_reach_of_children", "50565-1", "Keep out of reach of children", "storage"),
    SectionKind("adverse_reactions", "34084-4", "Side effects", "effects"),
    SectionKind("drug_interactions", "34073-7", "Interactions", "interactions"),
    SectionKind("drug_and_or_laboratory_test_interactions", "34074-5", "Laboratory tests", "interactions"),
    SectionKind("use_in_specific_populations", "43684-0", "Pregnancy, age, kidney, liver"),
    SectionKind("pregnancy", "42228-7", "Pregnancy"),
    SectionKind("nursing_mothers", "34080-2", "Breast-feeding"),
    SectionKind("pediatric_use", "34081-0", "Children"),
    SectionKind("geriatric_use", "34082-8", "Older people"),
    SectionKind("drug_abuse_and_dependence", "42227-9", "Misuse and dependence"),
    SectionKind("overdosage", "34088-5", "Overdose"),
    SectionKind("description", "34089-3", "Description"),
    SectionKind("active_ingredient", "55106-9", "Active ingredient"),
    SectionKind("inactive_ingredient", "51727-6", "Inactive ingredients"),
    SectionKind("mechanism_of_action", "43679-0", "How it works"),
    SectionKind("clinical_pharmacology", "34090-1", "Clinical pharmacology"),
    SectionKind("nonclinical_toxicology", "43680-8", "Nonclinical toxicology"),
    SectionKind("clinical_studies", "34092-7", "Clinical studies"),
    SectionKind("storage_and_handling", "44425-7", "Storage", "storage"),
    SectionKind("how_supplied", "34069-5", "How supplied", "storage"),
    SectionKind("information_for_patients", "34076-0", "Information for patients"),
    SectionKind("spl_medguide", "42231-1", "Medication guide"),
    SectionKind("spl_patient_package_insert", "42230-3", "Patient leaflet"),
    SectionKind("other_safety_information", "60561-8", "Other safety information", "warnings"),
    SectionKind("questions", "53413-1", "Questions"),
    SectionKind("references", "34093-5", "References"),
)
BY_KIND: Final = {each.kind: each for each in SECTIONS}
BY_CODE: Final = {each.code: each for each in SECTIONS}
POSITION: Final = {each.kind: place for place, each in enumerate(SECTIONS)}
# What labels write above their own text; taken off, because our heading stands there already.
_HEADINGS: Final = {
    "indications_and_usage": r"indications?(?:\s*(?:and|&)\s*usage)?|uses?",
    "dosage_and_administration": r"dosage\s*(?:and|&)\s*administration|directions?",
    "contraindications": r"contraindications?",
    "warnings_and_cautions": r"warnings?\s*(?:and|&)\s*(?:precautions|cautions)",
    "warnings": r"warnings?",
    "precautions": r"precautions?",
    "boxed_warning": r"(?:boxed\s+)?warning",
    "adverse_reactions": r"adverse\s+reactions?",
    "drug_interactions": r"drug\s+interactions?|interactions?",
    "overdosage": r"overdosage",
    "purpose": r"purpose",
    "do_not_use": r"do\s+not\s+use",
    "storage_and_handling": r"(?:how\s+supplied\s*/\s*)?storage\s*(?:and|&)\s*handling",
    "how_supplied": r"how\s+supplied",
}  # fmt: skip


def without_heading(kind: str, text: str) -> str:
    """The text without the section's own heading in front ('5 WARNINGS AND PRECAUTIONS Hypotension …').

    A heading is taken off only where what follows starts a sentence of its own, so that no sentence loses its subject.
    """
    words = _HEADINGS.get(kind)
    found = (
        re.match(rf"\s*(?:\d{{1,2}}\.?\s+)?(?:{words})\s*:?\s+(?=[\d(A-Z•\"“]|[a-z])", text, re.I) if words else None
    )
    if found is None:
        return text
    head = re.sub(r"[^A-Za-z]", "", found[0])
    shouted = head.isupper()
    rest = text[found.end() :]
    titled = head[:1].isupper() and not re.match(r"(?:is|are|was|of|for|in|to|and|or)\b", rest)
    return rest if shouted or titled else text
