"""Refusals about requests that may be repeated, tokens of cards, and what is too large."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions.base import LoyaltyError


class IdempotencyKeyMissing(LoyaltyError):
    code = "idempotency_key_missing"
    message = _("Send a header Idempotency-Key: a new random value for each thing you want done.")


class IdempotencyKeyInvalid(LoyaltyError):
    code = "idempotency_key_invalid"
    message = _("The Idempotency-Key is not valid. Send 1 to 255 printable ASCII characters.")


class IdempotencyKeyReused(LoyaltyError):
    code = "idempotency_key_reused"
    message = _("This Idempotency-Key was used for another request. Use a new key for a new request.")


class IdempotencyInProgress(LoyaltyError):
    code = "idempotency_in_progress"
    message = _("A request with this Idempotency-Key is under way. Send it again in a moment.")


class TokenInvalid(LoyaltyError):
    code = "token_invalid"
    message = _("This is not a valid card token. Ask the member to show the code again.")


class TokenExpired(LoyaltyError):
    code = "token_expired"
    message = _("The card token has expired. Ask the member to show the code again.")


class TokenUsed(LoyaltyError):
    code = "token_used"
    message = _("Points were already spent with this card token. Ask the member for a new code.")


class TokenRequired(LoyaltyError):
    code = "token_required"
    message = _("A card number does not allow spending. Scan the code that the member's app shows.")


class UploadTooLarge(LoyaltyError):
    """Params: `lines` and `bytes`, the most that one upload may have."""

    code = "upload_too_large"
    message = _("The upload is too large: at most %(lines)s lines and %(bytes)s bytes. Send it in parts.")
