"""What staff may do to a card: who may, when it is offered, what it says beforehand and afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import services
from loyalty.admin.card_page.forms import AdjustForm, CardForm, MoveForm, ReasonForm, ReplaceForm
from loyalty.models import Card
from loyalty.money import show_amount


class CardAction:
    """One act of staff. `act` calls the service and answers with the sentence that tells of it."""

    slug: ClassVar[str]
    permission: ClassVar[str]
    label: ClassVar[str | Promise]
    title: ClassVar[str | Promise]
    explanation: ClassVar[str | Promise]
    form: ClassVar[type[CardForm]] = ReasonForm

    def is_allowed(self, request: HttpRequest) -> bool:
        """Whether somebody has the permission of this act."""
        may: bool = request.user.has_perm(self.permission)
        return may

    def is_offered(self, card: Card) -> bool:
        """Whether the card is in a state for it."""
        return card.status != Card.Status.CLOSED and card.merged_into_id is None

    def act(self, card: Card, values: Mapping[str, Any], actor: Any) -> str:
        """Do it. Raises what the service refuses."""
        raise NotImplementedError(f"{type(self).__name__} must define act()")


class Adjust(CardAction):
    """More or fewer points."""

    slug = "adjust"
    permission = "loyalty.adjust_balance"
    label = gettext_lazy("Correct the balance")
    title = gettext_lazy("Correct the balance of card %(card)s")
    explanation = gettext_lazy(
        "The correction is an entry of its own in the ledger, with your reason and your name. It cannot be deleted, "
        "only corrected again."
    )
    form = AdjustForm

    def act(self, card: Card, values: Mapping[str, Any], actor: Any) -> str:
        """Correct the balance; the key of the form makes a repeat harmless."""
        made = services.adjust_by_staff(
            card=card,
            amount=values["amount"],
            currency=values["currency"],
            reason=values["reason"],
            key=values["key"],
            source="loyalty.admin",
            actor=actor,
        )
        currency = made.wallet.currency
        amount = show_amount(made.amount, currency.decimals)
        return _("The balance was corrected by %(amount)s %(currency)s.") % {
            "amount": f"+{amount}" if made.amount > 0 else amount,
            "currency": currency.name,
        }


class Block(CardAction):
    """No more earning and spending."""

    slug = "block"
    permission = "loyalty.block_card"
    label = gettext_lazy("Block")
    title = gettext_lazy("Block card %(card)s")
    explanation = gettext_lazy(
        "The card neither earns nor spends until somebody unblocks it. Its balance stays."
    )

    def is_offered(self, card: Card) -> bool:
        """An active card."""
        return card.status == Card.Status.ACTIVE and super().is_offered(card)

    def act(self, card: Card, values: Mapping[str, Any], actor: Any) -> str:
        """Block it."""
        services.block_card(card=card, reason=values["reason"], actor=actor)
        return _("The card is blocked.")


class Unblock(CardAction):
    """Earning and spending again."""

    slug = "unblock"
    permission = "loyalty.block_card"
    label = gettext_lazy("Unblock")
    title = gettext_lazy("Unblock card %(card)s")
    explanation = gettext_lazy(
        "The card earns and spends again from now on. What it missed is not made up for."
    )

    def is_offered(self, card: Card) -> bool:
        """A blocked card."""
        return card.status == Card.Status.BLOCKED and super().is_offered(card)

    def act(self, card: Card, values: Mapping[str, Any], actor: Any) -> str:
        """Unblock it."""
        services.unblock_card(card=card, reason=values["reason"], actor=actor)
        return _("The card is unblocked.")


class Replace(CardAction):
    """Another number."""

    slug = "replace"
    permission = "loyalty.replace_number"
    label = gettext_lazy("Replace the number")
    title = gettext_lazy("Replace the number of card %(card)s")
    explanation = gettext_lazy(
        "For a lost or stolen card: balance and history stay. The old number can no longer be used to spend; links "
        "that were shared with it go on working."
    )
    form = ReplaceForm

    def act(self, card: Card, values: Mapping[str, Any], actor: Any) -> str:
        """Give it the number."""
        issued = services.replace_number(
            card=card, number=values["number"] or None, reason=values["reason"], actor=actor
        )
        return _("The new number is %(number)s.") % {"number": issued.number}


class Move(CardAction):
    """Another place in the tree."""

    slug = "move"
    permission = "loyalty.move_card"
    label = gettext_lazy("Move to another parent card")
    title = gettext_lazy("Move card %(card)s to another parent card")
    explanation = gettext_lazy(
        "From now on the new parent card is rewarded for what this card buys. Rewards of the past stay where they are."
    )
    form = MoveForm

    def act(self, card: Card, values: Mapping[str, Any], actor: Any) -> str:
        """Move it, or take it out of the tree."""
        parent = values["parent"]
        services.move_card(card=card, parent=parent, reason=values["reason"], actor=actor)
        if parent is None:
            return _("The card has no parent card any more.")
        return _("The card now stands under %(parent)s.") % {"parent": parent.number or parent}


ACTIONS: tuple[CardAction, ...] = (Adjust(), Block(), Unblock(), Replace(), Move())
