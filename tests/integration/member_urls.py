"""Addresses of a host that has the pages of both apps, and no template of its own."""

from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("me/", include("loyalty.page_urls")),
    path("me/friends/", include("referrals.page_urls")),
    path("r/", include("referrals.landing_urls")),
    path("language/", set_language, name="set_language"),
]
