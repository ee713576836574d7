"""What staff do to a card: each act has its permission, wants a reason, says what it did, and only a POST does it."""

import pytest
from django.contrib.messages import get_messages

from loyalty import codes, services
from loyalty.models import Adjustment, Card, CardNumber, CardStatusChange, Event, NumberChange, ParentChange
from loyalty.selectors import get_balances
from tests.loyalty.admin.desk import boss, page, staff_with

PERMISSIONS = {
    "adjust": "adjust_balance",
    "block": "block_card",
    "unblock": "block_card",
    "replace": "replace_number",
    "move": "move_card",
}
VALUES = {
    "adjust": {"currency": "points", "amount": "5", "reason": "goodwill", "key": "k1"},
    "block": {"reason": "stolen"},
    "unblock": {"reason": "found"},
    "replace": {"number": "", "reason": "lost"},
    "move": {"detach": "on", "reason": "mistake"},
}


@pytest.fixture
def parent(program):
    return services.enrol_card(program=program, external_id="parent")


@pytest.fixture
def child(program, card, parent):
    """A card with a parent."""
    return services.set_parent(card=card, parent=parent)


def ready(act, card):
    """The state in which an act is offered."""
    if act == "unblock":
        services.block_card(card=card, reason="x")
    return card


def told(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def everything():
    """What an act could have changed."""
    return (
        list(Card.objects.order_by("pk").values()),
        list(CardNumber.objects.order_by("pk").values()),
        Event.objects.count(),
        Adjustment.objects.count(),
        NumberChange.objects.count(),
    )


@pytest.mark.parametrize("act", PERMISSIONS)
@pytest.mark.parametrize("mine", PERMISSIONS)
def test_each_act_has_its_own_permission(child, act, mine):
    ready(act, child)
    client = staff_with("view_card", PERMISSIONS[mine])
    allowed = PERMISSIONS[act] == PERMISSIONS[mine]
    before = everything()

    codes = (
        client.get(page(child, act)).status_code,
        client.post(page(child, act), VALUES[act]).status_code,
    )

    assert codes == ((200, 302) if allowed else (403, 403))
    assert (everything() != before) == allowed
    if not allowed:
        assert page(child, act) not in client.get(page(child)).content.decode()


@pytest.mark.parametrize("act", PERMISSIONS)
def test_who_may_not_see_cards_may_do_nothing_to_them(child, act):
    ready(act, child)
    before = everything()

    assert staff_with(PERMISSIONS[act]).post(page(child, act), VALUES[act]).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("act", PERMISSIONS)
def test_looking_changes_nothing(child, act):
    ready(act, child)
    before = everything()

    shown = boss().get(page(child, act), VALUES[act])

    assert (shown.status_code, shown.context["form"].is_bound) == (200, False)
    assert everything() == before


@pytest.mark.parametrize("act", PERMISSIONS)
@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_required(child, act, reason):
    ready(act, child)
    before = everything()

    shown = boss().post(page(child, act), VALUES[act] | {"reason": reason})

    assert shown.context["form"].errors["reason"] == ["This field is required."]
    assert everything() == before


@pytest.mark.parametrize("act", PERMISSIONS)
def test_acts_are_offered_by_state(child, act):
    ready(act, child)
    offered = boss().get(page(child)).content.decode()
    assert page(child, act) in offered

    services.close_card(card=child, reason="left")
    client = staff_with("view_card", PERMISSIONS[act])

    assert page(child, act) not in client.get(page(child)).content.decode()
    before = everything()
    answer = client.post(page(child, act), VALUES[act])
    assert told(answer) == ["The state of this card does not allow this."]
    assert everything() == before


def test_correcting_a_balance(card):
    client = boss()

    answer = client.post(page(card, "adjust"), VALUES["adjust"] | {"amount": "+12,00"})

    assert answer.url == page(card)
    assert told(answer) == ["The balance was corrected by +12 Points."]
    made = Adjustment.objects.get()
    assert (made.amount, made.reason, made.actor) == (12, "goodwill", client.user)


def test_a_form_sent_twice_corrects_once(card):
    client = boss()

    for _time in range(2):
        client.post(page(card, "adjust"), VALUES["adjust"])

    assert get_balances(card)["points"].available == 5
    assert Adjustment.objects.count() == 1


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("-1", "Not enough points: 1 asked, 0 available. Ask for a smaller amount."),
        ("0", ""),
        ("abc", ""),
        ("1e9", ""),
        ("0.5", ""),
        ("NaN", ""),
        ("9" * 30, ""),
    ],
)
def test_a_wrong_amount_is_refused_in_words(card, amount, words):
    before = everything()

    shown = boss().post(page(card, "adjust"), VALUES["adjust"] | {"amount": amount})

    (text,) = shown.context["form"].non_field_errors()
    assert text == words or (not words and len(text) > 10)
    assert everything() == before


def test_nobody_corrects_their_own_card(card):
    client = boss()
    card.user = client.user
    card.save()

    shown = client.post(page(card, "adjust"), VALUES["adjust"])

    (text,) = shown.context["form"].non_field_errors()
    assert text.endswith("Ask a colleague to do it.")
    assert not Adjustment.objects.exists()


def test_more_than_the_limit_needs_somebody_else(card, settings):
    settings.LOYALTY = {"ADJUSTMENT_LIMIT": 10}

    refused = staff_with("view_card", "adjust_balance").post(
        page(card, "adjust"), VALUES["adjust"] | {"amount": "11"}
    )
    allowed = staff_with("view_card", "adjust_balance", "adjust_without_limit", name="jo").post(
        page(card, "adjust"), VALUES["adjust"] | {"amount": "11"}
    )

    assert "you may make them up to 10" in refused.context["form"].non_field_errors()[0]
    assert allowed.status_code == 302
    assert Adjustment.objects.get().actor.username == "jo"


def test_blocking_and_unblocking(card):
    client = boss()

    client.post(page(card, "block"), {"reason": "stolen"})
    answer = client.post(page(card, "unblock"), {"reason": "found"})

    assert told(answer)[-1] == "The card is unblocked."
    changes = CardStatusChange.objects.order_by("pk").values_list("status", "reason", "actor")
    assert list(changes) == [("blocked", "stolen", client.user.pk), ("active", "found", client.user.pk)]


def test_nobody_unblocks_their_own_card(card):
    client = boss()
    card.user = client.user
    card.save()
    services.block_card(card=card, reason="x")

    shown = client.post(page(card, "unblock"), {"reason": "it is me"})

    assert "a card of your own" in shown.context["form"].non_field_errors()[0]
    card.refresh_from_db()
    assert card.status == "blocked"


def test_replacing_a_number(card):
    old = card.number
    client = boss()

    client.post(page(card, "replace"), {"number": "plastic-0001", "reason": "lost"})

    change = NumberChange.objects.get()
    assert change.number.number == codes.normalise("plastic-0001")
    assert (change.reason, change.actor) == ("lost", client.user)
    assert CardNumber.objects.get(number=old).retired_at is not None


def test_a_taken_number_is_refused(card, parent):
    taken = CardNumber.objects.get(card=parent).number

    shown = boss().post(page(card, "replace"), {"number": taken, "reason": "lost"})

    assert shown.context["form"].non_field_errors() == [
        "This number belongs to another card. Choose another number."
    ]


def test_moving_a_card(card, parent):
    client = boss()
    number = CardNumber.objects.get(card=parent).number

    answer = client.post(page(card, "move"), {"parent": f" {number.lower()} ", "reason": "wrong friend"})

    card.refresh_from_db()
    assert card.parent == parent
    assert told(answer) == [f"The card now stands under {number}."]
    change = ParentChange.objects.get()
    assert (change.reason, change.actor) == ("wrong friend", client.user)


def test_taking_a_card_out_of_the_tree(child):
    answer = boss().post(page(child, "move"), VALUES["move"])

    child.refresh_from_db()
    assert child.parent is None
    assert told(answer) == ["The card has no parent card any more."]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Name the new parent card, or choose that there is none."),
        ({"parent": "parent", "detach": "on"}, "Name the new parent card, or choose that there is none."),
        ({"parent": "nobody"}, "There is no such card. Check the number and try again."),
        ({"parent": "anna"}, "A card cannot be its own parent card. Choose another card."),
    ],
)
def test_a_wrong_parent_is_refused_in_words(card, parent, values, words):
    shown = boss().post(page(card, "move"), {"reason": "x", **values})

    assert [text for texts in shown.context["form"].errors.values() for text in texts] == [words]
    assert not ParentChange.objects.exists()


def test_a_parent_of_another_program_is_unknown(card):
    other = services.create_program(slug="other")
    services.enrol_card(program=other, external_id="stranger")

    shown = boss().post(page(card, "move"), {"parent": "stranger", "reason": "x"})

    assert shown.context["form"].errors["parent"] == [
        "There is no such card. Check the number and try again."
    ]


def test_a_circle_is_refused(child, parent):
    shown = boss().post(page(parent, "move"), {"parent": "anna", "reason": "x"})

    assert "stands below this card" in shown.context["form"].non_field_errors()[0]
