"""The landing page: where a link leads first, see `referrals.landing_urls`."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loyalty.exceptions import LoyaltyError
from loyalty.selectors.programs import ProgramLike, get_program
from referrals.arrivals import Arrival, Outcome, arrive, finish, refuse_ahead_of_time
from referrals.navigation import is_previewer
from referrals.targets import landing_page, with_query

_LONGEST_CODE = 100


@require_safe
def landing(request: HttpRequest, code: str = "", program: ProgramLike = None) -> HttpResponse:
    """Record the visit, let the browser keep it, and lead on to the landing page, whose address is clean.

    `program` is given by the host's URLs where there are several. A link that nobody has leads to the same
    page, with a note. What shows previews of links gets a page to show, which is no visit.
    """
    if (refused := refuse_ahead_of_time(request)) is not None:
        return refused
    page = landing_page(request)
    if is_previewer(request):
        return _preview(request, page, program)
    arrival = arrive(request, code, program=program)
    waiting = arrival.outcome is Outcome.WAITING
    kept_in_address = "".join(filter(str.isprintable, code))[:_LONGEST_CODE] if waiting else None
    if arrival.outcome is Outcome.UNKNOWN:
        note = _("This link does not work any more. Ask the person who sent it to you for a new one.")
        messages.info(request, note, fail_silently=True)
    response = HttpResponseRedirect(with_query(page, request, code=kept_in_address))
    finish(response, request, arrival)
    return response


def _preview(request: HttpRequest, page: str, program: ProgramLike) -> HttpResponse:
    """What a messenger shows of the link: the same for every code."""
    try:
        name = get_program(program).name
    except LoyaltyError:
        name = request.get_host()
    context = {"name": name, "page": page, "address": request.build_absolute_uri(request.path)}
    response = render(request, "referrals/landing.html", context)
    finish(response, request, Arrival(Outcome.IGNORED))
    return response
