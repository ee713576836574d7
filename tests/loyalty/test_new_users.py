"""LOYALTY["ENROL_NEW_USERS"]: every new user of the site gets a card, and no user is lost to it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import serializers
from django.db import transaction

from loyalty.models import Card, Event
from loyalty.services import create_program

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrols(settings: Any) -> None:
    settings.LOYALTY = {"ENROL_NEW_USERS": True}


def create_user(name: str = "dora") -> Any:
    return get_user_model().objects.create_user(username=name)


def test_a_new_user_gets_one_card(enrols: None) -> None:
    create_program(slug="shop")

    user = create_user()
    user.first_name = "Dora"
    user.save()

    assert [card.user for card in Card.objects.all()] == [user]
    assert Event.objects.get().kind == "loyalty.card_enrolled"


def test_by_default_nobody_is_enrolled(db: None) -> None:
    create_program(slug="shop")
    create_user()

    assert not Card.objects.exists()


@pytest.mark.parametrize("programs", [(), ("a", "b")], ids=["none", "several"])
def test_where_no_program_is_meant_users_are_made_all_the_same(
    programs: tuple[str, ...], enrols: None, caplog: Any
) -> None:
    for slug in programs:
        create_program(slug=slug)

    with transaction.atomic():
        user = create_user()
        assert get_user_model().objects.filter(pk=user.pk).exists()

    assert not Card.objects.exists()
    assert "the sender of the signal was not disturbed" in caplog.text


def test_the_program_may_be_named(settings: Any) -> None:
    settings.LOYALTY = {"ENROL_NEW_USERS": True, "DEFAULT_PROGRAM": "b"}
    create_program(slug="a")
    wanted = create_program(slug="b")

    create_user()

    assert Card.objects.get().program == wanted


def test_users_of_a_fixture_are_loaded_as_they_are(enrols: None) -> None:
    create_program(slug="shop")
    user = create_user()
    text = serializers.serialize("json", [user])
    user.delete()

    for loaded in serializers.deserialize("json", text):
        loaded.save()

    assert get_user_model().objects.filter(username="dora").exists()
    assert [card.user for card in Card.objects.all()] == [None]  # that of before


@pytest.mark.django_db(transaction=True)
def test_a_sign_up_that_is_undone_leaves_no_card(enrols: None) -> None:
    create_program(slug="shop")

    with transaction.atomic():
        create_user()
        transaction.set_rollback(True)

    assert not Card.objects.exists()
    assert not get_user_model().objects.filter(username="dora").exists()
