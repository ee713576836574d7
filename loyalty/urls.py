"""Addresses of the API: `path("api/", include("loyalty.urls"))`."""

from django.urls import include, path, re_path

from loyalty.api.nothing import NothingHere

app_name = "loyalty"

urlpatterns = [
    path("v1/me/", include("loyalty.api.member.urls")),
    path("v1/staff/", include("loyalty.api.staff.urls")),
    path("v1/till/", include("loyalty.api.till.urls")),
    # The last one.
    re_path(r"^v1/(?:me|till|staff)(?:/(?s:.*))?\Z", NothingHere.as_view(), name="nothing"),
]
