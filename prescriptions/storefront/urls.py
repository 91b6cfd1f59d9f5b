"""Where these pages answer."""

from django.urls import path

from prescriptions.storefront import pages, upload

urlpatterns = [
    path("prescriptions/upload/", upload.upload, name="prescription-upload"),
    path("prescriptions/documents/<uuid:document>/remove/", upload.remove, name="document-remove"),
    path("prescriptions/documents/<uuid:document>/<int:page>/", pages.document_page, name="document-page"),
    path("account/prescriptions/", pages.my_prescriptions, name="prescriptions"),
    path("account/looks/", pages.my_looks, name="looks"),
]
