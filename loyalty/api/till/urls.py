"""Addresses of tills, below `v1/till/`."""

from django.urls import path, register_converter

from loyalty.api.paths import ExternalIdConverter
from loyalty.api.till import cards, events, purchases, spends, uploads

register_converter(ExternalIdConverter, "loyalty_external_id")

ID = "<loyalty_external_id:external_id>"

urlpatterns = [
    path("cards/", cards.EnrolCardView.as_view(), name="till-cards"),
    path("cards/find/", cards.FindCardView.as_view(), name="till-find-card"),
    path("previews/", purchases.PreviewView.as_view(), name="till-previews"),
    path("purchases/", purchases.PurchasesView.as_view(), name="till-purchases"),
    path(f"purchases/{ID}/refunds/", purchases.RefundsView.as_view(), name="till-refunds"),
    path(f"purchases/{ID}/reopenings/", purchases.ReopeningsView.as_view(), name="till-reopenings"),
    path("spends/", spends.SpendsView.as_view(), name="till-spends"),
    path(f"spends/{ID}/cancel/", spends.CancelView.as_view(), name="till-cancel-spend"),
    path("holds/", spends.HoldsView.as_view(), name="till-holds"),
    path(f"holds/{ID}/capture/", spends.CaptureView.as_view(), name="till-capture-hold"),
    path(f"holds/{ID}/void/", spends.VoidView.as_view(), name="till-void-hold"),
    path(f"holds/{ID}/cancel/", spends.CancelHoldView.as_view(), name="till-cancel-hold"),
    path("events/", events.EventsView.as_view(), name="till-events"),
    path("uploads/", uploads.UploadView.as_view(), name="till-uploads"),
]
