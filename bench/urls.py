"""The pharmacy's addresses and one more: the cheapest page that asks the database anything."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import path

from catalog.models.product import Product
from pharmacy.urls import urlpatterns as pharmacys


def one_row(request: HttpRequest, pk: int) -> JsonResponse:
    """One row by its key, as JSON, through every middleware."""
    return JsonResponse(Product.objects.filter(pk=pk).values("id", "name", "slug").first() or {})


urlpatterns = [path("bench/one-row/<int:pk>/", one_row), *pharmacys]
