"""Label texts become plain blocks, whatever their source holds; hostile files are refused with a reason."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from catalog.imports.fda_rows import Refusal
from catalog.imports.files import BadFile
from catalog.imports.json_records import records
from catalog.imports.openfda_labels import stage_label
from catalog.imports.spl import read_spl
from catalog.rules.label_draft import form_class, named_form, release, search_words
from catalog.rules.label_markup import from_html
from catalog.rules.label_sections import without_heading
from catalog.rules.label_text import from_flat, lead, plain, split_title

SET_ID = "00c6c924-ddfd-4a75-afd7-f6561ff9abbc"
RAW: dict[str, Any] = {
    "set_id": SET_ID, "id": "48e6b461-efdb-a69a-e063-6294a90aa1f9", "version": "3", "effective_time": "20240115",
    "indications_and_usage": ["INDICATIONS AND USAGE Baclofen tablets are useful for spasticity."],
    "dosage_and_administration": ["DOSAGE AND ADMINISTRATION Start low. Baclofen tablets go up slowly."],
    "openfda": {
        "brand_name": ["BACLOFEN"], "manufacturer_name": ["Remedyrepack Inc."], "product_ndc": ["70518-4530"],
        "product_type": ["HUMAN PRESCRIPTION DRUG"], "route": ["ORAL"], "substance_name": ["BACLOFEN"],
    },
}  # fmt: skip


def test_a_run_together_text_is_split_and_loses_no_word() -> None:
    text = (
        "5 WARNINGS AND PRECAUTIONS See below. 5.1 Hypersensitivity Reactions Serious reactions have occurred. "
        "5.2 Lactic Acidosis and Severe Hepatomegaly with Steatosis Lactic acidosis has been reported: • one • two"
    )
    blocks = from_flat(without_heading("warnings_and_cautions", text))
    assert [block["k"] for block in blocks] == ["p", "h", "p", "h", "p", "l"]
    assert blocks[1]["t"] == "5.1 Hypersensitivity Reactions"
    assert blocks[3]["t"] == "5.2 Lactic Acidosis and Severe Hepatomegaly with Steatosis"
    assert plain(blocks).split() == text.replace("5 WARNINGS AND PRECAUTIONS", "").replace("•", "").split()


@pytest.mark.parametrize(
    ("kind", "text", "left"),
    [
        ("contraindications", "CONTRAINDICATIONS Hypersensitivity to baclofen.", "Hypersensitivity to baclofen."),
        ("indications_and_usage", "Uses temporarily relieves minor pain", "temporarily relieves minor pain"),
        ("warnings", "Warnings of seizures were reported.", "Warnings of seizures were reported."),
        ("dosage_and_administration", "2 DOSAGE AND ADMINISTRATION 2.1 Adults Take one.", "2.1 Adults Take one."),
    ],
)
def test_only_a_heading_is_taken_off(kind: str, text: str, left: str) -> None:
    assert without_heading(kind, text) == left


def test_a_title_ends_before_the_sentence() -> None:
    assert split_title("Methadone In a trial of 11 people") == ("Methadone", "In a trial of 11 people")
    assert split_title("Adult Patients • Acute sinusitis") == ("Adult Patients", "• Acute sinusitis")
    assert split_title("take one tablet") == ("", "take one tablet")


def test_markup_leaves_only_words_and_the_shape_of_tables() -> None:
    blocks = from_html(
        '<table onclick="x()"><caption>Doses</caption><tr><th>Age</th><th colspan="99999">Dose</th></tr>'
        "<tr><td>12 &lt; 18<script>alert(1)</script></td><td><img src=x onerror=alert(1)>5 mg</td></tr></table>"
        "<p>after</p><a href='javascript:alert(1)'>link</a>"
    )
    assert blocks[0]["c"] == "Doses"
    assert [cell["t"] for cell in blocks[0]["r"][0]] == ["Age", "Dose"]
    assert "alert" not in json.dumps(blocks)
    assert "javascript" not in json.dumps(blocks)
    assert blocks[0]["r"][1][0]["t"] == "12 < 18"
    assert blocks[0]["r"][0][1]["c"] == 1  # a span no table has is none


def test_what_turns_text_round_or_hides_in_it_is_taken_out() -> None:
    assert plain(from_flat("take \u202eone\u202c \u200btablet\x00\u00ad")) == "take one tablet"


def test_a_lead_is_short_and_says_that_it_is_cut() -> None:
    blocks = from_flat(" ".join(f"Sentence number {n} says something." for n in range(80)))
    beginning, cut = lead(blocks)
    assert cut
    assert len(plain(beginning)) <= 620
    assert plain(blocks).startswith(plain(beginning))
    assert lead(blocks[:1]) == (blocks[:1], False)


def test_search_words_leave_out_what_a_medicine_is_not_for() -> None:
    words = search_words(
        "Baclofen is useful for spasticity. It is not indicated for Parkinson's disease.", but=["baclofen"]
    )
    assert words == "spasticity"


def test_forms_and_releases_are_told_apart() -> None:
    assert form_class("TABLET, FILM COATED, EXTENDED RELEASE") == "tablet"
    assert release("TABLET, FILM COATED, EXTENDED RELEASE") == "extended"
    assert release("Omeprazole DR") == "delayed"
    assert release("Baclofen tablets") == ""
    assert named_form(["Take two tablets. The tablets … Substituting capsules …"]) == "tablet"
    assert named_form(["One tablet or one capsule"]) == ""


def test_a_record_of_openfda_becomes_a_draft() -> None:
    draft = stage_label(RAW)
    assert (draft.set_id, draft.version, str(draft.effective_on)) == (SET_ID, 3, "2024-01-15")
    assert (draft.form, draft.kind, draft.routes, draft.substance_keys) == (
        "tablet", "prescription", ("ORAL",), ("baclofen",),
    )  # fmt: skip
    assert [each.kind for each in draft.sections] == ["indications_and_usage", "dosage_and_administration"]
    assert draft.digest == stage_label(json.loads(json.dumps(RAW))).digest
    assert draft.digest != stage_label({**RAW, "version": "4"}).digest


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"set_id": ""}, "no set id"),
        ({"set_id": "../../etc/passwd"}, "not a set id"),
        ({"indications_and_usage": [], "dosage_and_administration": {"a": 1}}, "no section"),
        ({"openfda": ["x"]}, "not a label"),
        ({"openfda": {}}, "no name"),
        ({"indications_and_usage": ["bad \udce9 byte"]}, "not UTF-8"),
        ({"indications_and_usage": ["word " * 100_000]}, "longer than any real"),
    ],
)
def test_a_record_that_is_no_label_is_refused_with_its_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        stage_label({**RAW, **change})


def _read(path: Path, content: bytes) -> list[str]:
    path.write_bytes(content)
    return [str(found) if isinstance(found, Refusal) else "ok" for _, found in records(path)]


def test_json_files_of_every_shape_and_defect_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    good, path = json.dumps(RAW).encode(), tmp_path / "labels"
    assert _read(path, good + b"\n" + good) == ["ok", "ok"]
    assert _read(path, b"\xef\xbb\xbf[" + good + b",\r\n" + good + b"]") == ["ok", "ok"]
    wrapped = b'{"meta": {"results": {"skip": 0}}, "results": [' + good + b"," + good + b"]}"
    assert _read(path, gzip.compress(wrapped)) == ["ok", "ok"]
    assert _read(path, good + b"\n{broken\n" + good + b"\n[1]\n") == [
        "ok", "not a JSON record", "ok", "not a JSON object",
    ]  # fmt: skip
    assert _read(path, wrapped[:-40]) == ["ok", "the file ends in the middle of a record"]
    cut = gzip.compress(good + b"\n" + b"".join(b'{"a": "%d"}\n' % n for n in range(9_000)))
    assert _read(path, cut[: len(cut) // 2])[-1] == "the file ends in the middle of a record"
    assert _read(path, good + b'\n{"a": "caf\xe9"}\n' + b"[" * 100_000 + b"\n") == [
        "ok", "not UTF-8", "not a JSON record",
    ]  # fmt: skip
    for nothing in (b"", b"PK\x03\x04", json.dumps(RAW).encode("utf-16"), b"{}"[:1] + b'"a": [}'[:0] + b"<html>"):
        with pytest.raises(BadFile):
            _read(path, nothing)


SPL = """<?xml version="1.0"?>{dtd}<document xmlns="urn:hl7-org:v3"><id root="{id}"/>
<code code="34390-5" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime value="20110426"/><setId root="{id}"/>
<versionNumber value="2"/><component><structuredBody><component><section><code code="48780-1"/><subject>
<manufacturedProduct><manufacturedProduct><code code="0067-6344" codeSystem="2.16.840.1.113883.6.69"/>
<name>COUGHEX</name><formCode displayName="SYRUP"/>
<ingredient classCode="ACTIB"><ingredientSubstance><name>DIPHENHYDRAMINE HCL</name>
<activeMoiety><activeMoiety><name>DIPHENHYDRAMINE</name></activeMoiety></activeMoiety></ingredientSubstance></ingredient>
</manufacturedProduct><consumedIn><substanceAdministration><routeCode displayName="ORAL"/></substanceAdministration>
</consumedIn></manufacturedProduct></subject></section></component>
<component><section><code code="34071-1"/><title>Warnings</title><text>{text}</text><component><section>
<code code="50570-1"/><title>Do not use</title><text><list><item>under 4 years</item></list></text></section>
</component></section></component></structuredBody></component></document>"""


def _spl(tmp_path: Path, *, dtd: str = "", text: str = "<paragraph>Sleepy.</paragraph>") -> Path:
    path = tmp_path / "label.xml"
    path.write_text(SPL.format(dtd=dtd, text=text, id=SET_ID), encoding="utf-8")
    return path


def test_an_spl_document_becomes_a_draft(tmp_path: Path) -> None:
    draft = read_spl(_spl(tmp_path))
    assert (draft.title, draft.version, draft.kind, draft.form) == ("Coughex", 2, "otc", "solution")
    assert (draft.product_codes, draft.substance_keys, draft.routes) == (
        ("0067-6344",),
        ("diphenhydramine",),
        ("ORAL",),
    )
    assert [(each.kind, plain(each.blocks)) for each in draft.sections] == [
        ("do_not_use", "under 4 years"), ("warnings", "Sleepy."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"dtd": '<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b "&a;&a;">]>', "text": "&b;"}, "entities"),
        ({"dtd": '<!DOCTYPE x SYSTEM "file:///etc/passwd">'}, "document type"),
        ({"text": "<paragraph>" * 500}, "deeper"),
        ({"text": "<paragraph>never closed"}, "not well-formed"),
    ],
)
def test_hostile_xml_is_refused(tmp_path: Path, parts: dict[str, str], reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        read_spl(_spl(tmp_path, **parts))
