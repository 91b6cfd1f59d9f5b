"""From typed words to what is looked for: codes, slips of the pen, suggestions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log10

from catalog.queries import search_sql as sql
from catalog.queries.asking import LONGEST_QUERY, Ask, Looser, Plan, like, rows_of
from catalog.rules import codes, forms, names, scans
from pharmacy.statements import prepared_rows

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+[a-z0-9]*")


def plan_of(ask: Ask) -> Plan | None:
    """How to look for the text of `ask`; None when it holds nothing that can be looked for."""
    plan = Plan()
    text = ask.text[:LONGEST_QUERY].strip()
    found = codes.readings(scans.product_code(text)) if text else codes.Readings()
    if found:
        plan.where.append("e.product_id = ANY(%(ids)s)")
        plan.values |= {"ids": _by_code(found)}
        plan.heading = text
    elif text and not _plan_words(ask, names.key_spaced(text), plan):
        return None
    return plan


def _by_code(found: codes.Readings) -> list[int]:
    """The products with packs of these codes, or with codes that begin so. One statement."""
    values = {each: list(getattr(found, each)) for each in ("packages", "digits", "products", "beginnings")}
    return [row[0] for row in rows_of(sql.BY_BEGINNING if found.beginnings else sql.BY_CODE, values | {"cap": sql.CAP})]


def _plan_words(ask: Ask, text: str, plan: Plan) -> bool:
    words = [forms.singular(word) for word in _TOKEN.findall(text)[:8]]
    if not words:
        return False
    found = _Spelling(words, names.key(_REMARK.sub("", ask.text[:LONGEST_QUERY])))
    if not ask.exact:
        if found.fixed != words:
            plan.instead = " ".join(found.fixed)
            words = found.fixed
        if found.also:
            plan.perhaps = " ".join(found.also.get(word, word) for word in words)
    # A word that is not whole may be the beginning of one; the last one is always still being typed,
    # and a form stands in names in the plural too.
    parts = [
        f"'{word}'" if word in found.whole - forms.FORM_WORDS and n < len(words) - 1 else f"'{word}':*"
        for n, word in enumerate(words)
    ]
    if plan.perhaps:
        parts = [f"({part} | '{found.also[word]}')" if word in found.also else part
                 for word, part in zip(words, parts, strict=True)]  # fmt: skip
    plan.where = [_conditions(plan, parts, *found.meant(words))]
    plan.values |= {"text": names.key(plan.perhaps or " ".join(words))}
    plan.looser = [_looser(words, parts, kept, found) for kept in _without_narrowing(words)]
    plan.ranked, plan.rare = True, found.rarest <= RARE_UP_TO
    if plan.instead and found.as_near[0] in words:
        _widen(plan, words, found)
    return True


def _conditions(plan: Plan, parts: list[str], meant: list[int], at: set[int], mark: str = "") -> str:
    """What finds these words: as words, or the substances that some of them (`at`) name together with the rest."""
    rest = [part for n, part in enumerate(parts) if n not in at]
    plan.values |= {f"query{mark}": " & ".join(parts), f"meant{mark}": meant, f"rest{mark}": " & ".join(rest)}
    as_words = f"e.words @@ %(query{mark})s::tsquery"
    if not (meant and at):
        return as_words
    also = f" AND e.words @@ %(rest{mark})s::tsquery" if rest else ""
    return f"({as_words} OR (e.substance_ids && %(meant{mark})s::bigint[]{also}))"


def _without_narrowing(words: list[str]) -> list[list[int]]:
    """The places of the words that are left when pack sizes and forms go; then when strengths go too."""
    strengths = {n for n, word in enumerate(words[:-1]) if word[0].isdigit() and words[n + 1] in forms.UNIT_WORDS}
    units = {n for n, word in enumerate(words) if word in forms.UNIT_WORDS}
    narrowing = {n for n, word in enumerate(words) if word[0].isdigit() or word in forms.FORM_WORDS} | units
    firm = [n for n in range(len(words)) if n not in narrowing]
    measured = {each for n in strengths for each in (n, n + 1)}
    some = [n for n in range(len(words)) if n not in narrowing or n in measured]
    if not firm:
        return []
    return [each for each in ([some] if some != firm else []) + [firm] if len(each) < len(words)]


def _looser(words: list[str], parts: list[str], kept: list[int], found: _Spelling) -> Looser:
    bare = Plan()
    meant, at = found.meant(words)
    where = _conditions(bare, [parts[n] for n in kept], meant, {kept.index(n) for n in at if n in kept})
    return Looser([where], bare.values | {"text": names.key(" ".join(words[n] for n in kept))})


def _widen(plan: Plan, words: list[str], found: _Spelling) -> None:
    """Let in what another word finds that is as near to what was typed; search then shows both in turn."""
    nearest, other = found.as_near
    others = [other if word == nearest else word for word in words]
    plan.nearest, plan.or_else = plan.where[0], " ".join(others)
    parts = [f"'{part}':*" for word in others for part in word.split()]
    more = _conditions(plan, parts, *found.meant(_TOKEN.findall(plan.or_else), whole=plan.or_else), mark="_else")
    plan.where = [f"({plan.nearest} OR {more})"]
    plan.values |= {"or_else": names.key(plan.or_else), "meant": plan.values["meant"] + plan.values["meant_else"]}


# What lists add to names and nobody means: "Docetaxelum [INN-Latin]".
_NUMBERED = re.compile(r"([a-z]{3,})(\d+)")
_REMARK = re.compile(r"\[[^\]]*\]?\s*$")
LONGEST_NAME = 4


def _runs(words: list[str]) -> dict[str, tuple[int, ...]]:
    """Words that stand together, longest first, with their places."""
    return {
        " ".join(words[start : start + long]): tuple(range(start, start + long))
        for long in range(min(len(words), LONGEST_NAME), 0, -1)
        for start in range(len(words) - long + 1)
    }


class _Spelling:
    """The words as the catalogue spells them (`fixed`), those that stand there as they are (`whole`), and what rare
    ones may have been meant to be (`also`): directories have slips of the pen too."""

    def __init__(self, words: list[str], text: str) -> None:
        self.whole = {word for word in words if word[0].isdigit() or len(word) < 3}
        self.also: dict[str, str] = {}
        self.text = text
        self._names: dict[str, list[int]] = {}  # other names of substances, as typed or as corrected
        self._substances: dict[str, list[int]] = {}
        self._begun: list[int] = []
        self.rarest = MANY  # in how many rows the rarest of the words stands that are there as they are
        self.as_near = ("", "")  # two words of which one was meant; empty where one is clearly the likeliest
        fixes: dict[str, str] = {}
        wanted = [word for word in words if word not in self.whole]
        asked = {"words": wanted, "runs": [text, *_runs(words)], "start": text}
        for word, place, is_whole, known, hits, like_it in prepared_rows(sql.WORDS, asked):
            if not place:
                self._note(word, like_it)
                continue
            if is_whole:
                self.whole.add(word)
                self.rarest = min(self.rarest, hits)
            parts = _NUMBERED.fullmatch(word)
            if parts and not known:
                fixes[word] = " ".join(parts.groups())
                continue
            if not known and like_it:
                fixes[word] = self._likest(word, like_it)
            elif is_whole and like_it:
                usual = [each for each in like_it if int(each.split("|")[2]) >= max(20, 10 * hits)]
                likest = self._likest(word, usual, most=1 if len(word) < 7 else 2)
                if likest != word and " " not in likest:
                    self.also[word] = likest
        if text in self._names or text in self._substances:
            fixes = {}
            self.also = {}
        self.fixed = [part for word in words for part in _TOKEN.findall(fixes.get(word, word))]
        self.whole |= set(fixes.values())

    def meant(self, words: list[str], whole: str = "") -> tuple[list[int], set[int]]:
        """The substances that the words name, and the places of the words that name them; none for a substance's own
        name, which its products hold."""
        if (whole or self.text) in self._names:
            return self._names[whole or self.text], set(range(len(words)))
        for run, places in _runs(words).items():
            if run in self._substances:
                return self._substances[run], set()
            if run in self._names:
                return self._names[run], set(places)
        return (self._begun, set(range(len(words)))) if self._begun else ([], set())

    def _note(self, name: str, kinds: list[str]) -> None:
        for each in kinds:
            kind, _, pk = each.partition("|")
            if kind == "begun":
                self._begun.append(int(pk))
            else:
                (self._substances if kind == "substance" else self._names).setdefault(name, []).append(int(pk))

    def _likest(self, word: str, found: list[str], *, most: int = 0) -> str:
        """Of the likest known words the one with the fewest slips; names of substances and brands before mere words."""
        ranks: dict[str, float] = {}
        for key, kind, hits, substances in (each.split("|") for each in found):
            slips = names.slips(word, key)
            if slips <= (most or max(2.0, len(word) / 3)):
                # What much here answers to is meant more often; what it is called here before what lists call it.
                rank = slips + UNLIKELY[kind] - COMMON * log10(int(hits))
                ranks[key] = min(rank, ranks.get(key, rank))
                if substances:
                    self._names[key] = [int(pk) for pk in substances.split(",")]
        if not ranks:
            return word
        best, *others = sorted(ranks, key=lambda key: (ranks[key], key))
        near = [key for key in others if ranks[key] - ranks[best] < AS_NEAR and not key.startswith(best)]
        self.as_near = (best, near[0]) if near else ("", "")
        return best


# How much less likely a kind of name is meant than a substance's, and how much more a tenfold common one, in slips.
UNLIKELY = {"substance": 0.0, "brand": 0.0, "name": 0.0, "synonym": 0.5, "word": 0.5}
COMMON = 0.12
AS_NEAR = 0.6
MANY, RARE_UP_TO = 10**9, 20_000


@dataclass(frozen=True)
class Suggestion:
    """A name to complete what was typed; `note` is a brand's substance."""

    text: str
    kind: str
    note: str


def suggest(typed: str, *, limit: int = 8) -> list[Suggestion]:
    """Names that begin with what was typed; the likest names where none does. One or two statements."""
    key = names.key(typed[:LONGEST_QUERY])
    if len(key) < 2:
        return []
    rows = rows_of(sql.SUGGEST, {"start": like(key) + "%", "typed": key, "limit": limit})
    if not rows and len(key) > 3:
        rows = rows_of(sql.SUGGEST_LIKE, {"typed": key, "limit": limit})
    return [Suggestion(shown, kind or "name", note or "") for shown, kind, note, _ in rows]
