"""Parts of pages that are rendered once: never old, nobody else's, refused where nobody knows what they read."""

from __future__ import annotations

import copy
import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest
from django.template import Context, Template, TemplateSyntaxError, engines
from django.template.defaultfilters import stringfilter
from django.test import RequestFactory
from django.utils import translation

from pharmacy.accounts.models import User
from pharmacy.money import Money
from pharmacy.web.keeping import SHELF, Shelf, key_of
from pharmacy.web.kept_pages import render_kept, render_told
from pharmacy.web.panels import panel

LOAD = "{% load look i18n %}"


@dataclass(frozen=True)
class Pack:
    """A thing with a price, as pages show it."""

    name: str
    price: Money | None


def test_a_kept_part_is_made_once_for_the_same_values_and_anew_for_others() -> None:
    made: list[str] = []

    class Loud:
        def __init__(self, text: str) -> None:
            self.text = text

        @property
        def shown(self) -> str:
            made.append(self.text)
            return self.text

        def __reduce__(self) -> tuple[type[str], tuple[str]]:
            return (str, (self.text,))

    template = Template(LOAD + "{% kept %}<b>{{ thing.shown }}</b>{% endkept %}")
    said = [template.render(Context({"thing": Loud(text)})) for text in ("a", "a", "b", "a")]
    assert said == ["<b>a</b>", "<b>a</b>", "<b>b</b>", "<b>a</b>"]
    assert made == ["a", "b"]


def test_a_price_that_changed_is_shown_at_once() -> None:
    template = Template(
        LOAD + "{% kept %}{% for p in packs %}{{ p.name }} {{ p.price|money }} {% endfor %}{% endkept %}"
    )
    assert template.render(Context({"packs": [Pack("A", Money(620, "USD"))]})) == "A $6.20 "
    assert template.render(Context({"packs": [Pack("A", Money(621, "USD"))]})) == "A $6.21 "
    assert template.render(Context({"packs": [Pack("A", Money(621, "EUR"))]})) == "A €6.21 "
    assert template.render(Context({"packs": [Pack("A", None)]})) == "A  "


def test_every_language_has_its_own() -> None:
    template = Template(LOAD + "{% kept %}{{ price|money }} {{ day|day }}{% endkept %}")
    values = {"price": Money(123456, "EUR"), "day": dt.date(2026, 11, 25)}
    english = template.render(Context(values))
    with translation.override("de"):
        german = template.render(Context(values))
    assert english == "€1,234.56 Wed 25 Nov"
    assert german != english
    assert template.render(Context(values)) == english


def test_what_belongs_to_a_visitor_is_put_in_each_time_and_escaped() -> None:
    template = Template(LOAD + "{% kept %}<a href='{{ sign_in_url }}'>{{ name }}</a>{% csrf_token %}{% endkept %}")
    first = template.render(Context({"sign_in_url": "/in?next='><script>", "name": "<i>", "csrf_token": "one"}))
    second = template.render(Context({"sign_in_url": "/in", "name": "<i>", "csrf_token": "two"}))
    assert first.startswith("<a href='/in?next=&#x27;&gt;&lt;script&gt;'>&lt;i&gt;</a>")
    assert 'value="one"' in first
    assert second.startswith("<a href='/in'>&lt;i&gt;</a>")
    assert 'value="two"' in second


def test_a_panel_in_a_kept_part_is_asked_each_time(rf: RequestFactory) -> None:
    asked: list[str] = []

    @panel("tests.kept")
    def counting(request: HttpRequest, **facts: object) -> str:
        asked.append(str(facts["who"]))
        return f"<i>{len(asked)}</i>"

    template = Template(LOAD + "{% kept %}a{% if wanted %}{% panel 'tests.kept' who=name %}{% endif %}b{% endkept %}")
    shown = [
        template.render(Context({"request": rf.get("/"), "name": name, "wanted": wanted}))
        for name, wanted in (("x", True), ("x", True), ("x", False), ("y", True))
    ]
    assert shown == ["a<i>1</i>b", "a<i>2</i>b", "ab", "a<i>3</i>b"]
    assert asked == ["x", "x", "y"]


def test_missing_and_none_are_not_the_same() -> None:
    template = Template(LOAD + "{% kept %}[{{ thing }}]{% endkept %}")
    assert (template.render(Context({"thing": None})), template.render(Context())) == ("[None]", "[]")


@pytest.mark.parametrize(
    "source",
    [
        "{% kept %}{{ user.email }}{% endkept %}",
        "{% kept %}{% if request.path %}x{% endif %}{% endkept %}",
        "{% kept %}{% for each in messages %}{{ each }}{% endfor %}{% endkept %}",
        "{% kept %}{% panel 'header.basket' as basket %}{% endkept %}",
        "{% kept %}{% for each in them %}{% panel 'header.basket' %}{% endfor %}{% endkept %}",
        "{% kept %}{% panel 'header.basket' %}{% panel 'header.basket' %}{% endkept %}",
        "{% kept %}{% block inner %}{% endblock %}{% endkept %}",
        "{% kept %}{% now 'Y' %}{% endkept %}",
        "{% kept %}{{ day|timesince }}{% endkept %}",
        "{% kept %}{{ csrf_token|upper }}{% endkept %}",
        "{% kept %}{% if csrf_token %}x{% endif %}{% endkept %}",
        "{% kept %}{% blocktranslate with who=user.name %}for {{ who }}{% endblocktranslate %}{% endkept %}",
    ],
)
def test_what_may_depend_on_more_is_refused_when_the_template_is_read(source: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="kept"):
        Template(LOAD + source)


def test_rows_of_the_database_are_no_keys() -> None:
    template = Template(LOAD + "{% kept %}{{ person.email }}{% endkept %}")
    for thing in (User(email="alice@example.com"), User.objects.all()):
        with pytest.raises(TypeError, match="stands_for"):
            template.render(Context({"person": thing}))


def test_the_shelf_is_bounded_and_throws_away_what_was_shown_least_lately() -> None:
    shelf = Shelf(most=100)
    for n in range(12):
        shelf.put(bytes([n]), ("x" * 10,))
        shelf.get(b"\x00")
    assert shelf.characters == 100
    assert shelf.get(b"\x00")
    assert shelf.get(b"\x01") is None
    shelf.put(b"big", ("x" * 11,))
    assert shelf.get(b"big") is None
    SHELF.clear()
    assert SHELF.characters == 0


def test_a_long_text_rests_packed_and_comes_back_whole() -> None:
    shelf = Shelf()
    page = ("<p>Tablets – “as before”</p>" * 2_000, "csrf_token", "<p>العربية</p>")
    shelf.put(b"page", page)
    assert shelf.get(b"page") == page
    assert shelf.characters < sum(map(len, page)) / 5


def a_page(settings: Any, **templates: str) -> None:
    """Templates of a test beside the house's own; `page` extends `frame`."""
    engine = copy.deepcopy(settings.TEMPLATES[0])
    engine["APP_DIRS"] = False
    engine["OPTIONS"]["loaders"] = [("django.template.loaders.locmem.Loader", templates)]
    settings.TEMPLATES = [engine]


FRAME = LOAD + "{% if messages %}<i>said</i>{% endif %}<form>{% csrf_token %}</form>{% block main %}{% endblock %}"
PAGE = (
    "{% extends 'frame' %}" + LOAD + "{% block main %}<b>{{ name }}</b>{% panel 'tests.page' who=name %}{% endblock %}"
)


def test_a_whole_page_is_made_once_and_each_visitor_has_their_own_token_and_panels(
    rf: RequestFactory, settings: Any
) -> None:
    made: list[str] = []

    @panel("tests.page")
    def mine(request: HttpRequest, **facts: object) -> str:
        return f"<u>{request.GET['who']}</u>"

    @stringfilter
    def loud(text: str) -> str:
        made.append(text)
        return text.upper()

    a_page(settings, frame=FRAME, page=PAGE.replace("name }}", "name|loud }}"))
    engines["django"].engine.template_builtins[0].filters["loud"] = loud  # type: ignore[attr-defined]

    def shown(name: str, who: str) -> str:
        return render_kept(visit(rf, f"/?who={who}"), "page", {"name": name}).content.decode()

    first, second, other = shown("a", "alice"), shown("a", "bob"), shown("b", "bob")
    assert made == ["a", "b"]
    assert "<b>A</b><u>alice</u>" in first
    assert "<b>A</b><u>bob</u>" in second
    assert "<b>B</b><u>bob</u>" in other
    tokens = [re.findall(r'value="(\w+)"', text) for text in (first, second)]
    assert all(len(each) == 1 and len(each[0]) == 64 for each in tokens)
    assert tokens[0] != tokens[1]


def test_a_page_that_says_something_to_its_visitor_is_not_kept(rf: RequestFactory, settings: Any) -> None:
    a_page(settings, frame=FRAME, page=PAGE)
    said = visit(rf, "/?who=alice")
    messages.info(said, "For alice alone.")

    assert "said" in render_kept(said, "page", {"name": "a"}).content.decode()
    assert "said" not in render_kept(visit(rf, "/?who=bob"), "page", {"name": "a"}).content.decode()


def test_what_follows_from_what_was_told_is_made_once(rf: RequestFactory, settings: Any) -> None:
    a_page(settings, frame=FRAME, page=PAGE)
    settings.TESTING = False  # in tests everything shown again is made again and compared
    made: list[str] = []

    def make(told: tuple[str]) -> dict[str, str]:
        made.append(told[0])
        return {"name": told[0].upper()}

    def shown(name: str, who: str) -> str:
        return render_told(visit(rf, f"/?who={who}"), "page", (name,), make, {}).content.decode()

    pages = [shown("a", "alice"), shown("a", "bob"), shown("b", "bob"), shown("a", "carol")]
    assert ["<b>A</b>" in page for page in pages] == [True, True, False, True]
    assert made[1:] == ["a", "b"]  # the first showing of all also learns what is made
    said = visit(rf, "/?who=alice")
    messages.info(said, "For alice alone.")
    assert "said" in render_told(said, "page", ("a",), make, {}).content.decode()


def test_a_page_that_follows_from_more_than_it_was_told_is_found(rf: RequestFactory, settings: Any) -> None:
    a_page(settings, frame=FRAME, page=PAGE)
    names = iter(["a", "a", "b"])

    def shown() -> None:
        render_told(visit(rf, "/?who=alice"), "page", "the same", lambda _: {"name": next(names)}, {})

    shown()
    with pytest.raises(AssertionError, match="follows from more"):
        shown()


@pytest.mark.parametrize(
    "templates",
    [
        {"page": PAGE, "frame": FRAME + "{{ user.email }}"},
        {"page": PAGE, "frame": FRAME + "{% include 'part' %}", "part": "{{ request.path }}"},
        {"page": PAGE, "frame": FRAME + "{% panel 'tests.page' %}"},
        {"page": PAGE, "frame": FRAME + "{% include 'part' with who=1 %}", "part": LOAD + "{% panel 'tests.part' %}"},
        {
            "page": PAGE,
            "frame": FRAME + "{% for a in b %}{% include 'part' %}{% endfor %}",
            "part": LOAD + "{% panel 'p' %}",
        },
        {"page": PAGE.replace("'frame'", "above"), "frame": FRAME},
    ],
)
def test_a_page_that_may_depend_on_more_is_refused(
    rf: RequestFactory, settings: Any, templates: dict[str, str]
) -> None:
    a_page(settings, **templates)
    with pytest.raises(TemplateSyntaxError, match="kept"):
        render_kept(visit(rf, "/?who=alice"), "page", {"name": "a", "above": "frame"})


def test_nobody_can_write_a_hole_into_a_page() -> None:
    template = Template(LOAD + "{% kept %}<b>{{ name }}</b>{% csrf_token %}{% endkept %}")
    shown = template.render(Context({"name": "\x00csrf_token\x00", "csrf_token": "secret"}))
    assert shown.count("secret") == 1
    assert "<b>\x00csrf_token\x00</b>" in shown


def visit(rf: RequestFactory, address: str) -> HttpRequest:
    """A request of somebody who has not been here before."""
    request = rf.get(address)
    request.user = AnonymousUser()
    request.session = SessionStore()
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return request


@dataclass(frozen=True)
class Bottle(Pack):
    """The same fields, another thing."""


def test_things_of_two_kinds_with_the_same_fields_are_two_keys() -> None:
    assert key_of(1, [Pack("A", None)]) == key_of(1, [Pack("A", None)])
    assert key_of(1, [Pack("A", None)]) != key_of(1, [Bottle("A", None)])
    assert key_of(1, [Pack("A", None)]) != key_of(1, [Pack("A", Money(1, "USD"))])
