"""From a serializer's nested errors to a flat list with JSON Pointers (RFC 6901): every fault of a body at once."""

from __future__ import annotations

from typing import Any


def faults_of(details: Any, at: str = "") -> list[dict[str, str]]:
    """[{pointer, code, detail}] for DRF's `get_full_details()`; faults of the whole body point at ""."""
    if isinstance(details, dict) and "message" in details and "code" in details and not _is_nested(details):
        return [{"pointer": at, "code": _kebab(details["code"]), "detail": str(details["message"])}]
    found: list[dict[str, str]] = []
    if isinstance(details, dict):
        for name, inner in details.items():
            place = at if name == "non_field_errors" else f"{at}/{_escape(str(name))}"
            found += faults_of(inner, place)
    elif isinstance(details, list):
        for index, inner in enumerate(details):
            leaf = isinstance(inner, dict) and "message" in inner and not _is_nested(inner)
            found += faults_of(inner, at if leaf else f"{at}/{index}")
    return found


def _is_nested(details: dict[str, Any]) -> bool:
    return any(isinstance(value, dict | list) for value in details.values())


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _kebab(code: Any) -> str:
    return str(code).replace("_", "-").lower()
