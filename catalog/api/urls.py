"""Where these answer, below /api/v1/."""

from django.urls import path

from catalog.api import views

urlpatterns = [
    path("products", views.Products.as_view(), name="api-products"),
    path("products/<str:id>", views.Product.as_view(), name="api-product"),
    path("products/<str:id>/alternatives", views.Alternatives.as_view(), name="api-alternatives"),
    path("substances/<str:id>", views.SubstanceDetail.as_view(), name="api-substance"),
    path("categories", views.Categories.as_view(), name="api-categories"),
]
