"""Where these answer, below /api/v1/."""

from django.urls import path

from prescriptions.api import views

urlpatterns = [
    path("prescriptions", views.Prescriptions.as_view(), name="api-prescriptions"),
    path("prescriptions/<str:id>", views.OnePrescription.as_view(), name="api-prescription"),
]
