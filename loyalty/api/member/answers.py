"""What a member is told of a card. Amounts are decimal strings in units of their currency."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from loyalty.api.serializers import DecimalText, Instant, StrictSerializer
from loyalty.models import Card
from loyalty.money import to_decimal_string
from loyalty.selectors import Balance, Expiring, HomeWallet


class WalletAnswer(StrictSerializer):
    """What a card has in one currency."""

    currency = serializers.CharField(help_text=_("Code of the currency."))
    name = serializers.CharField()
    spendable = serializers.BooleanField()
    available = DecimalText(help_text=_("What can be spent now."))
    pending = DecimalText(help_text=_("What was earned and can be spent later."))
    held = DecimalText(help_text=_("What is set aside for open payments."))
    debt = DecimalText(help_text=_("What the card owes after a return."))
    balance = DecimalText(help_text=_("Available, pending and held less debt."))


class MomentAnswer(StrictSerializer):
    """An amount and when something happens to it."""

    at = Instant()
    amount = DecimalText()


class HomeWalletAnswer(WalletAnswer):
    """The same with what happens next if nothing else does."""

    next_available = MomentAnswer(allow_null=True, help_text=_("What becomes available next."))
    next_expiring = MomentAnswer(allow_null=True, help_text=_("What expires next."))


class CardAnswer(StrictSerializer):
    """A card and what it has."""

    id = serializers.IntegerField()
    program = serializers.CharField(help_text=_("Slug of the program."))
    number = serializers.CharField(help_text=_("The current card number; empty for a card without one."))
    status = serializers.ChoiceField(choices=Card.Status.choices)
    enrolled_at = Instant()
    has_parent = serializers.BooleanField(help_text=_("Whether somebody brought the member."))
    shared = serializers.BooleanField(
        help_text=_("Whether the card is somebody else's, used along with them.")
    )
    wallets = WalletAnswer(many=True)


def tell_balance(balance: Balance, *, name: str, spendable: bool) -> dict[str, Any]:
    """The content of a WalletAnswer."""
    return {
        "currency": balance.currency,
        "name": name,
        "spendable": spendable,
        **balance.as_text(),
    }


def tell_home_wallet(wallet: HomeWallet) -> dict[str, Any]:
    """The content of a HomeWalletAnswer."""
    decimals = wallet.balance.decimals
    return tell_balance(wallet.balance, name=wallet.name, spendable=wallet.spendable) | {
        "next_available": _moment(wallet.next_available, decimals),
        "next_expiring": _moment(wallet.next_expiring, decimals),
    }


def tell_card(card: Card, *, user_id: object, wallets: list[dict[str, Any]]) -> dict[str, Any]:
    """The content of a CardAnswer; `wallets` those of its WalletAnswers."""
    return {
        "id": card.pk,
        "program": card.program.slug,
        "number": card.number,
        "status": card.status,
        "enrolled_at": card.enrolled_at,
        "has_parent": card.parent_id is not None,
        "shared": card.user_id != user_id,
        "wallets": wallets,
    }


def _moment(moment: Expiring | None, decimals: int) -> dict[str, Any] | None:
    if moment is None:
        return None
    return {"at": moment.at, "amount": to_decimal_string(moment.amount, decimals)}
