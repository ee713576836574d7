"""Refusals about events, purchases and what goes back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions.base import LoyaltyError


class EventConflict(LoyaltyError):
    code = "event_conflict"
    message = _("This key was already used with other content. Send the same content, or use a new key.")


class EventKindUnknown(LoyaltyError):
    code = "event_kind_unknown"
    message = _("This kind of event is not known. Use a registered kind, or register this one.")


class EventPayloadInvalid(LoyaltyError):
    code = "event_payload_invalid"
    message = _("The content of the event is not valid. Correct the fields named in the details.")


class PurchaseNotFound(LoyaltyError):
    code = "purchase_not_found"
    message = _("There is no such purchase. Check its id and source.")


class RefundTooLarge(LoyaltyError):
    """Params: `asked` and `remaining`, decimal strings."""

    code = "refund_too_large"
    message = _("Cannot refund %(asked)s: only %(remaining)s of the purchase remain. Refund at most that.")


class PurchaseAlreadyRefunded(LoyaltyError):
    code = "purchase_already_refunded"
    message = _("The purchase is already wholly refunded. Nothing is left to refund.")


class RefundLineUnknown(LoyaltyError):
    code = "refund_line_unknown"
    message = _("The purchase has no such line. Name one of its lines.")


class PurchaseNotRefunded(LoyaltyError):
    code = "purchase_not_refunded"
    message = _("Only a purchase that was wholly refunded can be reopened. Nothing was changed.")


class RewardNotGranted(LoyaltyError):
    code = "reward_not_granted"
    message = _("No reward stands behind this event. Only the engine itself reports rewards.")


class ConcurrentUpdate(LoyaltyError):
    code = "concurrent_update"
    message = _("Somebody else changed this at the same time. Try again.")
