"""The In signals of the host: each calls one service, and nothing that goes wrong reaches the sender."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db.models import Model
from django.db.models.signals import post_save
from django.dispatch import receiver

from loyalty import services
from loyalty.conf import loyalty_settings
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
def on_member_registered(
    sender: object, signal: LoyaltySignal, request: object = None, code: object = "", **fields: object
) -> object:
    """Enrol a card. The request and the code are for whoever asks who brought the member."""
    return call_guarded(services.enrol_card, fields)


@receiver(post_save, sender=get_user_model(), dispatch_uid="loyalty.user_saved")
def on_user_saved(sender: type[Model], instance: Model, created: bool, raw: bool, **fields: object) -> None:
    """Tell of a new user as the host would, where the host wants that."""
    if created and not raw and loyalty_settings.ENROL_NEW_USERS:
        member_registered.send(sender=sender, user=instance)
