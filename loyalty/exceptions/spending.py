"""Refusals about amounts, and points that are spent."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions.base import LoyaltyError


class InvalidAmount(LoyaltyError):
    code = "invalid_amount"
    message = _("The amount is not valid. Give it in plain digits, such as 10.50.")


class InsufficientPoints(LoyaltyError):
    """Params: `asked` and `available`, decimal strings."""

    code = "insufficient_points"
    message = _("Not enough points: %(asked)s asked, %(available)s available. Ask for a smaller amount.")


class SpendingRefusedByDebt(LoyaltyError):
    code = "debt_outstanding"
    message = _("The card owes points after a return. Earn points to repay them, then spend again.")


class SpendNotFound(LoyaltyError):
    code = "spend_not_found"
    message = _("There is no such spending. Check its id.")


class SpendStateInvalid(LoyaltyError):
    code = "spend_state_invalid"
    message = _("The spending is no longer in a state that allows this. Load it again and check its status.")


class CancelNotAllowed(LoyaltyError):
    code = "cancel_not_allowed"
    message = _("You cannot take this spending back here. Ask where you spent the points.")


class HoldExpired(LoyaltyError):
    code = "hold_expired"
    message = _("The hold has expired and the points are available again. Place a new hold.")


class CaptureTooLarge(LoyaltyError):
    """Params: `asked` and `held`, decimal strings."""

    code = "capture_too_large"
    message = _("Cannot capture %(asked)s: only %(held)s are held. Capture at most what is held.")


class ReasonRequired(LoyaltyError):
    code = "reason_required"
    message = _("A reason is required. Say in a few words why you do this.")


class OwnCard(LoyaltyError):
    code = "own_card"
    message = _("Nobody corrects the balance of a card of their own. Ask a colleague to do it.")


class AdjustmentTooLarge(LoyaltyError):
    """Params: `limit`, a whole number, and `asked`, a decimal string: all of the last 24 hours."""

    code = "adjustment_too_large"
    message = _(
        "Corrections of this card come to %(asked)s within 24 hours, and you may make them up to %(limit)s. "
        "Ask somebody who may correct without a limit."
    )


class PastNotAllowed(LoyaltyError):
    code = "past_not_allowed"
    message = _("You may not date this in the past. Leave the date out, or ask for the import permission.")
