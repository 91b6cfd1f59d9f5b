"""A FHIR resource as nested values with their paths, read from JSON or XML alike.

JSON tells lists from single values, XML does not: `many` and `one` read both. A path is FHIRPath as people write it:
`Bundle.entry[2].resource.dispenseRequest.quantity`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat  # its entities and document types are refused before they mean anything

MAX_DEPTH = 40
MAX_NODES = 50_000
FHIR = "http://hl7.org/fhir"


class NotReadable(Exception):
    """The text is not well-formed JSON or XML of the size and depth that is read; the message is a code."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands."""

    value: Any
    path: str

    def many(self, name: str) -> list[Node]:
        """All values of a member, as a list whether one or several are given."""
        found = self.value.get(name) if isinstance(self.value, dict) else None
        if found is None:
            return []
        if isinstance(found, list):
            return [Node(each, f"{self.path}.{name}[{at}]") for at, each in enumerate(found)]
        return [Node(found, f"{self.path}.{name}")]

    def one(self, *names: str) -> Node | None:
        """The first value at the end of a chain of members, or None."""
        here: Node | None = self
        for name in names:
            here = next(iter(here.many(name)), None) if here is not None else None
        return here

    def text(self, *names: str) -> str:
        """The same as text without outer blanks; "" when it is not there or is no plain value."""
        found = self.one(*names)
        if found is None or isinstance(found.value, dict | list | bool):
            return ""
        return str(found.value).strip()

    def says(self, *names: str) -> bool | None:
        """A boolean member, or None when it is missing or no boolean."""
        found = self.one(*names)
        return {True: True, False: False, "true": True, "false": False}.get(found.value) if _plain(found) else None  # type: ignore[union-attr]

    def has(self, name: str) -> bool:
        """Whether a member is given at all."""
        return isinstance(self.value, dict) and name in self.value

    def within(self) -> Iterator[Node]:
        """This node and everything below it."""
        yield self
        if isinstance(self.value, dict):
            for name in self.value:
                for child in self.many(name):
                    yield from child.within()


def _plain(found: Node | None) -> bool:
    return found is not None and isinstance(found.value, bool | str)


def from_text(body: str, media_type: str) -> Any:
    """The resource as nested dicts. Raises NotReadable ("malformed", "document_type", "too_deep", "too_large")."""
    return _from_xml(body) if "xml" in media_type else _from_json(body)


def _from_json(body: str) -> Any:
    try:
        found = json.loads(body, object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as problem:
        raise NotReadable("malformed") from problem
    _measure(found)
    return found


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _measure(value: Any, depth: int = 0) -> int:
    if depth > MAX_DEPTH:
        raise NotReadable("too_deep")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    count = 1
    for each in inner:
        count += _measure(each, depth + 1)
        if count > MAX_NODES:
            raise NotReadable("too_large")
    return count


def _from_xml(body: str) -> Any:
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.StartDoctypeDeclHandler = builder.refuse
    try:
        parser.Parse(body.encode(), True)  # noqa: FBT003  # expat takes it so
    except expat.ExpatError as problem:
        raise NotReadable("malformed") from problem
    return builder.whole


class _Builder:
    """FHIR XML into the shape of FHIR JSON: `<status value="active"/>` is {"status": "active"}."""

    def __init__(self) -> None:
        self.whole: Any = None
        self.open: list[tuple[str, dict[str, Any]]] = []
        self.count = 0

    def refuse(self, *_: Any) -> None:
        raise NotReadable("document_type")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, name = tag.rpartition(" ")
        self.count += 1
        if len(self.open) > 2 * MAX_DEPTH:
            raise NotReadable("too_deep")
        if self.count > MAX_NODES:
            raise NotReadable("too_large")
        here: dict[str, Any] = {("@" if key == "value" else key): value for key, value in attributes.items()}
        if space == FHIR and name[:1].isupper():
            here = {"resourceType": name, **here}
        self.open.append((name if space == FHIR else f"_{name}", here))

    def end(self, _tag: str) -> None:
        name, here = self.open.pop()
        value: Any = here.pop("@", here)
        if not self.open:
            self.whole = value
            return
        parent = self.open[-1][1]
        if name[:1].isupper():  # <resource><Patient>…: the inner one stands for it
            parent.update(value)
        elif name in parent:
            known = parent[name]
            parent[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            parent[name] = value
        if value is not here and here:  # a plain value with extensions: those stand beside it, as in JSON
            parent[f"_{name}"] = here
