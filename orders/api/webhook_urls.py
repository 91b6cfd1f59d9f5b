"""Who tells us things."""

from django.urls import path

from orders.api import stripe

urlpatterns = [path("stripe/", stripe.webhook, name="stripe-webhook")]
