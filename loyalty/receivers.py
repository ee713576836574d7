"""The In signals of the host: each calls one service, and nothing that goes wrong reaches the sender."""

from __future__ import annotations

from django.dispatch import receiver

from loyalty import services
from loyalty.services.guarded import call_guarded
from loyalty.signals import LoyaltySignal, member_registered, purchase_completed, purchase_refunded


@receiver(purchase_completed, dispatch_uid="loyalty.purchase_completed")
def on_purchase_completed(sender: object, signal: LoyaltySignal, **fields: object) -> object:
    """Record the purchase."""
    return call_guarded(services.record_purchase, fields)


@receiver(purchase_refunded, dispatch_uid="loyalty.purchase_refunded")
def on_purchase_refunded(sender: object, signal: LoyaltySignal, **fields: object) -> object:
    """Record the refund."""
    return call_guarded(services.record_refund, fields)


@receiver(member_registered, dispatch_uid="loyalty.member_registered")
def on_member_registered(sender: object, signal: LoyaltySignal, **fields: object) -> object:
    """Enrol a card."""
    return call_guarded(services.enrol_card, fields)
