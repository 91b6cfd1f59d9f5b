"""Whole pages that are rendered once for what they show: `render_kept` instead of Django's `render` (decision 0007).

A public page is a kept part as large as its template with all that it extends and includes: what any of them reads is
the key, what belongs to one visitor is a hole. A template that reads more than can be a key is refused when its page is
asked for the first time; every page that uses this is asked for by a test.

A page that is costly to make ready says what the database told (`told`) and how everything else follows from it
(`make`): then what was told is the key, and for a page that is kept nothing else is made. In tests whatever is shown
again is made again and compared, so that a page which follows from more than it was told is found.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine, Template, TemplateSyntaxError
from django.template.base import Node, NodeList
from django.template.context import make_context
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.templatetags.i18n import TranslateNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from pharmacy.web.keeping import (
    HOLES,
    PLACES,
    SHELF,
    check,
    expressions_of,
    filled,
    included,
    key_of,
    nodes_of,
    parts_of,
    within_locals,
)  # fmt: skip

# A page with something said to its visitor is made for them alone, so a kept page never has a message to show.
_EMPTY: Final = frozenset({"messages"})


def render_kept(request: HttpRequest, name: str, values: Mapping[str, Any]) -> HttpResponse:
    """A page made once for equal values, language and time zone; what belongs to the visitor is filled in each time.

    Raises TemplateSyntaxError for a template that depends on more than a key can hold.
    """
    return _render(request, name, values, lambda whole, template, context: whole.render(template, context))


def render_told[T](
    request: HttpRequest, name: str, told: T, make: Callable[[T], Mapping[str, Any]], values: Mapping[str, Any]
) -> HttpResponse:
    """A page made once for equal `told`, language and time zone: `make` gives its values from `told` and nothing else.

    `values` are those that panels are given, which are filled in each time; they too follow from `told`.
    Raises TemplateSyntaxError as above, and AssertionError in tests where a page follows from more.
    """

    def show(whole: _Whole, template: Template, context: Context) -> SafeString:
        return whole.render_told(template, context, told, lambda: make(told), frozenset(values))

    return _render(request, name, values, show, lambda: make(told))


def _render(
    request: HttpRequest,
    name: str,
    values: Mapping[str, Any],
    show: Callable[[_Whole, Template, Context], SafeString],
    rest: Callable[[], Mapping[str, Any]] = dict,
) -> HttpResponse:
    template: Template = get_template(name).template  # type: ignore[attr-defined]
    context = make_context(dict(values), request)
    with context.bind_template(template):
        if len(get_messages(request)):
            context.update(dict(rest()))
            return HttpResponse(template.render(context))
        return HttpResponse(show(_whole(template.engine, name), template, context))


class _Whole:
    """A template with all that it extends and includes."""

    def __init__(self, template: Template) -> None:
        self.place = next(PLACES)
        self.panels: dict[str, Node] = {}
        reads: set[str] = set()
        for nodes in _lists_of(template):
            found = check(nodes, also=(BlockNode, ExtendsNode), empty=_EMPTY)
            if set(found) & set(self.panels):
                raise TemplateSyntaxError("kept: a panel stands once in a page")
            self.panels |= found
            _say_once(nodes)
            reads.update(name for node in nodes_of(nodes) for name, _ in expressions_of(node))
        self.reads = tuple(sorted(reads - set(HOLES) - _EMPTY))
        self.around: tuple[str, ...] | None = None  # what is read and neither told nor made: of the request, once known

    def render(self, template: Template, context: Context) -> SafeString:
        key = self._key([context.get(name, ...) for name in self.reads])
        if key is None:
            return template.render(context)
        return filled(SHELF.parts(key, template.render, context), context, self.panels)

    def _key(self, values: list[Any]) -> bytes | None:
        """None for what can't be written down: such a page is made each time (in tests it is an error)."""
        try:
            return key_of(self.place, values)
        except (TypeError, AttributeError, pickle.PicklingError):
            if settings.TESTING:
                raise
            return None

    def render_told(
        self,
        template: Template,
        context: Context,
        told: Any,
        make: Callable[[], Mapping[str, Any]],
        given: frozenset[str],
    ) -> SafeString:
        if self.around is None:
            follows = given | frozenset(make())
            self.around = tuple(name for name in self.reads if name not in follows)

        def render(within: Context) -> str:
            with within.push(**make()):
                return template.render(within)

        key = self._key([told, *(context.get(name, ...) for name in self.around)])
        if key is None:
            return SafeString(render(context))
        parts = SHELF.get(key)
        if parts is None or settings.TESTING:
            made = parts_of(render, context)
            assert parts in (None, made), "a page follows from more than it was told"
            parts = made
            SHELF.put(key, parts)
        return filled(parts, context, self.panels)


@lru_cache(maxsize=64)
def _whole(engine: Engine, name: str) -> _Whole:
    return _Whole(engine.get_template(name))


def _lists_of(template: Template) -> Iterator[NodeList]:
    """The nodes of a template, of what it extends, and of what any of them includes, each once."""
    seen: set[str] = set()
    waiting: list[NodeList] = [template.nodelist]
    while waiting:
        nodes = waiting.pop()
        yield nodes
        bound = set(map(id, within_locals(nodes)))
        for node in nodes_of(nodes):
            if isinstance(node, ExtendsNode):
                waiting.append(template.engine.get_template(_name_of(node)).nodelist)
            elif isinstance(node, IncludeNode) and node.template.var not in seen:
                inner = included(node, template.engine)
                seen.add(str(node.template.var))
                # A panel is filled in with the page's own values: what only an include or a loop knows is not there.
                if (id(node) in bound or node.extra_context or node.isolated_context) and check(inner):
                    raise TemplateSyntaxError("kept: a panel stands in the page, not in what a loop or `with` includes")
                waiting.append(inner)


def _say_once(nodes: NodeList) -> None:
    """Have texts of the house be looked up once a language: a page made for the first time has a hundred of them."""
    for node in nodes_of(nodes):
        if isinstance(node, TranslateNode) and _is_constant(node) and "render" not in vars(node):
            node.render = _once_a_language(node.render)  # type: ignore[method-assign, assignment]


def _is_constant(node: TranslateNode) -> bool:
    said = node.filter_expression
    return said.var.literal is not None and not (said.filters or node.noop or node.asvar or node.message_context)


def _once_a_language(render: Callable[[Context], str]) -> Callable[[Context], str]:
    said: dict[str | None, str] = {}

    def again(context: Context) -> str:
        language = get_language()
        if language not in said:
            said[language] = render(context)
        return said[language]

    return again


def _name_of(node: ExtendsNode) -> str:
    name = node.parent_name.var  # type: ignore[union-attr]  # what `extends` was given: always an expression
    if not isinstance(name, str):
        raise TemplateSyntaxError("kept: a page must name what it extends")
    return name
