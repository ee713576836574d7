"""Tokens of cards: signed, short-lived, good for one spending."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from loyalty import services
from loyalty.exceptions import CardNotFound, TokenExpired, TokenInvalid, TokenUsed
from loyalty.models import Card, IdempotencyKey
from loyalty.services import find_card_by_token, issue_token
from loyalty.services.tokens import use_token
from tests.factories import START

NOON = START + timedelta(days=100)


def test_a_token_finds_its_card_for_a_minute(card: Card) -> None:
    with time_machine.travel(NOON, tick=False):
        token = issue_token(card)

    assert token.expires_at == NOON + timedelta(seconds=60)
    for seconds in (0, 1, 59, 60):
        with time_machine.travel(NOON + timedelta(seconds=seconds), tick=False):
            assert find_card_by_token(token.text) == card
    with time_machine.travel(NOON + timedelta(seconds=61), tick=False), pytest.raises(TokenExpired):
        find_card_by_token(token.text)


def test_the_site_says_how_long(card: Card, settings: Any) -> None:
    settings.LOYALTY = {"TOKEN_SECONDS": 10}
    with time_machine.travel(NOON, tick=False):
        token = issue_token(card)

    with time_machine.travel(NOON + timedelta(seconds=11), tick=False), pytest.raises(TokenExpired):
        find_card_by_token(token.text)


def test_each_token_is_another_one_and_fits_a_small_code(card: Card) -> None:
    tokens = {issue_token(card).text for _number in range(50)}

    assert len(tokens) == 50
    assert all(len(text) <= 80 and text.isascii() for text in tokens)
    assert not any(card.number in text or "anna" in text for text in tokens)


@pytest.mark.parametrize("place", [0, 2, 15, -1])
def test_a_token_with_one_character_changed_is_none(place: int, card: Card) -> None:
    text = issue_token(card).text
    other = "A" if text[place] != "A" else "B"
    forged = text[:place] + other + (text[place + 1 :] if place != -1 else "")

    with pytest.raises(TokenInvalid):
        find_card_by_token(forged)


@pytest.mark.parametrize("text", ["", "~", "1", "1~2~3", "é", "\0", "\ud800", "1" * 201, "1.a~~"])
def test_what_is_no_token(text: str, card: Card) -> None:
    with pytest.raises(TokenInvalid):
        find_card_by_token(text)


def test_it_is_of_one_program(card: Card) -> None:
    other = services.create_program(slug="other")
    token = issue_token(card).text

    assert find_card_by_token(token, "club") == card
    with pytest.raises(CardNotFound):
        find_card_by_token(token, other)


def test_of_a_card_that_was_merged_it_finds_the_one_that_stayed(card: Card) -> None:
    survivor = services.enrol_card(program=card.program, external_id="boris")
    token = issue_token(card).text
    services.merge_cards(survivor=survivor, merged=card, reason="the same person")

    assert find_card_by_token(token) == survivor


def test_it_is_used_once(card: Card) -> None:
    token, other = issue_token(card).text, issue_token(card).text

    use_token(token)
    with pytest.raises(TokenUsed):
        use_token(token)
    use_token(other)
    assert find_card_by_token(token) == card
    assert IdempotencyKey.objects.filter(client="card-token").count() == 2


def test_an_expired_one_cannot_be_used(card: Card) -> None:
    with time_machine.travel(datetime(2026, 5, 1), tick=False):
        token = issue_token(card).text

    with pytest.raises(TokenExpired):
        use_token(token)
