"""One SPL document (the FDA's label XML) → a draft. No DTD, no entities, no depth or size a real label lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from catalog.imports.fda_rows import Refusal
from catalog.imports.files import opened
from catalog.imports.openfda_labels import _CODE, _SET_ID, _day, _number
from catalog.rules import names
from catalog.rules.label_draft import LabelDraft, SectionDraft, form_class, release
from catalog.rules.label_markup import Markup
from catalog.rules.label_sections import BY_CODE, POSITION
from catalog.rules.label_text import Block, TooLong, clean

LARGEST = 40 << 20
DEEPEST = 120
CHUNK = 1 << 16
KINDS = {"34391-3": "prescription", "34390-5": "otc"}
NDC = "2.16.840.1.113883.6.69"
type Node = ElementTree.Element


def read_spl(path: Path) -> LabelDraft:
    """The label in a file. Raises Refusal with the reason when it can't be taken in."""
    root = parsed(path)
    if root.tag != "document":
        raise Refusal("not an SPL document")
    set_id = _root_of(root, "setId")
    if not _SET_ID.fullmatch(set_id):
        raise Refusal("no set id")
    try:
        sections = _sections(root)
    except TooLong as problem:
        raise Refusal(str(problem)) from problem
    if not sections:
        raise Refusal("no section we know")
    return _draft(root, set_id.lower(), sections)


def parsed(path: Path) -> Node:
    """The document's elements by local name. Raises Refusal for DTDs, entities, and what is not well-formed."""
    builder = ElementTree.TreeBuilder()
    reader = expat.ParserCreate(namespace_separator="}")
    reader.buffer_text = True
    depth = 0

    def start(tag: str, attrs: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Refusal("nested deeper than any real label")
        builder.start(tag.rpartition("}")[2], {name.rpartition("}")[2]: value for name, value in attrs.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag.rpartition("}")[2])

    def refuse(*_: Any) -> None:
        raise Refusal("it brings a document type or entities of its own")

    reader.StartElementHandler, reader.EndElementHandler, reader.CharacterDataHandler = start, end, builder.data
    reader.StartDoctypeDeclHandler = reader.EntityDeclHandler = refuse
    reader.ExternalEntityRefHandler = refuse  # type: ignore[assignment]
    _feed(reader, path)
    return builder.close()


def _feed(reader: Any, path: Path) -> None:
    size = 0
    try:
        with opened(path) as raw:
            while block := raw.read(CHUNK):
                size += len(block)
                if size > LARGEST:
                    raise Refusal("larger than any real label")
                reader.Parse(block, False)  # noqa: FBT003  (expat takes no keyword)
        reader.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as problem:
        raise Refusal(f"not well-formed XML: {problem}") from problem
    except (EOFError, OSError) as problem:
        raise Refusal("the file ends in the middle or can't be unpacked") from problem


def _draft(root: Node, set_id: str, sections: tuple[SectionDraft, ...]) -> LabelDraft:
    products = [each for each in root.iter("manufacturedProduct") if each.find("name") is not None]
    title = next((_text(each.find("name")) for each in products if _text(each.find("name"))), "")
    forms = {_shown(each.find("formCode")) for each in products} - {""}
    code = root.find("code")
    author = root.find("author/assignedEntity/representedOrganization/name")
    return LabelDraft(
        set_id=set_id,
        document_id=_root_of(root, "id")[:64],
        version=_number(_value(root, "versionNumber")),
        effective_on=_day(_value(root, "effectiveTime")[:8]),
        title=(names.sentence(title) if title.isupper() else title) or "Label",
        kind=KINDS.get(code.get("code", "") if code is not None else "", "other"),
        labeler=names.labeler(_text(author))[:200],
        source="spl",
        product_codes=tuple(sorted({found for each in products if (found := _ndc(each))})),
        substance_keys=tuple(sorted({names.moiety(each) for each in _active(root)})),
        routes=tuple(sorted({_shown(each) for each in root.iter("routeCode")} - {""})),
        form=form_class(forms.pop()) if len({form_class(each) for each in forms}) == 1 else "",
        release=release(" ".join(sorted({_shown(each.find("formCode")) for each in products}))),
        sections=sections,
    )


def _active(root: Node) -> list[str]:
    found = []
    for each in [*root.iter("ingredient"), *root.iter("activeIngredient")]:
        if each.tag == "activeIngredient" or each.get("classCode", "").startswith("ACT"):
            moiety = next((_text(name) for name in each.iterfind(".//activeMoiety/name")), "")
            listed = next((_text(name) for name in each.iterfind("*/name")), "")
            found += [moiety or listed] if moiety or listed else []
    return found[:60]


def _ndc(product: Node) -> str:
    code = product.find("code")
    value = code.get("code", "") if code is not None and code.get("codeSystem") == NDC else ""
    return value if _CODE.fullmatch(value) else ""


def _sections(root: Node) -> tuple[SectionDraft, ...]:
    found: dict[str, list[Block]] = {}
    for each in root.iterfind("component/structuredBody/component/section"):
        _walk(each, found, into="")
    order = sorted(found, key=POSITION.__getitem__)
    return tuple(SectionDraft(kind, tuple(found[kind])) for kind in order if found[kind])


def _walk(section: Node, found: dict[str, list[Block]], *, into: str) -> None:
    """A section's own text goes to its kind, that of parts without a kind of their own to the section around them."""
    code = section.find("code")
    known = BY_CODE.get(code.get("code", "")) if code is not None else None
    kind = known.kind if known else into
    if kind:
        title = clean(" ".join(_text(section.find("title")).split()))
        blocks = _narrative(section.find("text"))
        if not known and title and (blocks or section.find("component") is not None):
            found.setdefault(kind, []).append({"k": "h", "t": title[:300]})
        found.setdefault(kind, []).extend(blocks)
    for part in section.iterfind("component/section"):
        _walk(part, found, into=kind)


def _narrative(text: Node | None) -> list[Block]:
    if text is None:
        return []
    markup = Markup()
    _tell(text, markup)
    return markup.close()


def _tell(node: Node, markup: Markup) -> None:
    markup.start(node.tag, node.attrib)
    markup.data(node.text or "")
    for part in node:
        _tell(part, markup)
        markup.data(part.tail or "")
    markup.end(node.tag)


def _text(node: Node | None) -> str:
    return clean("".join(node.itertext())) if node is not None else ""


def _shown(node: Node | None) -> str:
    return clean(node.get("displayName", "")).upper()[:60] if node is not None else ""


def _root_of(root: Node, name: str) -> str:
    node = root.find(name)
    return node.get("root", "") if node is not None else ""


def _value(root: Node, name: str) -> str:
    node = root.find(name)
    return node.get("value", "") if node is not None else ""
