"""Where these answer, below /api/v1/."""

from django.urls import path

from catalog.api import guides, interactions, views

urlpatterns = [
    path("products", views.Products.as_view(), name="api-products"),
    path("products/<str:id>", views.Product.as_view(), name="api-product"),
    path("products/<str:id>/alternatives", views.Alternatives.as_view(), name="api-alternatives"),
    path("substances/<str:id>", views.SubstanceDetail.as_view(), name="api-substance"),
    path("interactions", interactions.Interactions.as_view(), name="api-interactions"),
    path("guides", guides.Guides.as_view(), name="api-guides"),
    path("guides/<str:slug>", guides.Guide.as_view(), name="api-guide"),
    path("categories", views.Categories.as_view(), name="api-categories"),
]
