"""The middleware: a code in the address of any page, and the cookie once it has done its work."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from referrals.arrivals import Outcome, arrive, finish, refuse_ahead_of_time
from referrals.conf import referrals_settings
from referrals.cookies import drop_cookie
from referrals.current_request import is_attributed, set_current_request
from referrals.targets import same_page


class ReferralMiddleware:
    """Keeps a visit by `?ref=CODE` on any page, and leads on to the same page with a clean address.

    An address whose code nobody has stays as it is: the parameter may be the host's own. It also remembers
    the request for sign-ups that are told by a signal without it, and lets the browser forget a visit that
    brought somebody. Put it behind Django's own middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        set_current_request(request)
        try:
            response = self._arrival(request) or self.get_response(request)
        finally:
            set_current_request(None)
        if is_attributed(request):
            drop_cookie(response)
        return response

    def _arrival(self, request: HttpRequest) -> HttpResponseBase | None:
        name = referrals_settings.PARAMETER
        # Most requests carry no code: they are not even parsed.
        if f"{name}=" not in request.META.get("QUERY_STRING", "") or not (text := request.GET.get(name)):
            return None
        if (refused := refuse_ahead_of_time(request)) is not None:
            return refused
        arrival = arrive(request, text)
        if arrival.outcome is not Outcome.KEPT:
            return None
        response = HttpResponseRedirect(same_page(request))
        finish(response, request, arrival)
        return response
