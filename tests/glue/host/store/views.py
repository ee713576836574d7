"""The host's pages. Every request is one transaction."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

# >>> loyalty
from loyalty.signals import purchase_completed

# <<< loyalty
from store.models import Order


def catalogue(request: HttpRequest) -> HttpResponse:
    """What there is to buy."""
    return HttpResponse("tea")


@require_POST
@login_required
def checkout(request: HttpRequest) -> HttpResponse:
    """Buy."""
    order = Order.objects.create(buyer=request.user, total=request.POST["total"])
    # >>> loyalty
    purchase_completed.send(sender=Order, user=request.user, external_id=order.pk, total=order.total)
    # <<< loyalty
    return HttpResponse(str(order.pk))
