"""Addresses of the host project of the tests."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("loyalty.urls")),
]

if apps.is_installed("referrals"):
    # Before those of loyalty, which answer for every address below theirs.
    urlpatterns.insert(1, path("api/", include("referrals.urls")))
