"""The ready-made groups: what each may do, exactly."""

import io

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from loyalty.services import make_groups, register_group_permissions

ACTS = {
    "publish_campaign",
    "pause_campaign",
    "archive_campaign",
    "backdate_campaign",
    "adjust_balance",
    "adjust_without_limit",
    "block_card",
    "replace_number",
    "move_card",
    "retry_event",
    "use_till",
    "upload_events",
    "view_dashboard",
}
MAY = {
    "Loyalty marketer": {
        "add_program",
        "add_currency",
        "add_campaign",
        "change_campaign",
        "delete_campaign",
        "publish_campaign",
        "pause_campaign",
        "archive_campaign",
        "view_dashboard",
    },
    "Loyalty support": {"adjust_balance", "block_card", "replace_number", "move_card", "retry_event"},
    "Loyalty accountant": {"view_dashboard"},
    "Loyalty auditor": {"view_dashboard"},
    "Loyalty till": {"use_till"},
}
SEE = {
    "Loyalty marketer": {"campaign", "campaignrevision", "card", "event", "purchase", "reward", "program"},
    "Loyalty support": {
        "card",
        "cardnumber",
        "event",
        "purchase",
        "ledgerentry",
        "adjustment",
        "numberchange",
    },
    "Loyalty accountant": {"wallet", "ledgerentry", "lot", "adjustment", "purchase", "refund", "daymovement"},
    "Loyalty auditor": {
        "campaign",
        "card",
        "ledgerentry",
        "cardstatuschange",
        "outboxmessage",
        "dayactivity",
    },
    "Loyalty till": set(),
}
NEVER = {
    "Loyalty marketer": {"wallet", "ledgerentry", "adjustment", "idempotencykey"},
    "Loyalty support": {"idempotencykey", "campaignrevision"},
    "Loyalty accountant": {"card", "cardholder", "cardattribute", "event", "idempotencykey"},
    "Loyalty auditor": {"idempotencykey"},
    "Loyalty till": {"card", "purchase"},
}

pytestmark = pytest.mark.django_db


def held(name):
    found = Permission.objects.filter(group__name=name, content_type__app_label="loyalty")
    return set(found.values_list("codename", flat=True))


@pytest.mark.parametrize("name", MAY)
def test_each_group_may_do_its_work_and_no_more(name):
    make_groups()

    mine = held(name)
    seen = {one.removeprefix("view_") for one in mine if one.startswith("view_") and one != "view_dashboard"}
    # What is no "view" changes something, or is the dashboard.
    assert {one for one in mine if not one.startswith("view_") or one in ACTS} == MAY[name]
    assert SEE[name] <= seen
    assert not NEVER[name] & seen


def test_who_changes_nothing():
    make_groups()

    for name in ("Loyalty accountant", "Loyalty auditor"):
        assert {one.partition("_")[0] for one in held(name)} == {"view"}


def test_the_auditor_sees_every_model_but_the_answers_of_the_api():
    make_groups()

    views = Permission.objects.filter(content_type__app_label="loyalty", codename__startswith="view_")
    missing = set(views.values_list("codename", flat=True)) - held("Loyalty auditor")

    assert missing == {"view_idempotencykey"}


def test_again_it_restores_what_the_groups_are_meant_to_have_and_keeps_their_members():
    user = get_user_model().objects.create_user("kim")
    made = make_groups()
    group = Group.objects.get(name="Loyalty till")
    group.user_set.add(user)
    group.permissions.set(Permission.objects.all())
    own = Group.objects.create(name="Our own")

    assert make_groups() == made
    assert held("Loyalty till") == {"use_till"}
    assert list(group.user_set.all()) == [user]
    assert own.permissions.count() == 0


def test_the_command_makes_and_lists_them():
    out = io.StringIO()
    call_command("loyalty_groups", "--list", stdout=out)
    assert not Group.objects.exists()
    assert "Loyalty till\n  loyalty.use_till\n" in out.getvalue()

    call_command("loyalty_groups", stdout=out)

    assert set(Group.objects.values_list("name", flat=True)) == set(MAY)


def test_a_permission_that_is_not_there_is_named():
    Permission.objects.filter(codename="use_till").delete()

    with pytest.raises(CommandError, match=r"loyalty\.use_till"):
        call_command("loyalty_groups")
    assert not Group.objects.exists()


def test_apps_add_to_known_groups_only():
    with pytest.raises(ValueError, match="Loyalty marketer"):
        register_group_permissions("Loyalty marketeer", ["shop.view_warranty"])
