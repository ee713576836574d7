"""Putting cards under parent cards (S26 to S28)."""

import pytest
from django.utils import timezone

from loyalty import services
from loyalty.exceptions import CardNotFound, ParentAlreadySet, ParentCycle, ParentIsSelf, ReasonRequired
from loyalty.models import Card, Event, ParentChange
from tests.factories import CardFactory, UserFactory


@pytest.fixture
def parent(program):
    """The card of somebody who brings friends."""
    return services.enrol_card(external_id="boris")


def events():
    """The recorded changes of parents."""
    return Event.objects.filter(kind="loyalty.parent_changed")


def test_a_card_is_put_under_a_parent(card, parent):
    staff, at = UserFactory(), timezone.now()

    changed = services.set_parent(
        card=card, parent=parent, at=at, reason="Claim", actor=staff, link={"code": "X"}
    )

    assert (changed.parent, changed.parent_since, changed.linked_at) == (parent, at, at)
    row = ParentChange.objects.get()
    assert (row.old_parent, row.new_parent, row.since, row.reason, row.actor) == (
        None,
        parent,
        at,
        "Claim",
        staff,
    )
    assert row.event.payload == {"parent": parent.pk, "link": {"code": "X"}, "first": True}


def test_the_parent_that_it_has_is_no_mistake(card, parent):
    services.set_parent(card=card, parent=parent)

    assert services.set_parent(card=card, parent=parent).parent == parent
    assert (events().count(), ParentChange.objects.count()) == (1, 1)


def test_another_parent_is_refused(card, parent):
    services.set_parent(card=card, parent=parent)

    with pytest.raises(ParentAlreadySet) as refused:
        services.set_parent(card=card, parent=services.enrol_card(external_id="clara"))

    card.refresh_from_db()
    assert card.parent == parent
    assert (events().count(), ParentChange.objects.count()) == (1, 1)
    assert refused.value.details == {}


def test_staff_move_a_card(card, parent):
    services.set_parent(card=card, parent=parent)
    first_linked = card.linked_at
    clara, staff = services.enrol_card(external_id="clara"), UserFactory()

    services.move_card(card=card, parent=clara, reason="Mixed up", actor=staff)

    assert (card.parent, card.linked_at) == (clara, first_linked)
    row = ParentChange.objects.first()
    assert (row.old_parent, row.new_parent, row.reason, row.actor) == (parent, clara, "Mixed up", staff)


def test_staff_detach_a_card(card, parent):
    services.set_parent(card=card, parent=parent)

    services.move_card(card=card, parent=None, reason="Never met")

    assert (card.parent, card.parent_since) == (None, None)


def test_a_move_needs_a_reason(card, parent):
    with pytest.raises(ReasonRequired):
        services.move_card(card=card, parent=parent, reason=" ")

    assert events().count() == 0


@pytest.mark.parametrize("call", [services.set_parent, services.move_card], ids=lambda call: call.__name__)
def test_a_card_is_not_its_own_parent(card, call):
    with pytest.raises(ParentIsSelf):
        call(card=card, parent=card, reason="Why not")

    assert events().count() == ParentChange.objects.count() == 0


@pytest.mark.parametrize("call", [services.set_parent, services.move_card], ids=lambda call: call.__name__)
def test_s27_no_circles(card, parent, call):
    clara = services.enrol_card(external_id="clara")
    services.set_parent(card=card, parent=parent)
    services.set_parent(card=parent, parent=clara)

    with pytest.raises(ParentCycle):
        call(card=clara, parent=card, reason="Why not")

    assert Card.objects.get(pk=clara.pk).parent is None
    assert events().count() == 2


def test_a_card_of_another_program_is_not_found(card):
    with pytest.raises(CardNotFound):
        services.set_parent(card=card, parent=CardFactory())

    assert events().count() == 0
