"""A label on its way into the catalogue, and what can be told of it: which medicine it is for, its search words."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from catalog.rules import names
from catalog.rules.label_text import Block, plain

WORDS_MOST: Final = 40
# A form as labels name it in their sentences → the class that two makers' forms are compared by. Longer words first.
_FORMS: Final = (
    ("oral solution", "solution"), ("oral suspension", "suspension"), ("softgel", "capsule"), ("gelcap", "tablet"),
    ("caplet", "tablet"), ("tablet", "tablet"), ("capsule", "capsule"), ("solution", "solution"), ("syrup", "solution"),
    ("elixir", "solution"), ("liquid", "solution"), ("suspension", "suspension"), ("cream", "cream"),
    ("ointment", "ointment"), ("lotion", "lotion"), ("gel", "gel"), ("foam", "foam"), ("patch", "patch"),
    ("transdermal system", "patch"), ("spray", "spray"), ("inhaler", "inhaler"), ("aerosol", "inhaler"),
    ("drops", "drops"), ("injection", "injection"), ("suppositor", "suppository"), ("lozenge", "lozenge"),
    ("granule", "granule"), ("powder", "powder"), ("shampoo", "shampoo"), ("gum", "gum"), ("film", "film"),
)  # fmt: skip
_NEGATED = re.compile(
    r"\b(?:not|no|never|neither|nor|without|except|avoid|limitations?|contraindicated|cannot|unless|lacks?)\b", re.I
)
_EXTENDED = re.compile(r"(?i:\b(?:extended|sustained|prolonged|modified|controlled)[ -]release)|\b(?:ER|XR|XL|SR|CR)\b")
_DELAYED = re.compile(r"(?i:\b(?:delayed[ -]release|enteric[ -]coated))|\b(?:DR|EC)\b")
_SENTENCES = re.compile(r"(?<=[.!?;])\s+")
_WORD = re.compile(r"[a-z]{4,24}")
_EMPTY_WORDS: Final = frozenset(
    """also and adjunct adult adults aged alleviation alone along appropriate associated because been being both
    caused clinical combination common component conditions considered daily decreased diagnosed diagnosis disease
    disorder disorders dosage drug drugs during effective effects either efficacy established evaluated following from
    given greater have helps increase indicated indication indications induced initial intended known least less like
    limited long longer maintenance make management manifestations mediated medical medicine medicines mild minor
    moderate months more most need needed older only other particularly patient patients pediatric people physical
    possible prescribed prevent prevention product products prophylaxis provide purpose rate receiving recommended
    reduce reduction related relief relieve relieved relieves response result resulting risk safety selected serious
    severe short should shown signs single some such support symptom symptomatic symptoms system tablet tablets
    capsule capsules take taken temporarily temporary term that their them these they this those through treat treated
    treating treatment treatments type under upon usage used useful uses using value various what when where which
    whose will with years years year your hydrochloride sodium potassium oral solution suspension extended release
    delayed injection cream ointment topical therapy agents agent individuals increased function occur started
    lowering measures rest concomitant acute multifactor elevated serum levels inadequate""".split()  # noqa: SIM905  (words are read as lines)
)


@dataclass(frozen=True)
class SectionDraft:
    """One section as blocks; `kind` is of `label_sections.SECTIONS`."""

    kind: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class LabelDraft:
    """A whole label as its source states it; what it does not state is empty or None."""

    set_id: str
    document_id: str
    version: int | None
    effective_on: date | None
    title: str
    kind: str  # "prescription", "otc" or "other"
    labeler: str
    source: str
    product_codes: tuple[str, ...]
    substance_keys: tuple[str, ...]
    routes: tuple[str, ...]
    form: str
    release: str
    sections: tuple[SectionDraft, ...]

    @property
    def digest(self) -> str:
        """Equal means the same label."""
        stated = [
            self.document_id, self.version, str(self.effective_on or ""), self.title, self.kind, self.labeler,
            self.product_codes, self.substance_keys, self.routes, self.form, self.release,
            [[each.kind, each.blocks] for each in self.sections],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(stated, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def words(self) -> str:
        """What people may search for and mean this medicine: from what it is for, nothing that is negated."""
        texts = [plain(each.blocks) for each in self.sections if each.kind in ("indications_and_usage", "purpose")]
        return search_words(" ".join(texts), but=self.substance_keys)


def search_words(text: str, *, but: Iterable[str] = ()) -> str:
    """Up to 40 telling words of an indication; none of a sentence with a "not": it names what it is not for."""
    named = {word for name in but for word in name.split()}
    found: dict[str, None] = {}
    for sentence in _SENTENCES.split(text):
        if _NEGATED.search(sentence):
            continue
        for word in _WORD.findall(names.key(sentence)):
            if word not in _EMPTY_WORDS and word not in named:
                found.setdefault(word)
    return " ".join(list(found)[:WORDS_MOST])


def form_class(form: str) -> str:
    """'TABLET, FILM COATED' → 'tablet'; "" for a form that has no class here."""
    low = form.lower()
    if "drops" in low:
        return "drops"
    return next((name for word, name in _FORMS if word in low), "")


def release(text: str) -> str:
    """'extended', 'delayed' or "" as a form or a name says ('Zolpidem ER', 'TABLET, EXTENDED RELEASE')."""
    if _EXTENDED.search(text):
        return "extended"
    return "delayed" if _DELAYED.search(text) else ""


def named_form(texts: Sequence[str]) -> str:
    """The form class a label speaks of most, when it clearly does (twice as often as any other); else ""."""
    low = " ".join(texts).lower()
    said: Counter[str] = Counter()
    for word, name in _FORMS:
        said[name] += len(re.findall(rf"\b{word}(?:s|es|ies)?\b", low))
        low = low.replace(word, " ")
    first, second = [*said.most_common(2), ("", 0), ("", 0)][:2]
    return first[0] if first[1] and first[1] >= 2 * second[1] else ""


def is_older(version: int | None, effective_on: date | None, *, than: tuple[int | None, date | None]) -> bool:
    """Whether a copy is older than the one held, where both say; what nobody says is not older."""
    held_version, held_on = than
    if version is not None and held_version is not None:
        return version < held_version
    return effective_on is not None and held_on is not None and effective_on < held_on
