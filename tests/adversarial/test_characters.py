"""NUL bytes and lone surrogates in every text that a caller can give: refused cleanly, never a DatabaseError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError

from loyalty import services
from loyalty.exceptions import LoyaltyError
from loyalty.models import Card, Event
from loyalty.rules.registry import event_kinds
from loyalty.testing import process_inbox
from referrals import services as referral_services
from tests.loyalty.rules.definitions import Lesson

pytestmark = pytest.mark.django_db

BAD = {"NUL": "a\0b", "lone surrogate": "a\ud800b", "other half": "\udfff", "only NUL": "\0"}

each_bad_text = pytest.mark.parametrize("text", BAD.values(), ids=list(BAD))


def buy(card: Card, /, **fields: Any) -> Any:
    return services.record_purchase(**{"card": card, "external_id": "order", "total": "10.00"} | fields)


def give_back(card: Card, /, **fields: Any) -> Any:
    return services.record_refund(**{"purchase_id": "order", "external_id": "back"} | fields)


def spend(card: Card, /, **fields: Any) -> Any:
    return services.spend_points(**{"card": card, "amount": 1} | fields)


def lesson(card: Card, /, **fields: Any) -> Any:
    with event_kinds.register_temporarily(Lesson):
        given = {"kind": "tests.lesson", "card": card, "key": "l", "payload": {"score": 1}}
        return services.record_event(**given | fields)


def line(**fields: Any) -> dict[str, Any]:
    return {"lines": [{"amount": "1.00"} | fields]}


def draft(card: Card, /, **fields: Any) -> Any:
    definition = {"key": "c", "trigger": {"kind": "loyalty.purchase"}, "actions": [ACTION]} | fields
    return services.save_draft(program=card.program, definition=definition)


ACTION = {
    "slot": "s",
    "kind": "loyalty.credit",
    "currency": "points",
    "amount": {"kind": "loyalty.percent", "percent": "5"},
}

TEXTS: dict[str, Callable[[Card, str], Any]] = {
    "id of a purchase": lambda card, text: buy(card, external_id=text),
    "source of a purchase": lambda card, text: buy(card, source=text),
    "channel": lambda card, text: buy(card, channel=text),
    "sku": lambda card, text: buy(card, **line(sku=text)),
    "category": lambda card, text: buy(card, **line(category=text)),
    "quantity": lambda card, text: buy(card, **line(quantity=text)),
    "attribute of a line": lambda card, text: buy(card, **line(attributes={"colour": text})),
    "name of an attribute of a line": lambda card, text: buy(card, **line(attributes={text: "red"})),
    "name of a field of a line": lambda card, text: buy(card, **line(**{text: "red"})),
    "total": lambda card, text: buy(card, total=text),
    "card of a purchase": lambda card, text: buy(card, card=text),
    "program of a purchase": lambda card, text: buy(card, card="anna", program=text),
    "id of a refund": lambda card, text: give_back(card, external_id=text),
    "purchase of a refund": lambda card, text: give_back(card, purchase_id=text),
    "source of a refund": lambda card, text: give_back(card, source=text),
    "card of a refund": lambda card, text: give_back(card, card=text),
    "key of a spend": lambda card, text: spend(card, key=text),
    "source of a spend": lambda card, text: spend(card, source=text),
    "currency of a spend": lambda card, text: spend(card, currency=text),
    "kind of an event": lambda card, text: services.record_event(kind=text, card=card, key="k"),
    "kind of ours": lambda card, text: services.record_event(kind=f"loyalty.{text}", card=card, key="k"),
    "key of an event": lambda card, text: lesson(card, key=text),
    "source of an event": lambda card, text: lesson(card, source=text),
    "text of a payload": lambda card, text: lesson(card, payload={"score": 1, "note": text}),
    "name in a payload": lambda card, text: lesson(card, payload={"score": 1, text: "x"}),
    "host's key of a card": lambda _card, text: services.enrol_card(external_id=text),
    "attribute of a card": lambda card, text: services.set_attribute(card=card, name="city", value=text),
    "name of an attribute": lambda card, text: services.set_attribute(card=card, name=text, value="x"),
    "attribute of a new card": lambda _card, text: services.enrol_card(
        external_id="new", attributes={"city": text}
    ),
    "host's key of many cards": lambda _card, text: services.enrol_cards(items=[services.NewCard(text)]),
    "number of a card": lambda _card, text: services.enrol_card(number=text),
    "new number": lambda card, text: services.replace_number(card=card, number=text),
    "slug of a program": lambda _card, text: services.create_program(slug=text),
    "zone of a program": lambda _card, text: services.create_program(slug="new", timezone=text),
    "pattern of numbers": lambda _card, text: services.create_program(slug="new", card_number_pattern=text),
    "code of a currency": lambda _card, text: services.create_program(
        slug="new", currencies=[{"code": text}]
    ),
    "only NUL and the like as the name of a currency": lambda _card, text: services.create_program(
        slug="new", currencies=[{"code": "new", "name": "\0" + text.strip("ab")}]
    ),
    "key of a campaign": lambda card, text: draft(card, key=text),
    "name of a campaign": lambda card, text: draft(card, name=text),
    "slot of an action": lambda card, text: draft(card, actions=[ACTION | {"slot": text}]),
    "kind of an action": lambda card, text: draft(card, actions=[ACTION | {"kind": text}]),
    "kind of a condition": lambda card, text: draft(card, conditions=[[{"kind": text}]]),
    "skus of a condition": lambda card, text: draft(
        card, conditions=[[{"kind": "loyalty.items", "params": {"skus": [text]}}]]
    ),
    "field of a condition": lambda card, text: draft(
        card,
        conditions=[
            [
                {
                    "kind": "loyalty.payload_field",
                    "params": {"field": "channel", "operator": "is", "value": text},
                }
            ]
        ],
    ),
    "name in a definition": lambda card, text: draft(card, **{text: 1}),
    "campaign file": lambda _card, text: services.import_campaigns(
        text=f"format: loyalty-campaigns/1\nname: {text}"
    ),
    "code of a link": lambda card, text: referral_services.register_via_link(card=card, code=text),
    "code of a link, long": lambda card, text: referral_services.find_link(
        program=card.program, code=text * 30
    ),
    "preview": lambda card, text: services.preview_purchase(card=card, total="1.00", channel=text),
}


@pytest.mark.parametrize("place", TEXTS)
@each_bad_text
def test_nul_bytes_and_lone_surrogates_are_refused_cleanly(rich, stored, place, text):
    before = stored()

    with pytest.raises((LoyaltyError, ValidationError, ValueError)) as refusal:
        TEXTS[place](rich, text)

    assert not isinstance(refusal.value, UnicodeError | DatabaseError)
    assert str(refusal.value)
    assert stored() == before


REASONS: dict[str, Callable[[Card, str], Any]] = {
    "adjustment": lambda card, text: services.adjust_balance(card=card, amount=1, reason=text),
    "block": lambda card, text: services.block_card(card=card, reason=text),
    "close": lambda card, text: services.close_card(card=card, reason=text),
    "move": lambda card, text: services.move_card(card=card, parent=services.enrol_card(), reason=text),
    "parent": lambda card, text: services.set_parent(card=card, parent=services.enrol_card(), reason=text),
}


@pytest.mark.parametrize("place", REASONS)
@pytest.mark.parametrize("text", ["Because a\0b", "Because a\ud800b", "\udfff\0 because"], ids=ascii)
def test_nul_bytes_and_lone_surrogates_in_a_reason_do_not_stop_staff(rich, place, text):
    """Pasted by a person, who cannot see them: left out, as every reason is stored."""
    REASONS[place](rich, text)

    process_inbox()
    assert not Event.objects.exclude(status="processed").exists()


def test_nul_bytes_and_lone_surrogates_in_a_name_are_left_out(db):
    made = services.create_program(
        slug="new", name="Cl\0ub\ud800", currencies=[{"code": "points", "name": "Po\0in\udfffts"}]
    )

    assert (made.name, made.currencies.get().name) == ("Club", "Points")


FILE = """
{"format": "loyalty-campaigns/1", "program": {"slug": "new", "name": "%s"},
 "currencies": [{"code": "points", "name": "%s"}],
 "campaigns": [{"key": "c", "name": "%s", "trigger": {"kind": "loyalty.purchase"}, "actions": []}]}
"""


@pytest.mark.parametrize("place", range(3), ids=["program", "currency", "campaign"])
@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud800b"], ids=["NUL", "lone surrogate"])
def test_nul_bytes_and_lone_surrogates_in_a_campaign_file(stored, place, text):
    names = ["Club", "Points", "Campaign"]
    names[place] = text
    before = stored()

    with pytest.raises(LoyaltyError) as refusal:
        services.import_campaigns(text=FILE % tuple(names), kind="json")

    assert (refusal.value.code, stored()) == ("campaign_file_invalid", before)


@pytest.mark.parametrize("text", ["\0", " \0 ", "\ud800", ""], ids=ascii)
def test_a_reason_of_nothing_but_nul_bytes_and_lone_surrogates_is_none(rich, stored, text):
    before = stored()

    with pytest.raises(LoyaltyError) as refusal:
        services.adjust_balance(card=rich, amount=1, reason=text)

    assert (refusal.value.code, stored()) == ("reason_required", before)


@pytest.mark.parametrize("number", [10**5000, -(10**5000)], ids=["huge", "hugely negative"])
def test_huge_numbers_as_ids_are_refused_cleanly(card, stored, number):
    """Python itself refuses to write out more than 4,300 digits."""
    before = stored()

    for call in (
        lambda: buy(card, external_id=number),
        lambda: services.enrol_card(external_id=number),
        lambda: services.set_attribute(card=card, name="age", value=number),
        lambda: lesson(card, key=number),
        lambda: buy(card, total=number),
        lambda: buy(card, card=number),
    ):
        with pytest.raises(LoyaltyError):
            call()

    assert stored() == before
