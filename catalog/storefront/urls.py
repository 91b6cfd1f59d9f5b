"""Public pages of the catalogue."""

from django.urls import path

from catalog.storefront import home, product, searching

urlpatterns = [
    path("", home.home, name="home"),
    path("search", searching.results, name="search"),
    path("search/suggest", searching.suggestions, name="search-suggest"),
    path("suggest", searching.suggestions),
    path("shelf/<slug:slug>/", searching.shelf, name="shelf"),
    path("products/<slug:slug>/", product.product, name="product"),
]
