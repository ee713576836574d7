"""Addresses of the example shop."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("", include("example_project.shop.urls")),
    path("club/", include("loyalty.page_urls")),
    path("club/friends/", include("referrals.page_urls")),
    path("r/", include("referrals.landing_urls")),
    path("api/", include("referrals.urls")),
    path("api/", include("loyalty.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="api/docs.html"),
        name="docs",
    ),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
