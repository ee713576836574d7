"""Staff do not act on cards of their own, and it is kept why a card got another number."""

import pytest
from django.contrib.auth import get_user_model

from loyalty import services
from loyalty.exceptions import OwnCard
from loyalty.models import CardStatusChange, NumberChange, ParentChange


@pytest.fixture
def actor(program):
    return get_user_model().objects.create_user("kim")


def test_nobody_unblocks_their_own_card(program, actor):
    mine = services.enrol_card(user=actor)
    services.block_card(card=mine, reason="x")

    with pytest.raises(OwnCard):
        services.unblock_card(card=mine, reason="x", actor=actor)

    mine.refresh_from_db()
    assert mine.status == "blocked"
    assert CardStatusChange.objects.count() == 1


@pytest.mark.parametrize("mine", ["card", "parent", "shared parent"])
def test_nobody_moves_cards_to_or_from_their_own(program, card, actor, mine):
    parent = services.enrol_card(external_id="parent")
    if mine == "shared parent":
        services.add_holder(card=parent, user=actor)
    else:
        owned = card if mine == "card" else parent
        owned.user = actor
        owned.save()

    with pytest.raises(OwnCard):
        services.move_card(card=card, parent=parent, reason="x", actor=actor)

    card.refresh_from_db()
    assert card.parent is None
    assert not ParentChange.objects.exists()


def test_others_may(program, card, actor):
    parent = services.enrol_card(external_id="parent")

    services.move_card(card=card, parent=parent, reason="mistake", actor=actor)

    assert ParentChange.objects.get().actor == actor
    assert card.parent == parent


def test_why_a_card_got_another_number(program, card, actor):
    issued = services.replace_number(card=card, reason=" lost\0 ", actor=actor)

    change = NumberChange.objects.get()
    assert (change.card, change.number, change.reason, change.actor) == (card, issued, "lost", actor)
    assert change.since == issued.issued_at


def test_a_number_that_nobody_replaced_for_a_reason_leaves_no_row(program, card):
    services.replace_number(card=card)

    assert not NumberChange.objects.exists()
