"""Public pages of the catalogue."""

from django.urls import path

from catalog.storefront import classes, compare, guides, home, interactions, label, product, searching, substances

urlpatterns = [
    path("interactions/", interactions.check, name="interactions"),
    path("", home.home, name="home"),
    path("search", searching.results, name="search"),
    path("search/suggest", searching.suggestions, name="search-suggest"),
    path("suggest", searching.suggestions),
    path("classes/", classes.classes, name="classes"),
    path("classes/<str:code>/", classes.class_shelf, name="class"),
    path("shelf/<slug:slug>/", searching.shelf, name="shelf"),
    path("products/<slug:slug>/", product.product, name="product"),
    path("products/<slug:slug>/leaflet/", label.leaflet, name="leaflet"),
    path("substances/", substances.substances, name="substances"),
    path("substances/<slug:slug>/", substances.substance, name="substance"),
    path("compare/", compare.comparison, name="compare"),
    path("guides/", guides.guides, name="guides"),
    path("guides/<slug:slug>/", guides.guide, name="guide"),
    path("side-effects/", label.side_effects, name="side-effects"),
]
