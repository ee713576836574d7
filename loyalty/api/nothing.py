"""Addresses below ours that do not exist: answered with a problem document, never with a host's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, get_resolver, get_urlconf
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer

from loyalty.api.views import LoyaltyAPIView


class NothingHere(LoyaltyAPIView):
    """Any address below `v1/me/`, `v1/till/` and `v1/staff/` that nobody else takes, with any method.

    `referrals` has addresses there too, which a host may include after ours: those are looked for first. Only views of
    this family are called so, for whom Django's middleware has decided the same as for this one.
    """

    permission_classes = []
    throttle_classes = []
    schema = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        other = find_view(request)
        if other is not None:
            request.resolver_match = other
            return other.func(request, *other.args, **other.kwargs)
        self.args, self.kwargs = args, kwargs
        self.headers: dict[str, str] = {}
        self.request = self.initialize_request(request, *args, **kwargs)
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        refusal = self.handle_exception(NotFound())
        self.response = self.finalize_response(self.request, refusal, *args, **kwargs)
        return self.response


def find_view(request: HttpRequest) -> ResolverMatch | None:
    """A view of ours for the address of a request, among all that the host's addresses name, not only the first."""
    for pattern in get_resolver(get_urlconf()).url_patterns:
        try:
            match = pattern.resolve(request.path_info.removeprefix("/"))
        except Resolver404:
            continue
        cls = getattr(getattr(match, "func", None), "cls", None)
        if isinstance(cls, type) and issubclass(cls, LoyaltyAPIView) and cls is not NothingHere:
            return match
    return None
