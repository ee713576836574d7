"""What referrals add to the admin: how a card came, its friends, codes to find it by, and lists that stay cheap."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals.models import Referral, ReferralLink, ReferrerStats, Visit
from tests.referrals.rows import START, make_card, make_program, make_referral

pytestmark = pytest.mark.django_db

LISTS = ("referral", "referrallink", "referrerstats", "visit")


def boss():
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("boss"))
    return client


def page(card):
    return reverse("admin:loyalty_card_change", args=[card.pk])


def list_address(name):
    return reverse(f"admin:loyalty_referrals_{name}_changelist")


@pytest.fixture
def family():
    """A parent who brought one friend; 3 friends in all are counted, 2 of whom bought."""
    program = make_program()
    parent = make_card(program, "PARENT001")
    child = make_card(program, "CH11D0001", parent=parent, parent_since=START, linked_at=START)
    make_referral(child, parent, method="code", code="7A8C99")
    ReferralLink.objects.create(program=program, card=parent, code="7A8C99")
    ReferrerStats.objects.create(card=parent, registered=3, qualified=2)
    return parent, child


def test_the_card_page_says_how_a_card_came(family):
    parent, child = family

    text = boss().get(page(child)).content.decode()

    assert "Brought by" in text
    assert f'href="{page(parent)}"' in text
    assert "Code typed in (7A8C99)" in text


def test_the_card_page_says_whom_a_card_brought(family):
    parent, _child = family
    client = boss()

    (panel,) = client.get(page(parent)).context["panels"]

    assert "7A8C99" in panel["content"]
    assert ">3</a>" in panel["content"]
    assert "<dd>2</dd>" in panel["content"]


def test_children_tell_how_many_friends_they_brought(family):
    parent, child = family
    ReferrerStats.objects.create(card=child, registered=1, qualified=0)

    (node,) = boss().get(page(parent)).context["children"].nodes

    assert node.notes[-1] == "1 friend, 0 of them bought"


def test_who_may_not_see_referrals_sees_no_panel(family):
    parent, _child = family
    user = get_user_model().objects.create_user("kim", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_card"))
    client = Client()
    client.force_login(user)

    assert client.get(page(parent)).context["panels"] == []


@pytest.mark.parametrize("typed", ["7A8C99", " 7abc99 ", "7abc-99"])
def test_a_card_is_found_by_the_code_that_it_shares(family, typed):
    parent, child = family

    rows = boss().get(reverse("admin:loyalty_card_changelist"), {"q": typed}).context["cl"].queryset

    # The card itself, and its children.
    assert set(rows) == {parent, child}


def test_a_referral_by_staff_without_a_referrer_is_told(family):
    _parent, child = family
    Referral.objects.filter(referee=child).update(referrer=None)

    assert "staff took the card out of the tree" in boss().get(page(child)).content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_lists_cost_the_same_for_any_number_of_rows(name):
    program, client, counts = make_program(), boss(), []
    for size in (1, 60):
        for _number in range(size):
            parent, child = make_card(program), make_card(program)
            make_referral(child, parent)
            link = ReferralLink.objects.create(program=program, card=parent, code=f"X{parent.pk}")
            ReferrerStats.objects.create(card=parent, registered=1)
            Visit.objects.create(program=program, link=link, visitor="v", code="x", visited_at=START)
        client.get(list_address(name))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(list_address(name), {"q": "x1"}).status_code == 200
        counts.append(len(captured))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(list_address(name)).status_code == 200
        counts.append(len(captured))

    assert counts[:2] == counts[2:]
    assert max(counts) <= 20
