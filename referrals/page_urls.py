"""Addresses of the pages on friends: `path("friends/", include("referrals.page_urls"))` in the host's own."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from loyalty.pages.navigation import register_entry
from referrals.pages import friends

app_name = "referrals_pages"

urlpatterns = [
    path("", friends.show_friends, name="friends"),
    path("invite/", friends.show_invitation, name="invite"),
    path("code/", friends.enter_code, name="code"),
]

register_entry(name="referrals_pages:invite", label=_("Invite friends"))
register_entry(name="referrals_pages:friends", label=_("My friends"))
