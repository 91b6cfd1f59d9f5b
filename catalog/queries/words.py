"""From typed words to what is looked for: codes, slips of the pen, suggestions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from catalog.queries import search_sql as sql
from catalog.queries.asking import LONGEST_QUERY, Ask, Plan, like, rows_of
from catalog.rules import codes, names

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+[a-z0-9]*")


def plan_of(ask: Ask) -> Plan | None:
    """How to look for the text of `ask`; None when it holds nothing that can be looked for."""
    plan = Plan()
    text = ask.text[:LONGEST_QUERY].strip()
    found = codes.readings(text) if text else codes.Readings()
    if found:
        ids = rows_of(
            sql.BY_CODE,
            {"packages": list(found.packages), "digits": list(found.digits), "products": list(found.products)},
        )
        plan.where.append("e.product_id = ANY(%(ids)s)")
        plan.values |= {"ids": [row[0] for row in ids]}
        plan.heading = text
    elif text and not _plan_words(ask, names.key_spaced(text), plan):
        return None
    return plan


def _plan_words(ask: Ask, text: str, plan: Plan) -> bool:
    words = _TOKEN.findall(text)[:8]
    if not words:
        return False
    found = _Spelling(words)
    if not ask.exact:
        if found.fixed != words:
            plan.instead = " ".join(found.fixed)
            words = found.fixed
        if found.also:
            plan.perhaps = " ".join(found.also.get(word, word) for word in words)
    # A word that is not whole may be the beginning of one; the last one is always still being typed.
    parts = [
        f"'{word}'" if word in found.whole and n < len(words) - 1 else f"'{word}':*" for n, word in enumerate(words)
    ]
    if plan.perhaps:
        parts = [f"({part} | '{found.also[word]}')" if word in found.also else part
                 for word, part in zip(words, parts, strict=True)]  # fmt: skip
    plan.where.append("e.words @@ to_tsquery('simple', %(query)s)")
    plan.values |= {"query": " & ".join(parts), "text": names.key(plan.perhaps or " ".join(words)), "substance": None}
    plan.ranked = True
    return True


class _Spelling:
    """The words as the catalogue spells them (`fixed`), those that stand there as they are (`whole`), and what rare
    ones may have been meant to be (`also`): directories have slips of the pen too."""

    def __init__(self, words: list[str]) -> None:
        self.whole = {word for word in words if not word.isalpha() or len(word) < 3}
        self.also: dict[str, str] = {}
        fixes: dict[str, str] = {}
        wanted = [word for word in words if word not in self.whole]
        rows = rows_of(sql.WORDS, {"words": wanted}) if wanted else []
        for word, _place, is_whole, known, hits, like_it in rows:
            if is_whole:
                self.whole.add(word)
            if not known and like_it:
                fixes[word] = _likest(word, like_it)
            elif is_whole and like_it:
                usual = [each for each in like_it if int(each.rsplit("|", 1)[1]) >= max(20, 10 * hits)]
                likest = _likest(word, usual, most=1 if len(word) < 7 else 2)
                if likest != word and " " not in likest:
                    self.also[word] = likest
        self.fixed = [part for word in words for part in _TOKEN.findall(fixes.get(word, word))]
        self.whole |= set(fixes.values())


def _likest(word: str, found: list[str], *, most: int = 0) -> str:
    """Of the likest known words the one with the fewest slips; names of substances and brands before mere words."""
    best: tuple[Any, ...] | None = None
    for each in found:
        key, kind, hits = each.rsplit("|", 2)
        slips = names.likeness(word, key)
        if slips > (most or max(2, len(word) // 3)):
            continue
        rank = (slips - (key[:1] == word[:1]) * 0.5, kind not in ("substance", "brand"), -int(hits), key)
        if best is None or rank < best:
            best = rank
    return best[-1] if best else word


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
