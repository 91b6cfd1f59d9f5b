"""`/api/v1/products`, `/substances`, `/categories`: what partners read of the catalogue."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api import answers, shapes
from catalog.api.paging import LIMIT, PagedQuery, bad_cursor, next_address, page_of
from catalog.models.product import Substance
from catalog.models.search import ShelfCount
from catalog.models.site import Site
from catalog.queries.law import site_for
from catalog.queries.product import ProductPage, alternatives, product_page, product_pages, usual_pack
from catalog.queries.search import Ask, BadCursor, search
from catalog.rules.shelves import SHELVES
from pharmacy.keys import parse_public
from pharmacy.web.problem_shapes import ProblemShape
from pharmacy.web.visitor import CURRENCIES, EURO

MOST_ALTERNATIVES = 1_000
PROBLEMS = {(status, "application/problem+json"): ProblemShape for status in (400, 401, 403, 404, 406, 429)}


class CatalogView(APIView):
    """Reads with the scope `catalog:read`; answers carry an ETag and honour If-None-Match."""

    scopes: ClassVar[dict[str, str]] = {"GET": "catalog:read"}

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add the ETag; 304 when the caller has this answer already."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code != 200 or request.method not in ("GET", "HEAD") or response.data is None:
            return response
        body = json.dumps(response.data, sort_keys=True, default=str).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        known = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
        if tag in known or known == ["*"]:
            response = super().finalize_response(request, Response(status=304), *args, **kwargs)
        response["ETag"] = tag
        response["Cache-Control"] = "private, no-cache"
        return response

    def place(self, query: dict[str, Any]) -> tuple[str, str, Site | None]:
        """(country, currency, site) of this call; test keys see the sandbox's stock."""
        key = self.request.auth
        country = query.get("country") or getattr(getattr(key, "partner", None), "country", "") or "US"
        usual = CURRENCIES.get(country, "EUR" if country in EURO else "USD")
        return country, query.get("currency") or usual, site_for(country, "", bool(getattr(key, "is_test", False)))


class Products(CatalogView):
    """Search and list products."""

    @extend_schema(
        operation_id="list_products", tags=["Catalogue"], parameters=[shapes.ProductsQuery],
        responses={200: shapes.ProductsShape, **PROBLEMS},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Products by name, brand, ingredient or code (forgiving of misspelling), category, substance, class, price."""
        query = shapes.read_query(request, shapes.ProductsQuery)
        country, currency, site = self.place(query)
        substance_id = _substance_id(query["substance"]) if "substance" in query else None
        ask = Ask(
            country=country,
            text=query.get("q", ""),
            shelf=query.get("category", ""),
            atc=query.get("atc", ""),
            substance_id=substance_id,
            form=(query["form"],) if "form" in query else (),
            supply=(query["supply"],) if "supply" in query else (),
            in_stock=query.get("in_stock", False),
            price_min=query.get("price_min"),
            price_max=query.get("price_max"),
            sort=query.get("sort", "relevance"),
            cursor=query.get("cursor", ""),
            limit=query.get("limit", LIMIT),
            facets=query.get("facets", False),
        )
        try:
            found = search(ask)
        except BadCursor as problem:
            raise bad_cursor() from problem
        pages = product_pages([hit.product_id for hit in found.hits], country, currency=currency, site=site)
        body: dict[str, Any] = {
            "data": [answers.product(page) for page in pages],
            "next": next_address(request, found.next),
            "searched_instead": found.instead or found.perhaps or None,
        }
        if ask.facets:
            body["facets"] = {
                name: [{"value": v.value, "count": v.count, "capped": v.capped} for v in values]
                for name, values in found.facets.items()
            }
        return Response(body)


class Product(CatalogView):
    """One product."""

    @extend_schema(
        operation_id="get_product", tags=["Catalogue"], parameters=[shapes.CountryQuery],
        responses={200: shapes.ProductShape, **PROBLEMS},
    )  # fmt: skip
    def get(self, request: Request, id: str) -> Response:
        """A product with its packs, prices, availability and supply rule for `country`."""
        return Response(answers.product(_found(self, shapes.read_query(request, shapes.CountryQuery), id)))


class Alternatives(CatalogView):
    """The same medicine by other makers."""

    @extend_schema(
        operation_id="list_alternatives", tags=["Catalogue"], parameters=[PagedQuery],
        responses={200: shapes.AlternativesShape, **PROBLEMS},
    )  # fmt: skip
    def get(self, request: Request, id: str) -> Response:
        """The same substance, strength and form, cheapest unit price first, with what each saves."""
        query = shapes.read_query(request, PagedQuery)
        page = _found(self, query, id)
        chosen = usual_pack(page)
        found = alternatives(chosen, page, most=MOST_ALTERNATIVES) if chosen else []
        shown, more = page_of(
            request, [each for each in found if not each.is_here], query, key=answers.alternative_order,
            read=answers.read_alternative_order,
        )  # fmt: skip
        return Response({"data": [answers.alternative(each) for each in shown], "next": more})


class SubstanceDetail(CatalogView):
    """One substance."""

    @extend_schema(operation_id="get_substance", tags=["Catalogue"], responses={200: shapes.SubstanceShape, **PROBLEMS})
    def get(self, request: Request, id: str) -> Response:
        """An active ingredient with its codes and names."""
        shapes.read_query(request, None)
        public_id = parse_public(answers.SUBSTANCE, id)
        found = Substance.objects.filter(public_id=public_id).first() if public_id else None
        if found is None:
            raise Http404
        return Response(answers.substance(found))


class Categories(CatalogView):
    """Shelves by need."""

    @extend_schema(
        operation_id="list_categories", tags=["Catalogue"], parameters=[PagedQuery],
        responses={200: shapes.CategoriesShape, **PROBLEMS},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """All categories that have products in the country."""
        query = shapes.read_query(request, PagedQuery)
        country, _, _ = self.place(query)
        counts = dict(ShelfCount.objects.filter(market=country).values_list("shelf", "products"))
        filled = [(place, shelf) for place, shelf in enumerate(SHELVES) if counts.get(shelf.slug)]
        shown, more = page_of(request, filled, query, key=lambda each: (each[0],), read=lambda parts: (int(parts[0]),))
        data = [{"id": shelf.slug, "name": shelf.name, "products": counts[shelf.slug]} for _, shelf in shown]
        return Response({"data": data, "next": more})


def _found(view: CatalogView, query: dict[str, Any], id: str) -> ProductPage:
    country, currency, site = view.place(query)
    public_id = parse_public(answers.PRODUCT, id)
    page = product_page(country, currency=currency, site=site, public_id=public_id) if public_id else None
    if page is None:
        raise Http404
    return page


def _substance_id(text: str) -> int:
    public_id = parse_public(answers.SUBSTANCE, text)
    found = Substance.objects.filter(public_id=public_id).values_list("pk", flat=True).first() if public_id else None
    return found if found is not None else -1
