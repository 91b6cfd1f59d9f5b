"""Account pages beside those of allauth."""

from django.urls import path

from pharmacy.accounts.storefront import own_data, views

urlpatterns = [
    path("", views.home, name="account-home"),
    path("consent/", views.consent, name="account-consent"),
    path("consent/take-back/", views.take_back_consent, name="account-consent-take-back"),
    path("second-factor/", views.second_factor, name="account-second-factor"),
    path("data/", own_data.copy, name="account-data"),
    path("data/<uuid:export>/", own_data.fetch, name="account-data-fetch"),
    path("close/", own_data.close, name="account-close"),
]
