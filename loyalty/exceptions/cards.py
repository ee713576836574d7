"""Refusals about programs, currencies, cards, and which card stands below which."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions.base import LoyaltyError


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
    message = _(
        "Points of this card are set aside for open payments. Capture or void them first, then merge."
    )


class HolderIsOwner(LoyaltyError):
    code = "holder_is_owner"
    message = _("This card is the person's own already. Choose another person to share it with.")


class HolderNotFound(LoyaltyError):
    code = "holder_not_found"
    message = _("This person does not use the card along with its owner. Check whom you mean.")


class ParentAlreadySet(LoyaltyError):
    code = "parent_already_set"
    message = _("The card already has a parent card. Ask staff to change it if it is wrong.")


class ParentImmutable(LoyaltyError):
    code = "parent_immutable"
    message = _("The parent card is final after the first purchase. Ask staff to correct it.")
