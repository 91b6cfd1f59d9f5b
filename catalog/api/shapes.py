"""The shapes of the catalogue's API, for its description and for reading its parameters."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from catalog.queries.search import SORTS
from catalog.rules.supply import SupplyClass
from pharmacy.web.pointers import faults_of
from pharmacy.web.problem_shapes import ProblemFaultShape, ProblemShape  # noqa: F401  # part of these shapes
from pharmacy.web.words import is_country

SUPPLY = [each.value for each in SupplyClass]


class BadQuery(APIException):
    """A query parameter that is unknown or can't be read: 400, every fault at once."""

    status_code = 400
    problem_code = "bad-query"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("A query parameter is unknown or can't be read.")
        self.problem_members = {"errors": errors}


class CountryQuery(serializers.Serializer[Any]):
    """Which country and currency the answer is for."""

    country = serializers.RegexField(
        r"^[A-Z]{2}$", required=False, help_text="ISO 3166-1 alpha-2; default: the key's, else US"
    )
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, help_text="ISO 4217; default: the country's")

    def validate_country(self, country: str) -> str:
        """The code itself. Raises ValidationError where no country has this code."""
        if not is_country(country):
            raise serializers.ValidationError("There is no such country.", code="unknown-country")
        return country


class ProductsQuery(CountryQuery):
    """What products are asked for."""

    q = serializers.CharField(
        required=False, max_length=120, help_text="name, brand, ingredient or code; forgiving of misspelling"
    )
    category = serializers.SlugField(required=False, max_length=40, help_text="id of a category")
    substance = serializers.CharField(required=False, max_length=60, help_text="id of a substance")
    atc = serializers.RegexField(r"^[A-Z][0-9A-Z]{0,6}$", required=False, help_text="beginning of an ATC code")
    form = serializers.CharField(required=False, max_length=60)
    supply = serializers.ChoiceField(choices=SUPPLY, required=False)
    in_stock = serializers.BooleanField(required=False)
    price_min = serializers.IntegerField(required=False, min_value=0, max_value=10**12, help_text="minor units")
    price_max = serializers.IntegerField(required=False, min_value=0, max_value=10**12, help_text="minor units")
    sort = serializers.ChoiceField(choices=list(SORTS), required=False)
    facets = serializers.BooleanField(required=False)
    cursor = serializers.CharField(required=False, max_length=2_000)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100)


def read_query(request: Request, shape: type[serializers.Serializer[Any]] | None) -> dict[str, Any]:
    """The query's parameters, checked. Raises BadQuery for unknown and repeated ones too: nothing passes silently."""
    known = shape(data=request.query_params.dict()) if shape else None
    allowed = set(known.fields) if known else set()
    errors = [
        {"pointer": f"/{name}", "code": "unknown-parameter", "detail": "There is no such parameter."}
        for name in request.query_params
        if name not in allowed
    ]
    errors += [
        {"pointer": f"/{name}", "code": "repeated-parameter", "detail": "Give it once."}
        for name, values in request.query_params.lists()
        if name in allowed and len(values) > 1
    ]
    if known is not None and not known.is_valid():
        errors += faults_of(_details(known))
    if errors:
        raise BadQuery(errors)
    return dict(known.validated_data) if known is not None else {}


def _details(known: serializers.Serializer[Any]) -> Any:
    try:
        known.is_valid(raise_exception=True)
    except serializers.ValidationError as problem:
        return problem.get_full_details()
    return {}


class MoneyShape(serializers.Serializer[Any]):
    """An amount in the currency's minor unit."""

    amount = serializers.IntegerField()
    currency = serializers.CharField()


class PerShape(serializers.Serializer[Any]):
    """So many of a unit."""

    quantity = serializers.IntegerField()
    unit = serializers.CharField()


class UnitPriceShape(MoneyShape):
    """The price of the smallest of 1, 10, 100 or 1,000 units that makes at least 100 minor units."""

    per = PerShape()


class PackShape(serializers.Serializer[Any]):
    """What is sold."""

    id = serializers.CharField()
    description = serializers.CharField()
    size = serializers.FloatField()
    unit = serializers.CharField()
    codes = serializers.DictField(child=serializers.CharField())
    price = MoneyShape(allow_null=True)
    unit_price = UnitPriceShape(allow_null=True)
    lowest_price_30_days = MoneyShape(
        allow_null=True, help_text="after a reduction in the last 30 days: the lowest price of the 30 days before it"
    )
    in_stock = serializers.BooleanField()
    storage = serializers.ChoiceField(choices=["ambient", "cold_2_8", "frozen"])
    max_per_order = serializers.IntegerField()
    shippable = serializers.BooleanField()
    not_shippable_because = serializers.CharField(allow_null=True)


class ProductSubstanceShape(serializers.Serializer[Any]):
    """An active ingredient of a product."""

    id = serializers.CharField()
    name = serializers.CharField()
    atc = serializers.CharField(allow_null=True)
    strength = serializers.CharField(allow_blank=True)


class ProductShape(serializers.Serializer[Any]):
    """A product as the country asked about sees it."""

    id = serializers.CharField()
    name = serializers.CharField()
    brand = serializers.BooleanField()
    labeler = serializers.CharField(allow_blank=True)
    form = serializers.CharField(allow_blank=True)
    route = serializers.CharField(allow_blank=True)
    strength = serializers.CharField(allow_blank=True)
    substances = ProductSubstanceShape(many=True)
    supply = serializers.ChoiceField(choices=SUPPLY)
    supply_rule = serializers.CharField()
    category = serializers.CharField(allow_blank=True)
    as_of = serializers.DateField()
    packs = PackShape(many=True)


class FacetShape(serializers.Serializer[Any]):
    """A value and how many products have it; `capped`: there may be more."""

    value = serializers.CharField()
    count = serializers.IntegerField()
    capped = serializers.BooleanField()


class ProductsShape(serializers.Serializer[Any]):
    """A page of products."""

    data = ProductShape(many=True)  # type: ignore[assignment]  # a field called data
    next = serializers.CharField(allow_null=True)
    searched_instead = serializers.CharField(allow_null=True, help_text="what a misspelled q was taken for")
    facets = serializers.DictField(child=FacetShape(many=True), required=False)


class RatingShape(serializers.Serializer[Any]):
    """A source's word that two products may replace each other."""

    code = serializers.CharField(help_text="FDA: AB, AA, AT …; BDPM: originator, generic …")
    source = serializers.CharField()  # type: ignore[assignment]  # a field called source
    as_of = serializers.DateField()


class AlternativeShape(serializers.Serializer[Any]):
    """The same substance, strength and form by another maker."""

    product = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    labeler = serializers.CharField()
    pack = PackShape()
    rating = RatingShape(allow_null=True, help_text="null: no source at hand rates the two")
    saves = MoneyShape(help_text="against the pack looked at, for as many units; negative: costs more")


class AlternativesShape(serializers.Serializer[Any]):
    """Cheapest unit price first."""

    data = AlternativeShape(many=True)  # type: ignore[assignment]  # a field called data
    next = serializers.CharField(allow_null=True)


class NameShape(serializers.Serializer[Any]):
    """A name people type."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["salt", "synonym", "brand"])


class SubstanceShape(serializers.Serializer[Any]):
    """An active ingredient."""

    id = serializers.CharField()
    name = serializers.CharField()
    atc = serializers.ListField(child=serializers.CharField())
    unii = serializers.CharField(allow_null=True)
    rxcui = serializers.CharField(allow_null=True)
    names = NameShape(many=True)


class CategoryShape(serializers.Serializer[Any]):
    """A shelf by need."""

    id = serializers.CharField()
    name = serializers.CharField()
    products = serializers.IntegerField()


class CategoriesShape(serializers.Serializer[Any]):
    """All categories that have products in the country."""

    data = CategoryShape(many=True)  # type: ignore[assignment]  # a field called data
    next = serializers.CharField(allow_null=True)
