"""The description of the partner API, for programs and for people."""

from django.urls import path

from pharmacy.web import api_docs

urlpatterns = [
    path("openapi.json", api_docs.Description.as_view(), name="openapi"),
    path("docs", api_docs.docs, name="api-docs"),
]
