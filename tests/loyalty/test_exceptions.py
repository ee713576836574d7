"""Refusals: stable codes, translated sentences, and they survive a queue."""

from __future__ import annotations

import pickle
import re

import pytest
from django.utils.translation import gettext_lazy, override

from loyalty import exceptions
from loyalty.exceptions import CampaignInvalid, CardNotFound, InsufficientPoints, LoyaltyError

CODES = {
    "AdjustmentTooLarge": "adjustment_too_large",
    "CampaignFileInvalid": "campaign_file_invalid",
    "CampaignInvalid": "campaign_invalid",
    "CampaignStateInvalid": "campaign_state_invalid",
    "CancelNotAllowed": "cancel_not_allowed",
    "CaptureTooLarge": "capture_too_large",
    "CardBlocked": "card_blocked",
    "CardClosed": "card_closed",
    "CardMerged": "card_merged",
    "CardNotFound": "card_not_found",
    "CardNotMerged": "card_not_merged",
    "ConcurrentUpdate": "concurrent_update",
    "CurrencyNotFound": "currency_not_found",
    "CurrencyNotSpendable": "currency_not_spendable",
    "EventConflict": "event_conflict",
    "EventKindUnknown": "event_kind_unknown",
    "EventPayloadInvalid": "event_payload_invalid",
    "ExternalIdTaken": "external_id_taken",
    "HoldExpired": "hold_expired",
    "HolderIsOwner": "holder_is_owner",
    "HolderNotFound": "holder_not_found",
    "IdempotencyInProgress": "idempotency_in_progress",
    "IdempotencyKeyInvalid": "idempotency_key_invalid",
    "IdempotencyKeyMissing": "idempotency_key_missing",
    "IdempotencyKeyReused": "idempotency_key_reused",
    "InsufficientPoints": "insufficient_points",
    "InvalidAmount": "invalid_amount",
    "InvalidNumber": "invalid_card_number",
    "LoyaltyError": "loyalty_error",
    "MergeIsSelf": "merge_is_self",
    "NumberTaken": "number_taken",
    "OpenHolds": "open_holds",
    "OwnCard": "own_card",
    "ParentAlreadySet": "parent_already_set",
    "ParentCycle": "parent_cycle",
    "ParentImmutable": "parent_immutable",
    "ParentIsSelf": "parent_is_self",
    "PastNotAllowed": "past_not_allowed",
    "PresetNotFound": "preset_not_found",
    "ProgramAmbiguous": "program_ambiguous",
    "ProgramNotFound": "program_not_found",
    "PurchaseAlreadyRefunded": "purchase_already_refunded",
    "PurchaseNotFound": "purchase_not_found",
    "PurchaseNotRefunded": "purchase_not_refunded",
    "ReasonRequired": "reason_required",
    "RefundLineUnknown": "refund_line_unknown",
    "RefundTooLarge": "refund_too_large",
    "RewardNotGranted": "reward_not_granted",
    "SegmentArchived": "segment_archived",
    "SegmentInUse": "segment_in_use",
    "SegmentInvalid": "segment_invalid",
    "SegmentNotListed": "segment_not_listed",
    "SpendNotFound": "spend_not_found",
    "SpendStateInvalid": "spend_state_invalid",
    "SpendingRefusedByDebt": "debt_outstanding",
    "TokenExpired": "token_expired",
    "TokenInvalid": "token_invalid",
    "TokenRequired": "token_required",
    "TokenUsed": "token_used",
    "UploadTooLarge": "upload_too_large",
}
CLASSES = [
    found
    for found in vars(exceptions).values()
    if isinstance(found, type) and issubclass(found, LoyaltyError)
]


def test_the_codes_are_a_promise() -> None:
    assert {cls.__name__: cls.code for cls in CLASSES} == CODES


def test_no_two_refusals_share_a_code() -> None:
    assert len({cls.code for cls in CLASSES}) == len(CLASSES)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.code)
def test_every_refusal_reads_as_sentences_even_without_params(cls: type[LoyaltyError]) -> None:
    text = str(cls())

    assert re.fullmatch(r"[A-Z][^%]+\.", text)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.code)
def test_every_message_uses_named_placeholders_only(cls: type[LoyaltyError]) -> None:
    assert "%" not in re.sub(r"%\([a-z_]+\)s", "", str(cls.message))


def test_params_fill_the_message_and_the_details() -> None:
    error = InsufficientPoints(asked="20", available="10")

    assert str(error) == "Not enough points: 20 asked, 10 available. Ask for a smaller amount."
    assert error.params == {"asked": "20", "available": "10"}
    assert error.details == {"asked": "20", "available": "10"}


def test_a_missing_param_shows_as_a_question_mark() -> None:
    assert str(InsufficientPoints(asked="20")).startswith("Not enough points: 20 asked, ? available.")


def test_own_message_replaces_the_default_on_this_instance_only() -> None:
    error = CardNotFound(message="No card %(number)s here.", number="A1")

    assert str(error) == "No card A1 here."
    assert error.code == "card_not_found"
    assert str(CardNotFound()) == "There is no such card. Check the number and try again."


def test_own_message_without_placeholders_may_hold_a_percent_sign() -> None:
    assert str(LoyaltyError(message="At most 10% may be given.", limit=10)) == "At most 10% may be given."


def test_the_text_follows_the_language_in_which_it_is_shown() -> None:
    error = LoyaltyError(message=gettext_lazy("Monday"))

    with override("ru"):
        assert str(error) == "Понедельник"
    with override("en"):
        assert str(error) == "Monday"


def test_details_may_be_a_list_of_mistakes() -> None:
    mistakes = [{"path": "actions.0.amount", "code": "required", "message": "Give an amount."}]

    assert CampaignInvalid(details=mistakes).details == mistakes


@pytest.mark.parametrize(
    "error",
    [
        InsufficientPoints(asked="20", available="10"),
        CardNotFound(message=gettext_lazy("Monday")),
        CampaignInvalid(details=[{"path": "key", "code": "required", "message": "Give a key."}], key="x"),
    ],
    ids=lambda error: error.code,
)
def test_refusals_survive_pickling(error: LoyaltyError) -> None:
    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is type(error)
    assert (str(copy), copy.code, copy.params, copy.details) == (
        str(error),
        error.code,
        error.params,
        error.details,
    )


def test_repr_names_the_code_and_the_params() -> None:
    assert repr(CardNotFound(number="A1")) == "CardNotFound(code='card_not_found', params={'number': 'A1'})"


def test_positional_text_is_refused() -> None:
    with pytest.raises(TypeError):
        CardNotFound("no such card")  # type: ignore[call-arg]
