"""Every refusal of the app: one base class, a stable code, and a sentence that says what to do next.

Codes are public API: clients branch on them, so a code is never renamed. Messages may be reworded; they are
translated when they are shown, not when they are raised.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Details = dict[str, Any] | list[dict[str, Any]]


class _Placeholders(dict[str, object]):
    """Values of placeholders; one that was not given shows as "?" rather than hiding the refusal."""

    def __missing__(self, key: str) -> str:
        return "?"


class LoyaltyError(Exception):
    """A refusal that a person or a client can act on.

    `code` is stable; `str(error)` is the message in the active language; `params` fill its named
    placeholders; `details` is for machines: the params unless something richer is given.
    """

    code: str = "loyalty_error"
    message: str | Promise = _("The request was refused. Check it and try again.")

    def __init__(
        self,
        *,
        message: str | Promise | None = None,
        details: Details | None = None,
        **params: object,
    ) -> None:
        super().__init__()
        if message is not None:
            self.message = message
        self.params = params
        self.details: Details = dict(params) if details is None else details

    def __str__(self) -> str:
        text = str(self.message)
        return text % _Placeholders(self.params) if "%(" in text else text

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, params={self.params!r})"

    def __reduce__(self) -> tuple[Callable[[], LoyaltyError], tuple[()]]:
        # The default rebuilds an exception from its positional arguments, and this one has none.
        own_message = self.__dict__.get("message")
        return partial(type(self), message=own_message, details=self.details, **self.params), ()


# Programs, currencies and cards


class ProgramNotFound(LoyaltyError):
    code = "program_not_found"
    message = _("There is no such program. Check the program's slug.")


class ProgramAmbiguous(LoyaltyError):
    code = "program_ambiguous"
    message = _("There are several programs. Name the one you mean.")


class CurrencyNotFound(LoyaltyError):
    code = "currency_not_found"
    message = _("The program has no such currency. Use one of the currencies set up for it.")


class CurrencyNotSpendable(LoyaltyError):
    code = "currency_not_spendable"
    message = _("This currency cannot be spent. Choose a currency that can.")


class CardNotFound(LoyaltyError):
    code = "card_not_found"
    message = _("There is no such card. Check the number and try again.")


class CardBlocked(LoyaltyError):
    code = "card_blocked"
    message = _("The card is blocked. Ask support to unblock it.")


class CardClosed(LoyaltyError):
    code = "card_closed"
    message = _("The card is closed. Use another card of the holder.")


class InvalidNumber(LoyaltyError):
    code = "invalid_card_number"
    message = _("This is not a card number. Check each character and enter it again.")


class NumberTaken(LoyaltyError):
    code = "number_taken"
    message = _("This number belongs to another card. Choose another number.")


class ExternalIdTaken(LoyaltyError):
    code = "external_id_taken"
    message = _("This external id is already used in the program. Use that record or choose another id.")


# Spending


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


class PastNotAllowed(LoyaltyError):
    code = "past_not_allowed"
    message = _("You may not date this in the past. Leave the date out, or ask for the import permission.")


# Events and purchases


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
    message = _("No reward stands behind this event. Rewards are told of by the engine alone.")


class ConcurrentUpdate(LoyaltyError):
    code = "concurrent_update"
    message = _("Somebody else changed this at the same time. Try again.")


# Parent and child cards


class ParentIsSelf(LoyaltyError):
    code = "parent_is_self"
    message = _("A card cannot be its own parent card. Choose another card.")


class ParentCycle(LoyaltyError):
    code = "parent_cycle"
    message = _("The chosen parent card stands below this card. Choose one that does not descend from it.")


class CardMerged(LoyaltyError):
    code = "card_merged"
    message = _("This card was merged into another one. Use that one, or part the two first.")


class CardNotMerged(LoyaltyError):
    code = "card_not_merged"
    message = _("This card is not merged into that one. Check which cards you mean.")


class MergeIsSelf(LoyaltyError):
    code = "merge_is_self"
    message = _("A card cannot be merged into itself. Choose two cards.")


class OpenHolds(LoyaltyError):
    code = "open_holds"
    message = _("Points of this card are set aside for open payments. Capture or void them first, then merge.")


class HolderIsOwner(LoyaltyError):
    code = "holder_is_owner"
    message = _("This card is the person's own already. Choose somebody else to use it along.")


class HolderNotFound(LoyaltyError):
    code = "holder_not_found"
    message = _("This person does not use the card along with its owner. Check whom you mean.")


class ParentAlreadySet(LoyaltyError):
    code = "parent_already_set"
    message = _("The card already has a parent card. Ask staff to change it if it is wrong.")


class ParentImmutable(LoyaltyError):
    code = "parent_immutable"
    message = _("The parent card is final after the first purchase. Ask staff to correct it.")


# Campaigns


class PresetNotFound(LoyaltyError):
    code = "preset_not_found"
    message = _("There is no preset “%(preset)s”. Choose one of those that are listed.")


class CampaignInvalid(LoyaltyError):
    """`details` is a list of {"path", "code", "message"}, one for each mistake."""

    code = "campaign_invalid"
    message = _("The campaign is not valid. Correct the mistakes listed in the details.")


class CampaignFileInvalid(LoyaltyError):
    """Params: `path` (place inside the file) and `line` (from 1)."""

    code = "campaign_file_invalid"
    message = _("The campaign file is not valid at %(path)s, line %(line)s. Correct it and import it again.")


class CampaignStateInvalid(LoyaltyError):
    code = "campaign_state_invalid"
    message = _("The campaign's state does not allow this. Load it again and check its status.")


# Segments


class SegmentInvalid(LoyaltyError):
    """`details` is a list of {"path", "code", "message"}, one for each mistake."""

    code = "segment_invalid"
    message = _("The segment is not valid. Correct the mistakes listed in the details.")


class SegmentArchived(LoyaltyError):
    """Param: `key`."""

    code = "segment_archived"
    message = _("The segment “%(key)s” is archived. Make a new one under another key.")


class SegmentInUse(LoyaltyError):
    """Param: `campaigns`, the keys of the campaigns that name it."""

    code = "segment_in_use"
    message = _("Campaigns ask for this segment: %(campaigns)s. Archive or change them first.")


class SegmentNotListed(LoyaltyError):
    """Param: `key`."""

    code = "segment_not_listed"
    message = _("The segment “%(key)s” has conditions and no list. Save it as a list first.")
