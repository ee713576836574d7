"""Signals of the host: each calls one service, and nothing that goes wrong reaches the sender."""

from __future__ import annotations

from django.dispatch import receiver

from loyalty.services.guarded import call_guarded
from loyalty.signals import LoyaltySignal, member_registered
from referrals.services.attributing import register_member


@receiver(member_registered, dispatch_uid="loyalty_referrals.member_registered")
def on_member_registered(sender: object, signal: LoyaltySignal, **fields: object) -> object:
    """Attribute the new member to who brought them."""
    return call_guarded(register_member, fields)
