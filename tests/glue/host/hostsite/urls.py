"""The host's addresses; the admin is where it suits the host."""

from django.contrib import admin
from django.urls import include, path
from store.views import catalogue, checkout

urlpatterns = [
    path("backstage/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("catalogue/", catalogue, name="catalogue"),
    path("checkout/", checkout),
    path("", catalogue),
]

# >>> loyalty
urlpatterns += [
    path("invited/", include("referrals.landing_urls")),
    path("bonus/api/", include("referrals.urls")),
    path("bonus/api/", include("loyalty.urls")),
    path("bonus/friends/", include("referrals.page_urls")),
    path("bonus/", include("loyalty.page_urls")),
]
# <<< loyalty
