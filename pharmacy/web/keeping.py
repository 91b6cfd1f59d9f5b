"""Parts of pages that are rendered once for what they show: `{% kept %}…{% endkept %}` (decision record 0007).

A part is a pure function of what it reads. What it reads is found when the template is compiled; the values are read
anew for every page and are the key, so a price that changed is another key and nothing shown is ever old. A tag whose
reading can't be known is refused when the template is compiled, never guessed.
"""

from __future__ import annotations

import io
import pickle
import secrets
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from itertools import chain, count
from operator import attrgetter
from threading import Lock
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Manager, Model, QuerySet
from django.http import HttpRequest
from django.template import Context, Engine, TemplateSyntaxError, defaulttags
from django.template.base import FilterExpression, Node, NodeList, TextNode, Token, TokenType, Variable, VariableNode
from django.template.defaulttags import CsrfTokenNode
from django.template.library import SimpleNode
from django.template.loader_tags import IncludeNode
from django.template.smartif import TokenBase
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.templatetags.static import StaticNode
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from pharmacy.money import Money

MOST_CHARACTERS: Final = 16_000_000  # a process; the least lately shown go first
LONG: Final = (
    4_000  # whole pages rest packed to a fifth: packing costs once what unpacking a page costs in ten showings
)
# Told apart from visitor to visitor: never part of a key, put into the kept text at their places.
HOLES: Final = ("csrf_token", "here_quoted", "sign_in_url")
MARK: Final = f"\x00{secrets.token_hex(8)}\x00"  # nobody outside of this process can write one into a page
PANEL: Final = "panel:"
PANELS_LATER: Final = "_panels_later"
# What a page may not depend on without saying so.
FORBIDDEN: Final = frozenset({"request", "user", "perms", "messages", "block", "csp_nonce", "workbench_nav"})
_IMPURE: Final = frozenset({"timesince", "timeuntil", "random", "naturaltime", "naturalday"})
PURE: Final = (
    TextNode, VariableNode, SimpleNode, TranslateNode, BlockTranslateNode, IncludeNode, StaticNode, CsrfTokenNode,
    defaulttags.IfNode, defaulttags.ForNode, defaulttags.WithNode, defaulttags.URLNode, defaulttags.CommentNode,
    defaulttags.LoadNode,
)  # fmt: skip


class Shelf:
    """Kept texts by key, bounded by their length, the least lately shown thrown away first. Safe between threads."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self.most, self.characters = most, 0
        self._kept: OrderedDict[bytes, tuple[str, ...] | bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: bytes) -> tuple[str, ...] | None:
        """The parts kept under a key, or None."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
        return tuple(zlib.decompress(found).decode().split(MARK)) if isinstance(found, bytes) else found

    def put(self, key: bytes, parts: tuple[str, ...]) -> None:
        """Keep parts, long ones packed; what is larger than a tenth of the shelf is not kept."""
        size = sum(map(len, parts))
        if size > self.most // 10:
            return
        packed = zlib.compress(MARK.join(parts).encode(), 1) if size > LONG else None
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = packed or parts
            self.characters += _size(self._kept[key])
            while self.characters > self.most:
                self.characters -= _size(self._kept.popitem(last=False)[1])

    def parts(self, key: bytes, render: Callable[[Context], str], context: Context) -> tuple[str, ...]:
        """What is kept under a key, else what `render` makes, which is kept from now on."""
        found = self.get(key)
        if found is None:
            found = parts_of(render, context)
            self.put(key, found)
        return found

    def clear(self) -> None:
        """Throw everything away."""
        with self._lock:
            self._kept.clear()
            self.characters = 0


def _size(kept: tuple[str, ...] | bytes) -> int:
    return len(kept) if isinstance(kept, bytes) else sum(map(len, kept))


SHELF: Final = Shelf()
PLACES: Final = count()


class _Kinds(dict[type, Callable[[Any], Any]]):
    """How things are written into keys, by their kind. Rows of the database may read more while a page is made, so
    they are refused unless somebody has said what stands for them."""

    def __missing__(self, kind: type) -> Callable[[Any], Any]:
        if issubclass(kind, (Model, QuerySet, Manager, HttpRequest)):
            raise TypeError(f"{kind.__name__} may read more than a key can hold: see stands_for")
        if not is_dataclass(kind):
            raise KeyError(kind)
        # Values of the house are dataclasses: their kind and their fields, written in half the time that pickling by
        # itself takes.
        values = attrgetter(*(each.name for each in fields(kind)), "__class__")  # a tuple, also of a single field
        self[kind] = lambda thing: (kind, values(thing))
        return self[kind]


class _Keys(pickle.Pickler):
    """Values as bytes: equal bytes are equal values. Never read back."""

    dispatch_table = _Kinds()


def stands_for[T](kind: type[T], say: Callable[[T], tuple[Any, ...]]) -> None:
    """Have things of a kind stand in keys as what `say` gives: everything that a page could show of them."""
    _Keys.dispatch_table[kind] = lambda thing: (tuple, (say(thing),))


stands_for(UUID, lambda one: (one.int,))
stands_for(Money, lambda one: (one.minor, one.currency))


def key_of(place: int, values: list[Any]) -> bytes:
    """A key of 20 bytes. Raises whatever pickling raises for a value that can't be written down."""
    written = io.BytesIO()
    _Keys(written, protocol=5).dump((place, get_language(), timezone.get_current_timezone_name(), values))
    return blake2b(written.getbuffer(), digest_size=20).digest()


class KeptNode(Node):
    """`{% kept %}`: the text of its nodes, made once for what they read."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist, self.place = nodelist, next(PLACES)
        self.reads: tuple[str, ...] | None = None
        self.panels = check(nodelist)

    def render(self, context: Context) -> SafeString:
        """From the shelf, or made and put there; what can't be written down as a key is made each time."""
        if self.reads is None:
            self.reads = tuple(sorted(set(_names(self.nodelist, context)) - set(HOLES)))
        try:
            key = key_of(self.place, [context.get(name, ...) for name in self.reads])
        except (TypeError, AttributeError, pickle.PicklingError):
            if settings.TESTING:
                raise
            return self.nodelist.render(context)
        return filled(SHELF.parts(key, self.nodelist.render, context), context, self.panels)


def parts_of(render: Callable[[Context], str], context: Context) -> tuple[str, ...]:
    """A text in parts: every second one names a hole, which is filled for each visitor."""
    holes = {name: mark_safe(f"{MARK}{name}{MARK}") for name in HOLES}  # noqa: S308
    with context.push(**holes, **{PANELS_LATER: True}):
        return tuple(render(context).split(MARK))


def filled(parts: tuple[str, ...], context: Context, panels: dict[str, Node]) -> SafeString:
    """The text of parts, with what belongs to this visitor in the holes."""
    if len(parts) == 1:
        return SafeString(parts[0])
    said: dict[str, str] = {}  # a form's token stands in several holes and is masked once
    for hole in parts[1::2]:
        if hole not in said:
            said[hole] = _said(hole, context, panels)
    whole = "".join(said[part] if n % 2 else part for n, part in enumerate(parts))
    return mark_safe(whole)  # noqa: S308  (parts were rendered by the engine, holes are escaped below)


def _said(hole: str, context: Context, panels: dict[str, Node]) -> str:
    if hole.startswith(PANEL):
        return panels[hole.removeprefix(PANEL)].render(context)
    return conditional_escape(str(context.get(hole) or ""))


def panel_later(context: Context, slot: str) -> str:
    """The mark that stands for a panel in a part that is being made to be kept; "" elsewhere."""
    return f"{MARK}{PANEL}{slot}{MARK}" if context.get(PANELS_LATER) else ""


def check(
    nodelist: NodeList, also: tuple[type[Node], ...] = (), empty: frozenset[str] = frozenset()
) -> dict[str, Node]:
    """The panels in a part, by slot; refuses what makes it more than a function of what it reads.

    `also`: kinds of nodes that are pure here; `empty`: names that the caller sees to being empty.
    Raises TemplateSyntaxError.
    """
    panels: dict[str, Node] = {}
    for node in nodes_of(nodelist):
        if slot := slot_of(node):
            if slot in panels or node in list(within_locals(nodelist)):
                raise TemplateSyntaxError("kept: a panel stands once, and in no loop")
            panels[slot] = node
            continue
        if not isinstance(node, (*PURE, *also, KeptNode)) or getattr(node, "takes_context", False):
            raise TemplateSyntaxError(f"kept: nobody knows what {type(node).__name__} depends on; take it out")
        for name, filters in expressions_of(node):
            if name in FORBIDDEN - empty:
                raise TemplateSyntaxError(f"kept: {name} is more than can be a key; take it out or name the part of it")
            if _IMPURE & set(filters):
                raise TemplateSyntaxError("kept: what depends on the hour can't be kept")
            if name in HOLES and (filters or not isinstance(node, VariableNode)):
                raise TemplateSyntaxError(f"kept: {name} may only stand alone, as {{{{ {name} }}}}")
    return panels


def slot_of(node: Node) -> str:
    """The slot of a `{% panel "slot" … %}` that is shown where it stands; "" for every other node."""
    if isinstance(node, SimpleNode) and node.func.__name__ == "panel" and node.target_var is None:
        return str(node.args[0].var)
    return ""


def within_locals(nodelist: NodeList) -> Iterator[Node]:
    for node in nodes_of(nodelist):
        if isinstance(node, (defaulttags.ForNode, defaulttags.WithNode)):
            for name in {*node.child_nodelists, "nodelist"}:
                yield from nodes_of(getattr(node, name, None) or NodeList())


def nodes_of(nodelist: NodeList) -> Iterator[Node]:
    for node in nodelist:
        yield node
        for name in {*node.child_nodelists, "nodelist"}:
            yield from nodes_of(getattr(node, name, None) or NodeList())


def _names(nodelist: NodeList, context: Context) -> Iterator[str]:
    """Names of the context that nodes read, through templates that they include."""
    for node in nodes_of(nodelist):
        yield from (name for name, _ in expressions_of(node))
        if isinstance(node, IncludeNode):
            inner = included(node, context.template.engine)  # type: ignore[union-attr]
            if check(inner):
                raise TemplateSyntaxError("kept: a panel stands in the template itself, not in what it includes")
            yield from _names(inner, context)


def included(node: IncludeNode, engine: Engine) -> NodeList:
    """The nodes of the template that a node includes. Raises TemplateSyntaxError for one that is not named."""
    name = node.template.var
    if not isinstance(name, str):
        raise TemplateSyntaxError("kept: an include must name its template")
    return engine.get_template(name).nodelist


def expressions_of(node: Node) -> Iterator[tuple[str, list[str]]]:
    """(root name, names of filters) of everything that a node itself resolves."""
    for value in vars(node).values():
        if not isinstance(value, NodeList):
            yield from _within(value)


def _within(value: Any) -> Iterator[tuple[str, list[str]]]:
    if isinstance(value, FilterExpression):
        filters = [getattr(func, "_filter_name", func.__name__) for func, _ in value.filters]
        yield from ((name, filters) for name in _root(value.var))
        yield from ((name, []) for _, args in value.filters for _, arg in args for name in _root(arg))
    elif isinstance(value, Variable):
        yield from ((name, []) for name in _root(value))
    elif isinstance(value, Token):
        if value.token_type == TokenType.VAR:
            yield value.contents.split("|")[0].split(".")[0], value.contents.split("|")[1:]
    elif isinstance(value, TokenBase):
        yield from chain(*(_within(getattr(value, part, None)) for part in ("value", "first", "second")))
    elif isinstance(value, dict):
        yield from chain(*map(_within, value.values()))
    elif isinstance(value, (list, tuple)) and not isinstance(value, NodeList):
        yield from chain(*map(_within, value))


def _root(variable: Any) -> list[str]:
    if isinstance(variable, Variable) and variable.lookups:
        return [variable.lookups[0]]
    return []
