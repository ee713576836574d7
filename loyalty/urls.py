"""Addresses of the API: `path("api/", include("loyalty.urls"))`."""

from django.urls import re_path

from loyalty.api.views import NothingHere

app_name = "loyalty"

urlpatterns = [
    re_path(r"^v1/.*$", NothingHere.as_view(), name="nothing"),
]
