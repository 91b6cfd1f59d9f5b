"""Template tags of the look: amounts, marks, pictures, icons, notices, form fields, panels. `{% load look %}`"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.template import Context
from django.template.base import Parser, Token
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from pharmacy.money import Money
from pharmacy.web import look_alikes, panels, prices, words
from pharmacy.web.keeping import KeptNode, panel_later
from pharmacy.web.marking import mark_of, supply_words, weight_of
from pharmacy.web.pictures import picture as drawing
from pharmacy.web.pictures.draw import Facts
from pharmacy.web.pictures.icons import ICONS

register = template.Library()


_IN_SCRIPT = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}
_NUMBER_AND_UNIT = re.compile(r"(?<=\d) (?=[A-Za-zµ%])")


@register.filter
def money(amount: Money | None) -> str:
    """`$6.20`; nothing for no amount."""
    return words.money_text(amount) if isinstance(amount, Money) else ""


@register.filter
def number(value: Decimal | int | float | None) -> str:
    """`4,310`."""
    return "" if value is None else words.number_text(value)


@register.filter
def day(value: dt.date | dt.datetime | None, year: str = "") -> str:
    """`Wed 25 Nov`; `|day:"year"` adds the year."""
    return words.day_text(value, year=bool(year)) if value else ""


@register.filter
def moment(value: dt.datetime | None, year: str = "") -> str:
    """`Sun 22 Nov, 21:14`; `|moment:"year"` adds the year."""
    return words.moment_text(value, year=bool(year)) if value else ""


@register.filter
def clock(value: dt.datetime | None) -> str:
    """`21:14`."""
    return words.clock_text(value) if value else ""


@register.filter
def country_name(code: str) -> str:
    """`United States` for `US`."""
    return words.country_name(code) if code else ""


@register.filter
def in_country(code: str) -> str:
    """`in the United States`."""
    return words.in_country(code) if code else ""


@register.filter
def the_country(code: str) -> str:
    """`the United States`, for after "for"."""
    return words.the_country(code) if code else ""


@register.filter
def units(quantity: Decimal | int | None, unit: str) -> str:
    """`{{ 90|units:"tablet" }}` is `90 tablets`."""
    return "" if quantity is None else words.count_text(quantity, unit)


@register.filter
def dose(text: str) -> str:
    """A text in which no number is parted from its unit: a no-break space in `10 mg`."""
    return _NUMBER_AND_UNIT.sub("\u00a0", str(text or ""))


@register.filter
def apart(text: str) -> str:
    """A foreign text inside a translated sentence that runs the other way: `90 tablets` stays in its order."""
    return f"\u2068{text}\u2069" if text and get_language_bidi() else str(text or "")


@register.filter
def tall_man(text: str) -> str:
    """Names that look alike in tall-man letters: `hydrALAZINE`."""
    return look_alikes.tall_man(str(text or ""))


@register.simple_tag
def looks_like(*names: str) -> SafeString:
    """A line that names what these names are mistaken for; nothing for names that nothing looks like."""
    others = look_alikes.mistaken_for(*(str(name or "") for name in names))
    if not others:
        return SafeString("")
    said = _("Looks like %(names)s, and is another medicine.") % {"names": ", ".join(others)}
    return format_html('<p class="small alike">{}{}</p>', icon("eye"), said)


@register.simple_tag
def unit_price(pack: Any, per: int | None = None) -> str:
    """`$2.07 per 10 tablets`. `pack` has `price` (Money or None), `size` and `unit`; `per` fixes the step."""
    price, size = _of(pack, "price"), _of(pack, "size")
    if not isinstance(price, Money) or not size:
        return ""
    return _unit_price(price, size, str(_of(pack, "unit") or ""), per, get_language())


# Pure functions of what they are given (`language` is the active one); lists ask them for the same over and over.
@lru_cache(maxsize=8192)
def _unit_price(price: Money, size: Decimal | int, unit: str, per: int | None, language: str | None) -> str:
    found = prices.unit_price(price, Decimal(size), per=per)
    amount = words.money_text(found.price)
    if found.per == 1:
        return _("%(amount)s per %(unit)s") % {"amount": amount, "unit": words.unit_word(unit, 1)}
    return _("%(amount)s per %(units)s") % {"amount": amount, "units": words.count_text(found.per, unit)}


@register.simple_tag
def supply_mark(supply_class: Any, country: str = "", text: str = "") -> SafeString:
    """Supply class as shape, word and colour; with the country on product pages. `text` replaces the words."""
    code = str(getattr(supply_class, "value", supply_class) or "not_supplied")
    return _supply_mark(code, country, text, get_language())


@lru_cache(maxsize=1024)
def _supply_mark(code: str, country: str, text: str, language: str | None) -> SafeString:
    css, svg = mark_of(code)
    return format_html('<span class="class class--{}">{}{}</span>', css, svg, text or supply_words(code, country))


@register.simple_tag
def sev(weight: str, text: str = "") -> SafeString:
    """Clinical weight or a check's state (note, caution, serious, stop, ok, unknown) with its word."""
    svg, words_ = weight_of(weight)
    return format_html('<span class="sev is-{}">{}{}</span>', weight, svg, text or words_)


@register.simple_tag
def sev_svg(weight: str) -> SafeString:
    """Only the shape of a weight, for a place that has its own words."""
    return weight_of(weight)[0]


@register.simple_block_tag
def notice(content: str, weight: str = "note", heading: str = "", level: int = 3, css: str = "") -> SafeString:
    """`{% notice "serious" "Never stop it at once" %}<p>…</p>{% endnotice %}`: one thought, one heading."""
    head = format_html("<h{0}>{1}</h{0}>", level, heading) if heading else ""
    body = mark_safe(content)  # noqa: S308  (block content was rendered, hence escaped, by the engine)
    return format_html('<div class="notice is-{} {}">{}{}{}</div>', weight, css, weight_of(weight)[0], head, body)


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """A Lucide line drawing. Hidden from readers unless it has a `label` and stands alone."""
    who = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    start = format_html('<svg class="icon {}" viewBox="0 0 24 24" {} focusable="false">', css, who)
    return mark_safe(f"{start}{ICONS[name]}</svg>")  # noqa: S308


@register.simple_tag
def picture(subject: Any, alt: str = "") -> SafeString:
    """A pack drawn from its facts: Facts, a dict of its fields, or a thing with `.picture` of either kind."""
    return mark_safe(drawing.picture(_facts(subject), alt))  # noqa: S308


@register.simple_tag
def shelf(subjects: Iterable[Any], alt: str = "", width: float = 0) -> SafeString:
    """Several packs standing on one board."""
    return mark_safe(drawing.shelf([_facts(one) for one in subjects], width=width, alt=alt))  # noqa: S308


@register.simple_tag(takes_context=True)
def panel(context: Context, slot: str, **facts: Any) -> SafeString:
    """What higher apps show in a slot of this page. The page's request is passed on; `facts` are the slot's."""
    later = panel_later(context, slot)
    return mark_safe(later) if later else panels.render(slot, context["request"], **facts)  # noqa: S308


@register.simple_tag
def json_ld(said: Mapping[str, Any] | None) -> SafeString:
    """Data for search engines: a block that no browser runs, with nothing in it that could end the block."""
    if not said:
        return SafeString("")
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308  (< > & are written as codes)


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """`{% kept %}…{% endkept %}`: rendered once for what it shows (pharmacy/web/keeping.py)."""
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(nodelist)


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField, hint: str = "", css: str = "", optional: bool = False) -> dict[str, Any]:
    """A form field with label, hint and its errors between label and control."""
    return {"field": bound, "hint": hint or bound.help_text, "css": css, "optional": optional} | _kind_of(bound)


@register.inclusion_tag("web/parts/errors.html")
def errors(form: BaseForm) -> dict[str, Any]:
    """The list of a form's errors, each a link to its field. Stands at the top of the page."""
    wrong = [(bound, message) for bound in form for message in bound.errors] if form.is_bound else []
    general = list(form.non_field_errors()) if form.is_bound else []
    return {"wrong": wrong, "general": general, "count": len(wrong) + len(general)}


def _kind_of(bound: BoundField) -> dict[str, str]:
    kind = getattr(bound.field.widget, "input_type", "")
    if kind in {"checkbox", "radio"} and bound.widget_type not in {"radioselect", "checkboxselectmultiple"}:
        return {"kind": "checkbox"}
    if bound.widget_type in {"radioselect", "checkboxselectmultiple"}:
        return {"kind": "choices"}
    return {"kind": "input"}


def _facts(subject: Any) -> Facts:
    inner = _of(subject, "picture")
    found = inner() if callable(inner) else inner or subject
    if isinstance(found, Facts):
        return found
    known = dict(found) if isinstance(found, Mapping) else {}
    return Facts(**({"form": "carton"} | {key: value for key, value in known.items() if key in Facts.__slots__}))


def _of(subject: Any, name: str) -> Any:
    return subject.get(name) if isinstance(subject, Mapping) else getattr(subject, name, None)
