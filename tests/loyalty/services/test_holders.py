"""Several people with one card: a family, a company."""

import pytest

from loyalty import selectors, services
from loyalty.exceptions import (
    CardClosed,
    CardMerged,
    CardNotFound,
    EventPayloadInvalid,
    HolderIsOwner,
    HolderNotFound,
)
from loyalty.models import CardHolder
from loyalty.testing import balance_of, process_inbox
from tests.factories import UserFactory


@pytest.fixture
def family(program):
    """A card of somebody who shares it."""
    return services.enrol_card(user=UserFactory())


def test_who_uses_a_card_along_buys_for_it(ten_percent, family):
    user = UserFactory()

    row = services.add_holder(card=family, user=user)
    services.record_purchase(user=user, external_id="one", total="100.00")
    process_inbox()

    assert (row.card, row.user) == (family, user)
    assert selectors.find_card(user=user) == family
    assert balance_of(family) == "10"


def test_s36_who_enrols_has_a_card_of_their_own_from_then_on(family):
    user = UserFactory()
    services.add_holder(card=family, user=user)

    own = services.enrol_card(user=user)

    assert own != family
    assert selectors.find_card(user=user) == own


def test_added_twice_is_no_mistake(family):
    user = UserFactory()
    assert services.add_holder(card=family, user=user) == services.add_holder(card=family, user=user)
    assert CardHolder.objects.count() == 1


def test_several_people_and_several_cards(program, family):
    users, second = UserFactory.create_batch(2), services.enrol_card(user=UserFactory())
    for user in users:
        services.add_holder(card=family, user=user)
        services.add_holder(card=second, user=user)

    assert {selectors.find_card(user=user) for user in users} == {family}
    services.remove_holder(card=family, user=users[0])
    assert [selectors.find_card(user=user) for user in users] == [second, family]


def test_who_is_removed_uses_it_no_longer(family):
    user = UserFactory()
    services.add_holder(card=family, user=user)

    services.remove_holder(card=family, user=user)

    with pytest.raises(CardNotFound):
        selectors.find_card(user=user)
    with pytest.raises(HolderNotFound):
        services.remove_holder(card=family, user=user)


def test_the_owner_is_not_a_holder_too(family):
    with pytest.raises(HolderIsOwner):
        services.add_holder(card=family, user=family.user)
    assert CardHolder.objects.count() == 0


def test_a_closed_card_takes_nobody_on_and_is_found_by_nobody(family):
    user = UserFactory()
    services.add_holder(card=family, user=user)
    services.close_card(card=family, reason="They asked")

    with pytest.raises(CardClosed):
        services.add_holder(card=family, user=UserFactory())
    with pytest.raises(CardNotFound):
        selectors.find_card(user=user)


def test_s29_a_merged_card_takes_nobody_on_and_who_used_it_finds_the_survivor(program, card, family):
    user = UserFactory()
    services.add_holder(card=family, user=user)
    services.merge_cards(survivor=card, merged=family, reason="One family")

    assert selectors.find_card(user=user) == selectors.find_card(user=family.user) == card
    with pytest.raises(CardMerged):
        services.add_holder(card=family, user=UserFactory())


def test_a_user_must_be_stored(family):
    with pytest.raises(EventPayloadInvalid):
        services.add_holder(card=family, user=UserFactory.build())
