"""Addresses of a host that has the pages of `loyalty` and nothing else."""

from django.urls import include, path

urlpatterns = [path("", include("loyalty.page_urls"))]
