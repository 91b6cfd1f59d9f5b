"""`/sitemap.xml` and its parts. An app registers what search engines may know of it:

    @part("guides")
    def guides(chunk: str) -> Iterator[Entry]: ...

`chunks` names the files of a large part; each is asked for by itself and answered as a stream.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

MOST_CHUNK = 10**9
XMLNS = "http://www.sitemaps.org/schemas/sitemap/0.9"


class Entry(NamedTuple):
    """A page: its path, and the day it last changed where somebody knows it."""

    path: str
    changed_on: dt.date | None = None


type Entries = Callable[[str], Iterable[Entry]]
type Chunks = Callable[[], Iterable[str]]


class _Part(NamedTuple):
    entries: Entries
    chunks: Chunks


_PARTS: dict[str, _Part] = {}


def _one() -> Iterable[str]:
    return ("1",)


def part(name: str, *, chunks: Chunks = _one) -> Callable[[Entries], Entries]:
    """Register a part. `entries(chunk)` gives the pages of one file, at most 50,000. `name`: letters only."""

    def keep(entries: Entries) -> Entries:
        _PARTS[name] = _Part(entries, chunks)
        return entries

    return keep


@part("house")
def house(_chunk: str) -> Iterator[Entry]:
    """Pages of the house itself."""
    yield from (Entry(path) for path in ("/", "/about/", "/delivery/", "/privacy/", "/accessibility/"))


@require_safe
def index(_request: HttpRequest) -> StreamingHttpResponse:
    """`/sitemap.xml`: where the parts are."""
    return _xml(_index())


@require_safe
def one(_request: HttpRequest, name: str, chunk: int) -> StreamingHttpResponse:
    """`/sitemap-<name>-<chunk>.xml`: the pages of one part. Raises Http404 for a part nobody registered."""
    known = _PARTS.get(name)
    if known is None or chunk > MOST_CHUNK:
        raise Http404
    return _xml(_urls(known.entries(str(chunk))))


def _xml(lines: Iterator[str]) -> StreamingHttpResponse:
    return StreamingHttpResponse(lines, content_type="application/xml; charset=utf-8")


def _index() -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{XMLNS}">\n'
    for name, each in sorted(_PARTS.items()):
        for chunk in each.chunks():
            yield f"<sitemap><loc>{_address(f'/sitemap-{name}-{chunk}.xml')}</loc></sitemap>\n"
    yield "</sitemapindex>\n"


def _urls(entries: Iterable[Entry]) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{XMLNS}">\n'
    for entry in entries:
        changed = f"<lastmod>{entry.changed_on.isoformat()}</lastmod>" if entry.changed_on else ""
        yield f"<url><loc>{_address(entry.path)}</loc>{changed}</url>\n"
    yield "</urlset>\n"


def _address(path: str) -> str:
    return escape(settings.PUBLIC_URL + quote(path, safe="/?=&"))
