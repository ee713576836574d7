"""Staff minting: nobody corrects a card of their own, and a limit cannot be cut into small pieces."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from loyalty import services
from loyalty.exceptions import AdjustmentTooLarge, OwnCard, ReasonRequired
from loyalty.models import Adjustment, Event, LedgerEntry
from loyalty.testing import balance_of
from tests.factories import UserFactory

LIMIT = {"ADJUSTMENT_LIMIT": 100}


@pytest.fixture
def staff(db):
    """A member of staff with no permission of its own."""
    return UserFactory(is_staff=True)


def rows():
    """All that a correction writes."""
    return [model.objects.count() for model in (Event, LedgerEntry, Adjustment)]


def test_staff_corrects_the_card_of_another(card, staff):
    made = services.adjust_by_staff(card=card, amount="30", reason="Late delivery", actor=staff)

    assert (made.amount, made.reason, made.actor_id) == (30, "Late delivery", staff.pk)
    assert balance_of(card) == "30"


def owner(program, user):
    return services.enrol_card(program=program, user=user)


def holder(program, user):
    shared = services.enrol_card(program=program, external_id="family")
    services.add_holder(card=shared, user=user)
    return shared


def merged_into_own(program, user):
    own, other = owner(program, user), services.enrol_card(program=program, external_id="second")
    services.merge_cards(survivor=own, merged=other, reason="One person")
    other.refresh_from_db()
    return other


@pytest.mark.parametrize("make", [owner, holder, merged_into_own], ids=lambda make: make.__name__)
@pytest.mark.parametrize("superuser", [False, True], ids=["staff", "superuser"])
def test_nobody_corrects_a_card_of_their_own(program, make, superuser):
    user = UserFactory(is_superuser=superuser)
    card = make(program, user)
    before = rows()

    with pytest.raises(OwnCard):
        services.adjust_by_staff(card=card, amount=1, reason="Why not", actor=user)

    assert rows() == before


def test_a_reason_is_required(card, staff):
    with pytest.raises(ReasonRequired):
        services.adjust_by_staff(card=card, amount=1, reason=" \0", actor=staff)


def test_above_the_limit_nothing_is_written(card, staff, settings):
    settings.LOYALTY = LIMIT
    services.adjust_by_staff(card=card, amount=100, reason="Gift", actor=staff)
    before = rows()

    with pytest.raises(AdjustmentTooLarge) as refused:
        services.adjust_by_staff(card=card, amount=1, reason="One more", actor=staff)

    assert refused.value.params == {"limit": 100, "asked": "101"}
    assert (rows(), balance_of(card)) == (before, "100")


def test_what_is_taken_has_a_limit_of_its_own(card, staff, settings):
    settings.LOYALTY = LIMIT
    services.adjust_by_staff(card=card, amount=100, reason="Mistake", actor=staff)
    services.adjust_by_staff(card=card, amount=-100, reason="Taken back", actor=staff)

    assert balance_of(card) == "0"


def test_the_limit_is_of_one_person_one_card_and_one_day(program, card, staff, settings):
    settings.LOYALTY = LIMIT
    other = services.enrol_card(program=program, external_id="boris")
    old = services.adjust_by_staff(card=card, amount=100, reason="Gift", actor=staff)
    services.adjust_by_staff(card=card, amount=100, reason="Gift", actor=UserFactory())
    services.adjust_by_staff(card=other, amount=100, reason="Gift", actor=staff)
    Event.objects.filter(pk=old.event_id).update(occurred_at=timezone.now() - timedelta(hours=25))

    services.adjust_by_staff(card=card, amount=100, reason="Gift", actor=staff)

    assert balance_of(card) == "300"


def test_a_permission_lifts_the_limit(card, staff, settings):
    settings.LOYALTY = LIMIT
    staff.user_permissions.add(Permission.objects.get(codename="adjust_without_limit"))

    services.adjust_by_staff(card=card, amount=1_000, reason="Settled in court", actor=staff)

    assert balance_of(card) == "1000"


def test_a_repeat_answers_with_the_first_correction(card, staff, settings):
    settings.LOYALTY = LIMIT
    first = services.adjust_by_staff(card=card, amount=100, reason="Gift", actor=staff, key="a1")

    assert services.adjust_by_staff(card=card, amount=100, reason="Gift", actor=staff, key="a1") == first
    assert balance_of(card) == "100"
