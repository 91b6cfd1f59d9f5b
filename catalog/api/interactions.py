"""`GET /api/v1/interactions`: what the sources at hand say of products taken together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api import answers, shapes
from catalog.api.views import PROBLEMS, CatalogView
from catalog.models.product import Product
from catalog.queries.interactions import Found, MadeOf, Report, among_products
from catalog.rules.interactions import Severity, pair
from pharmacy.keys import parse_public, public

FEWEST, MOST = 2, 20


class InteractionShape(serializers.Serializer[Any]):
    """Two products, a substance of each, and the most severe thing that a source says of the two."""

    products = serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)
    substances = serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)
    severity = serializers.ChoiceField(choices=[each.value for each in Severity])
    mechanism = serializers.CharField(allow_blank=True, help_text="why; empty where no source says it in English")
    management = serializers.CharField(help_text="what to do, in plain words")
    source = serializers.CharField(help_text="who says so, and where")  # type: ignore[assignment]  # a field so called


class UncoveredShape(serializers.Serializer[Any]):
    """Two products and a substance of each of which no source at hand speaks. Never to be read as safe."""

    products = serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)
    substances = serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)


class InteractionsShape(serializers.Serializer[Any]):
    """What is known, most severe first, and what is not."""

    data = InteractionShape(many=True)  # type: ignore[assignment]  # a field called data
    not_covered = UncoveredShape(many=True)
    next = serializers.CharField(allow_null=True)


class Interactions(CatalogView):
    """Products taken together."""

    @extend_schema(
        operation_id="list_interactions", tags=["Catalogue"],
        parameters=[
            OpenApiParameter(
                "product", {"type": "array", "items": {"type": "string"}, "minItems": FEWEST, "maxItems": MOST},
                required=True, explode=True, description="ids of two to twenty products",
            )
        ],
        responses={200: InteractionsShape, **PROBLEMS},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """What sources say of each two of the products; pairs of which none speaks are in `not_covered`."""
        ids = _products(request)
        report, made_of = among_products(list(ids))
        body = {
            "data": [_found(each, products) for each in report.found for products in _who(each, made_of, ids)],
            "not_covered": _uncovered(report, made_of, ids),
            "next": None,
        }
        return Response(body)


def _products(request: Request) -> dict[int, str]:
    """Product to its public id. Raises BadQuery: for an unknown product too, since it would pass for checked."""
    unknown = [name for name in request.query_params if name != "product"]
    errors = [_fault(f"/{name}", "unknown-parameter", "There is no such parameter.") for name in unknown]
    asked = list(dict.fromkeys(request.query_params.getlist("product")))
    if not FEWEST <= len(asked) <= MOST:
        errors.append(_fault("/product", "count", f"Give {FEWEST} to {MOST} different products."))
        raise shapes.BadQuery(errors)
    keys = {text: parse_public(answers.PRODUCT, text) for text in asked}
    rows = Product.objects.filter(public_id__in=[key for key in keys.values() if key]).values_list("pk", "public_id")
    known = {public_id: pk for pk, public_id in rows}
    errors += [
        _fault(f"/product/{place}", "unknown-product", "There is no such product; nothing was checked.")
        for place, text in enumerate(asked)
        if keys[text] not in known
    ]
    if errors:
        raise shapes.BadQuery(errors)
    return {known[key]: public(answers.PRODUCT, key) for key in keys.values() if key}


def _fault(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}


def _found(found: Found, products: list[str]) -> dict[str, Any]:
    said = found.strongest
    return {
        "products": products,
        "substances": [found.first.name, found.second.name],
        "severity": found.severity.value,
        "mechanism": said.mechanism,
        "management": said.management,
        "source": f"{said.source_title}: {said.citation} {said.address}".strip(),
    }


def _who(found: Found, made_of: MadeOf, ids: dict[int, str]) -> Iterator[list[str]]:
    """The pairs of products that bring the two substances together: the first has the first of them."""
    for one in ids:
        for other in ids:
            if one != other and found.first.id in made_of[one] and found.second.id in made_of[other]:
                yield [ids[one], ids[other]]


def _uncovered(report: Report, made_of: MadeOf, ids: dict[int, str]) -> list[dict[str, Any]]:
    silent = set(report.not_covered)
    return [
        {"products": [ids[one], ids[other]], "substances": [report.names[a], report.names[b]]}
        for one, other in combinations(ids, 2)
        for a in made_of[one]
        for b in made_of[other]
        if a != b and pair(a, b) in silent
    ] + [
        {"products": [ids[one], ids[other]], "substances": ["unknown", "unknown"]}
        for one, other in combinations(ids, 2)
        if not made_of[one] or not made_of[other]
    ]
