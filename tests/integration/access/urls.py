"""Addresses of a host that has all of ours."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("api/", include("loyalty.urls")),
    path("api/", include("referrals.urls")),
    path("club/", include("loyalty.page_urls")),
    path("club/friends/", include("referrals.page_urls")),
    path("r/", include("referrals.landing_urls")),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="set_language"),
]
