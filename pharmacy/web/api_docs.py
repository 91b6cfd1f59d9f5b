"""The OpenAPI description as JSON, and as a page of ours: no script, no other host."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularJSONAPIView

VERBS: Final = ("get", "post", "put", "patch", "delete")


class Description(SpectacularJSONAPIView):
    """`GET /api/v1/openapi.json`: needs no key."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return found


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every call with its parameters, body and answers, and every schema."""
    schema = _schema()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema.get("paths", {}).items():
        for verb in VERBS:
            if verb in methods:
                call = _call(path, verb, methods[verb])
                groups.setdefault(call["group"], []).append(call)
    schemas = [
        {"name": name, "text": one.get("description", ""), "fields": _fields(one), "choices": one.get("enum")}
        for name, one in sorted(schema.get("components", {}).get("schemas", {}).items())
    ]
    return render(request, "web/api_docs.html", {"groups": groups, "schemas": schemas, "about": schema.get("info", {})})


def _call(path: str, verb: str, one: dict[str, Any]) -> dict[str, Any]:
    tags = one.get("tags") or ["other"]
    return {
        "id": one.get("operationId", f"{verb}-{path}"),
        "group": tags[0],
        "verb": verb.upper(),
        "path": path,
        "text": one.get("description") or one.get("summary", ""),
        "parameters": [
            {
                "name": p["name"],
                "place": p["in"],
                "needed": p.get("required", False),
                "kind": _kind(p.get("schema", {})),
                "text": p.get("description", ""),
            }
            for p in one.get("parameters", [])
        ],
        "bodies": _bodies(one.get("requestBody", {})),
        "answers": [
            {"status": status, "text": answer.get("description", ""), "bodies": _bodies(answer)}
            for status, answer in sorted(one.get("responses", {}).items())
        ],
    }


def _bodies(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"media": media, "kind": _kind(body.get("schema", {})), "fields": _fields(body.get("schema", {}))}
        for media, body in one.get("content", {}).items()
    ]


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    needed = set(schema.get("required", []))
    return [
        {"name": name, "kind": _kind(one), "needed": name in needed, "text": one.get("description", "")}
        for name, one in schema.get("properties", {}).items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    """A type in words: `Order`, `list of Line`, `integer or null`, `one of a, b`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    for key, joint in (("allOf", " and "), ("oneOf", " or "), ("anyOf", " or ")):
        if key in schema:
            return joint.join(_kind(one) for one in schema[key])
    if "enum" in schema:
        return "one of " + ", ".join(str(one) for one in schema["enum"])
    kind = schema.get("type", "")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return f"{words} ({schema['format']})" if schema.get("format") else words or "anything"
