"""Addresses of the example shop."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("example_project.shop.urls")),
    path("club/", include("loyalty.page_urls")),
    path("club/friends/", include("referrals.page_urls")),
    path("r/", include("referrals.landing_urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
