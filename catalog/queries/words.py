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
    fixed, whole = _corrected(words)
    if not ask.exact and fixed != words:
        plan.instead = " ".join(fixed)
        words = fixed
    key = names.key(" ".join(words))
    # A word that is not whole may be the beginning of one; the last one is always still being typed.
    parts = [f"'{word}'" if word in whole and n < len(words) - 1 else f"'{word}':*" for n, word in enumerate(words)]
    plan.where.append("e.words @@ to_tsquery('simple', %(query)s)")
    plan.values |= {"query": " & ".join(parts), "text": key, "substance": None}
    plan.ranked = True
    return True


def _corrected(words: list[str]) -> tuple[list[str], set[str]]:
    """The words as the catalogue spells them, and those that stand there as they are."""
    whole = {word for word in words if not word.isalpha() or len(word) < 3}
    wanted = [word for word in words if word not in whole]
    if not wanted:
        return words, whole
    fixes: dict[str, str] = {}
    for word, _place, is_whole, known, like_it in rows_of(sql.WORDS, {"words": wanted}):
        if is_whole:
            whole.add(word)
        if not known and like_it:
            fixes[word] = _likest(word, like_it)
    fixed = [part for word in words for part in _TOKEN.findall(fixes.get(word, word))]
    return fixed, whole | set(fixes.values())


def _likest(word: str, found: list[str]) -> str:
    """Of the likest known words the one with the fewest slips; names of substances and brands before mere words."""
    best: tuple[Any, ...] | None = None
    for each in found:
        key, kind, hits = each.rsplit("|", 2)
        slips = names.likeness(word, key)
        if slips > max(2, len(word) // 3):
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
