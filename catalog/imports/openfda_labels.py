"""One openFDA drug label → a draft. Two shapes: openFDA's own, and the same cut into {sections, openfda_meta}."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from catalog.imports.fda_rows import Refusal
from catalog.rules import names
from catalog.rules.label_draft import LabelDraft, SectionDraft, form_class, named_form, release
from catalog.rules.label_markup import from_html
from catalog.rules.label_sections import SECTIONS, without_heading
from catalog.rules.label_text import Block, TooLong, clean, from_flat

KINDS = {"HUMAN PRESCRIPTION DRUG": "prescription", "HUMAN OTC DRUG": "otc"}
_SET_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CODE = re.compile(r"\d{4,5}-\d{3,4}")
MOST = 60


def stage_label(record: dict[str, Any]) -> LabelDraft:
    """Make a record ready. Raises Refusal without a set id, a section we know, or with text that can't be kept."""
    about = record.get("openfda_meta") or record.get("openfda") or {}
    said = record.get("sections") if isinstance(record.get("sections"), dict) else record
    if not isinstance(about, dict) or not isinstance(said, dict):
        raise Refusal("not a label")
    set_id = _first(record.get("set_id")) or _first(about.get("spl_set_id"))
    if not _SET_ID.fullmatch(set_id):
        raise Refusal("no set id" if not set_id else f"not a set id: {set_id[:40]!r}")
    try:
        sections = tuple(_sections(said))
    except TooLong as problem:
        raise Refusal(str(problem)) from problem
    if not sections:
        raise Refusal("no section we know")
    title = _first(about.get("brand_name")) or _first(about.get("generic_name")) or _first(record.get("drug_name"))
    if not title:
        raise Refusal("no name of a medicine")
    return _draft(record, about, set_id=set_id.lower(), title=title, sections=sections)


def _draft(
    record: dict[str, Any], about: dict[str, Any], *, set_id: str, title: str, sections: tuple[SectionDraft, ...]
) -> LabelDraft:
    listed = _first(about.get("dosage_form"))
    return LabelDraft(
        set_id=set_id,
        document_id=(_first(record.get("id")) or _first(about.get("spl_id")))[:64],
        version=_number(_first(record.get("version"))),
        effective_on=_day(_first(record.get("effective_time"))),
        title=names.sentence(title) if title.isupper() else title,
        kind=KINDS.get(_first(about.get("product_type")).upper(), "other"),
        labeler=names.labeler(_first(about.get("manufacturer_name")))[:200],
        source="openfda",
        product_codes=tuple(code for code in _all(about.get("product_ndc")) if _CODE.fullmatch(code)),
        substance_keys=tuple(sorted({names.moiety(each) for each in _all(about.get("substance_name"))})),
        routes=tuple(sorted({each.upper()[:60] for each in _all(about.get("route"))})),
        form=form_class(listed) if listed else named_form(_texts(about, sections)),
        release=release(listed) if listed else release(" ".join(_naming(about, sections))),
        sections=sections,
    )


def _sections(said: dict[str, Any]) -> list[SectionDraft]:
    made = []
    for each in SECTIONS:
        blocks: list[Block] = []
        for text in _all(said.get(each.kind), longest=0):
            blocks += from_flat(without_heading(each.kind, text))
        for table in _all(said.get(f"{each.kind}_table"), longest=0):
            blocks += [block for block in from_html(table) if block["k"] == "t"]
        if blocks:
            made.append(SectionDraft(each.kind, tuple(blocks)))
    return made


def _naming(about: dict[str, Any], sections: tuple[SectionDraft, ...]) -> list[str]:
    """Where a label names itself: its names, and the first words of what it is for and how it is taken."""
    first = [
        str(block.get("t", ""))[:200]
        for each in sections if each.kind in ("indications_and_usage", "dosage_and_administration")
        for block in each.blocks[:1]
    ]  # fmt: skip
    return [*_all(about.get("brand_name")), *_all(about.get("generic_name")), *first]


def _texts(about: dict[str, Any], sections: tuple[SectionDraft, ...]) -> list[str]:
    wanted = ("indications_and_usage", "dosage_and_administration", "contraindications", "how_supplied")
    told = [
        str(block.get("t", "") or " ".join(block.get("i", [])))
        for each in sections if each.kind in wanted
        for block in each.blocks
    ]  # fmt: skip
    return [*_naming(about, sections), *told]


def _all(value: Any, *, longest: int = 400) -> list[str]:
    """The texts of a field, which may be one text or a list; broken characters are a Refusal."""
    found = value if isinstance(value, list) else [value]
    texts = [each for each in found[:MOST] if isinstance(each, str)]
    if any("\udc80" <= char <= "\udcff" for each in texts for char in each if char > "\ud7ff"):
        raise Refusal("not UTF-8")
    return [each if not longest else clean(each[:longest]) for each in texts if each.strip()]


def _first(value: Any) -> str:
    return next(iter(_all(str(value) if isinstance(value, int) else value)), "")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if re.fullmatch(r"\d{8}", text) else None
    except ValueError:
        return None
