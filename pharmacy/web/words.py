"""How amounts, numbers, dates, countries and units are written in the reader's language."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_skeleton, format_time
from babel.numbers import format_currency, format_decimal
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

from pharmacy.money import Money

_WITH_ARTICLE: Final = frozenset({"US", "NL", "GB", "AE", "PH", "BS", "CZ", "DO", "GM", "MV"})
_SPANISH_ARTICLES: Final = {"US": "los", "NL": "los", "GB": "el", "AE": "los"}
_LEFT_TO_RIGHT, _END, _RIGHT_MARK = "\u2066", "\u2069", "\u200f"  # Unicode's isolates and mark of direction
# Countries with an article in German: where (dative), and what (accusative).
_GERMAN: Final = {
    "US": ("in den Vereinigten Staaten", "die Vereinigten Staaten"),
    "NL": ("in den Niederlanden", "die Niederlande"),
    "GB": ("im Vereinigten Königreich", "das Vereinigte Königreich"),
    "CH": ("in der Schweiz", "die Schweiz"),
    "AE": ("in den Vereinigten Arabischen Emiraten", "die Vereinigten Arabischen Emirate"),
}


def locale() -> Locale:
    """The locale of the active language; English when it is unknown."""
    return _locale_of(get_language() or "en")


@lru_cache(maxsize=64)
def _locale_of(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def money_text(amount: Money) -> str:
    """`$6.20`, `6,20 €`: as the reader's locale writes it, always with the currency's own decimals."""
    return _money_text(amount, get_language() or "en")


@lru_cache(maxsize=4096)  # a page of prices writes the same few amounts over and over, each at a tenth of a millisecond
def _money_text(amount: Money, language: str) -> str:
    where = _locale_of(language)
    text = str(format_currency(amount.amount, amount.currency, locale=where))
    # Among letters that run from right to left the sign of the currency would part from its letters: "$US 7.51".
    return f"{_LEFT_TO_RIGHT}{text.replace(_RIGHT_MARK, '')}{_END}" if where.text_direction == "rtl" else text


def number_text(value: Decimal | int | float) -> str:
    """`4,310` or `0.5`: grouped as the locale does, no trailing zero."""
    plain = Decimal(str(value)).normalize()
    return str(format_decimal(plain, locale=locale(), decimal_quantization=False))


def day_text(day: dt.date | dt.datetime, *, year: bool = False) -> str:
    """`Wed 25 Nov`; with the year when asked. Moments are taken in the page's time zone."""
    if isinstance(day, dt.datetime):
        day = timezone.localtime(day).date()
    where = locale()
    if where.language == "en":
        return _english_day(day) + (f" {day.year}" if year else "")
    # format_skeleton wants a moment; noon keeps the date in every zone.
    noon = dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)
    return str(format_skeleton("yMMMEd" if year else "MMMEd", noon, locale=where))


def moment_text(moment: dt.datetime, *, year: bool = False) -> str:
    """`Sun 22 Nov, 21:14`, in the page's time zone, 24-hour clock."""
    return f"{day_text(moment, year=year)}, {clock_text(moment)}"


def clock_text(moment: dt.datetime) -> str:
    """`21:14`, in the page's time zone."""
    return str(format_time(timezone.localtime(moment), "HH:mm", locale=locale()))


# What the tables of regions hold beside countries: unions, unknown, made up for tests, parts of others.
_NO_COUNTRIES: Final = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"]
)


def is_country(code: str) -> bool:
    """Whether ISO 3166-1 gives this code to a country."""
    return len(code) == 2 and code not in _NO_COUNTRIES and code in _locale_of("en").territories


def country_name(code: str) -> str:
    """`United States` for `US`, in the reader's language; the code itself when nobody knows it."""
    return str(locale().territories.get(code.upper(), code))


def the_country(code: str) -> str:
    """`the United States`, `die Schweiz`: a country after "for", with its article where it has one."""
    name, language = country_name(code), locale().language
    if language == "en":
        return f"the {name}" if code.upper() in _WITH_ARTICLE else name
    if language == "es":
        return " ".join(part for part in (_SPANISH_ARTICLES.get(code.upper(), ""), name) if part)
    return _GERMAN.get(code.upper(), ("", name))[1] if language == "de" else name


def in_country(code: str) -> str:
    """`in the United States`, `in den Niederlanden`: a place as a sentence needs it."""
    if locale().language == "de" and code.upper() in _GERMAN:
        return _GERMAN[code.upper()][0]
    return gettext("in %(country)s") % {"country": the_country(code)}


def count_text(quantity: Decimal | int, unit: str) -> str:
    """`90 tablets`, `1 capsule`, `28 g`: a quantity with its unit, joined by a no-break space for symbols."""
    return _count_text(quantity, unit, get_language() or "en")


@lru_cache(maxsize=2048)
def _count_text(quantity: Decimal | int, unit: str, language: str) -> str:
    whole = int(quantity) if quantity == int(quantity) else 2
    gap = "\u00a0" if len(unit) <= 3 else " "
    return f"{number_text(quantity)}{gap}{_unit_word(unit, whole, language)}"


def unit_word(unit: str, quantity: int) -> str:
    """The word for so many of a unit. Symbols (mL, g, mg) never change."""
    return _unit_word(unit, quantity, get_language() or "en")


@lru_cache(maxsize=2048)  # of `language`, which is the active one: the same few words stand at every price
def _unit_word(unit: str, n: int, language: str) -> str:
    if len(unit) <= 3 and unit.lower() not in {"bag", "kit", "pad", "pen"}:
        return unit
    known = {
        "tablet": ngettext("tablet", "tablets", n),
        "capsule": ngettext("capsule", "capsules", n),
        "softgel": ngettext("softgel", "softgels", n),
        "sachet": ngettext("sachet", "sachets", n),
        "patch": ngettext("patch", "patches", n),
        "dose": ngettext("dose", "doses", n),
        "piece": ngettext("piece", "pieces", n),
        "each": ngettext("piece", "pieces", n),
        "lozenge": ngettext("lozenge", "lozenges", n),
        "suppository": ngettext("suppository", "suppositories", n),
    }
    return known.get(unit.lower(), unit if n == 1 or unit.endswith("s") else f"{unit}s")


def _english_day(day: dt.date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
