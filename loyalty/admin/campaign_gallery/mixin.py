"""The gallery at "Add campaign", for `CampaignAdmin` to inherit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from loyalty.admin.base import ModelAdmin
from loyalty.admin.campaign_gallery.views import Gallery


class CampaignGallery(ModelAdmin):
    """Adds the pages on which campaigns begin. All of them need the permission to add campaigns."""

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Whoever asks for nothing in particular begins at the gallery; from there an address leads to the editor."""
        if request.method == "GET" and not request.GET and self.has_add_permission(request):
            return HttpResponseRedirect(reverse(f"{self.admin_site.name}:loyalty_campaign_gallery"))
        return super().add_view(request, form_url, extra_context)

    def get_urls(self) -> list[URLPattern]:
        def page(address: str, name: str, respond: Callable[..., HttpResponse]) -> URLPattern:
            def view(request: HttpRequest, **names: Any) -> HttpResponse:
                if not request.user.has_perm("loyalty.add_campaign"):
                    raise PermissionDenied
                return respond(Gallery(self, request), **names)

            return path(address, self.admin_site.admin_view(view), name=f"loyalty_campaign_{name}")

        return [
            page("gallery/", "gallery", Gallery.choose),
            page("gallery/setup/", "gallery_setup", Gallery.set_up),
            page("gallery/made/", "gallery_made", Gallery.made),
            page("gallery/preset/<str:key>/", "gallery_preset", Gallery.fill),
            *super().get_urls(),
        ]
