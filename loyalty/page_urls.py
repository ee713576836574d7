"""Addresses of the member's pages: `path("club/", include("loyalty.page_urls"))` in the host's own."""

from django.urls import path

from loyalty.pages import cards

app_name = "loyalty_pages"

urlpatterns = [
    path("", cards.show_card, name="card"),
    path("statement/", cards.show_statement, name="statement"),
    path("token/", cards.show_token, name="token"),
    path("enrol/", cards.enrol, name="enrol"),
]
