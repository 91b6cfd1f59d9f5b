"""Pages of the house itself."""

from django.urls import path

from pharmacy.web import sitemaps, views

urlpatterns = [
    path("country/", views.country, name="country"),
    path("about/", views.about, name="about"),
    path("delivery/", views.delivery, name="delivery"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("docs/problems/", views.problem_types, name="problem-types"),
    path("docs/problems/<slug:code>/", views.problem_type, name="problem-type"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-<slug:name>-<int:chunk>.xml", sitemaps.one, name="sitemap-part"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
]
