"""A site that includes no landing page: the middleware alone."""

from django.urls import path

from tests.referrals.site import page

urlpatterns = [path("", page)]
