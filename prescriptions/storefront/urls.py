"""Where these pages answer."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
