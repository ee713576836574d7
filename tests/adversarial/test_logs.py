"""Personal data or codes in logs: nothing of a person is told to whoever reads them."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from loyalty import services, signals
from loyalty.exceptions import LoyaltyError
from loyalty.models import Event
from loyalty.rules.conditions.source import Source
from loyalty.testing import process_inbox
from referrals.services import get_link, register_via_link
from tests.loyalty.rules.engine import credit, on_purchase

SECRETS = {
    "e-mail": "anna.petrova@example.com",
    "first name": "Annushka",
    "last name": "Petrovskaya",
    "card number": "77QXW2ZK4M9P",
    "friend's number": "55HJK3RT6N8W",
    "telephone": "+49 170 5550199",
    "reason": "Quarrelled with her neighbour",
    "tax number": "DE-5550199-X",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(program: Any) -> Any:
    """Anna, and a friend who comes by her link; all that is known of her stands in SECRETS."""
    anna = get_user_model().objects.create_user(
        SECRETS["e-mail"],
        email=SECRETS["e-mail"],
        first_name=SECRETS["first name"],
        last_name=SECRETS["last name"],
    )
    card = services.enrol_card(
        program=program,
        user=anna,
        external_id=SECRETS["e-mail"],
        number=SECRETS["card number"],
        attributes={"phone": SECRETS["telephone"]},
    )
    friend = services.enrol_card(program=program, number=SECRETS["friend's number"])
    return card, friend


def found_in(caplog: Any) -> dict[str, str]:
    """The secrets that a record tells, in its text, its arguments or its traceback."""
    formatter = logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s")
    told = [
        formatter.format(record)
        for record in caplog.records
        if not record.name.startswith("django.db.backends")
    ]
    return {name: text for name, secret in SECRETS.items() for text in told if secret.lower() in text.lower()}


def test_personal_data_or_codes_in_logs_of_a_members_day(people, ten_percent, caplog):
    """Registration, checkout, refund, points, staff: all that goes well."""
    caplog.set_level(logging.DEBUG)
    card, friend = people
    register_via_link(card=friend, code=get_link(card=card).code)
    services.record_purchase(card=SECRETS["card number"], external_id="order", total="100.00")
    with transaction.atomic():
        signals.purchase_completed.send(
            sender=None, user=card.user, external_id="second", total="50.00", channel="web"
        )
    services.record_refund(purchase_id="order", external_id="back", amount="10.00")
    process_inbox()
    services.adjust_balance(card=card, amount=5, reason=SECRETS["reason"], actor=card.user)
    services.cancel_spend(spend=services.spend_points(card=card, amount=1))
    services.void_hold(spend=services.hold_points(card=card, amount=1))
    services.replace_number(card=card, actor=card.user)
    services.set_attribute(card=card, name="tax", value=SECRETS["tax number"])
    services.move_card(card=friend, parent=None, reason=SECRETS["reason"], actor=card.user)
    services.block_card(card=card, reason=SECRETS["reason"], actor=card.user)
    process_inbox()

    assert found_in(caplog) == {}


def test_personal_data_or_codes_in_logs_of_refusals(people, caplog):
    """What is refused is told to the caller; a log may say that, not who."""
    caplog.set_level(logging.DEBUG)
    card, friend = people
    refused = [
        lambda: services.record_purchase(card="nobody", external_id="x", total="1.00"),
        lambda: services.record_purchase(card=card, external_id="x", total="-1.00"),
        lambda: services.enrol_card(number=SECRETS["card number"], external_id="y"),
        lambda: services.enrol_card(
            external_id=SECRETS["e-mail"], user=get_user_model().objects.create_user("z")
        ),
        lambda: services.spend_points(card=card, amount=1_000),
        lambda: register_via_link(card=card, code=SECRETS["card number"]),
        lambda: register_via_link(card=friend, code="22222222222"),
        lambda: services.set_attribute(card=card, name="tax", value=SECRETS["tax number"] * 30),
    ]
    for call in refused:
        with pytest.raises(LoyaltyError):
            call()
    for number in (SECRETS["card number"], "nobody"):
        for total in ("-1.00", "1.00"):
            with transaction.atomic():
                signals.purchase_completed.send(sender=None, card=number, external_id="signal", total=total)

    assert caplog.records
    assert found_in(caplog) == {}


def test_personal_data_or_codes_in_logs_of_failures(people, program, monkeypatch, caplog):
    """A rule that raises, an event that cannot be processed at all, a message that nobody takes."""
    caplog.set_level(logging.DEBUG)
    card, _friend = people
    asked = on_purchase(
        credit("10"), conditions=[[{"kind": "loyalty.source", "params": {"sources": ["shop"]}}]], key="c"
    )
    services.publish_campaign(campaign=services.save_draft(program=program, definition=asked))
    monkeypatch.setattr(Source, "check", lambda *_arguments: 1 / 0)
    services.record_purchase(card=SECRETS["card number"], external_id="one", total="10.00")
    process_inbox()
    monkeypatch.setattr("loyalty.processing.process.decide", lambda *_arguments, **_options: 1 / 0)
    services.record_purchase(
        card=card,
        external_id="two",
        total="10.00",
        lines=[{"amount": "1.00", "attributes": {"for": "Annushka"}}],
    )
    process_inbox()

    assert Event.objects.exclude(error="").exists()
    assert {record.name for record in caplog.records} >= {"loyalty.rules", "loyalty.processing"}
    assert found_in(caplog) == {}
