"""The stock admin: every model can be looked at, nothing can be changed, and no list costs more than another."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from loyalty.models import Campaign, Card, CardNumber, Dashboard, Event, LedgerEntry, Purchase
from loyalty.money import show_amount
from loyalty.services import (
    adjust_balance,
    create_program,
    enrol_card,
    process_inbox,
    record_purchase,
    set_parent,
)
from tests.loyalty.admin.rows import write_rows

# The dashboard has no rows; campaigns are edited, which has tests of its own.
MODELS = [model for model in apps.get_app_config("loyalty").get_models() if model is not Dashboard]
READ_ONLY = [model for model in MODELS if model is not Campaign]

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    """Somebody who may see everything."""
    user = get_user_model().objects.create_superuser("boss", password="secret")
    client = Client()
    client.force_login(user)
    return client


def list_address(model: type[models.Model], query: str = "") -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + query


def page_address(row: models.Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def count_queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(captured)


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_every_model_is_listed_and_nothing_can_be_changed(model: type[models.Model], staff: Client) -> None:
    registered = admin.site.get_model_admin(model)
    request = RequestFactory().get("/")
    request.user = get_user_model().objects.get()

    assert not registered.has_add_permission(request)
    assert not registered.has_change_permission(request)
    assert not registered.has_delete_permission(request)
    assert registered.has_view_permission(request)
    assert registered.show_full_result_count is False


def count_all(client: Client) -> dict[str, int]:
    """Queries of each model's list, of a search in it, and of the page of a row."""
    counted = {}
    for model in MODELS:
        row = model._default_manager.order_by("pk").last()
        assert row is not None
        counted[f"{model.__name__} list"] = count_queries(client, list_address(model))
        counted[f"{model.__name__} search"] = count_queries(client, list_address(model, "?q=a1"))
        counted[f"{model.__name__} page"] = count_queries(client, page_address(row))
    return counted


def test_lists_and_pages_cost_the_same_with_ten_rows_and_with_fifty(staff: Client) -> None:
    write_rows(10)
    count_all(staff)  # whatever is read once in a process is read by now
    few = count_all(staff)

    write_rows(40, name="b")
    # The editor reads the rules of a program once.
    staff.get(page_address(Campaign.objects.order_by("pk").last()))

    assert count_all(staff) == few
    assert max(count for page, count in few.items() if page != "Card page") <= 25
    assert few["Card page"] <= 45


def test_a_stranger_sees_nothing() -> None:
    client = Client()

    answers = {client.get(list_address(model)).status_code for model in MODELS}

    assert answers == {302}


def test_cards_are_found_by_number_key_user_and_parent(staff: Client) -> None:
    user = get_user_model().objects.create_user("maria")
    program = create_program(slug="club")
    parent = enrol_card(program=program, external_id="parent", user=user)
    child = enrol_card(program=program, external_id="child")
    set_parent(card=child, parent=parent)
    number = CardNumber.objects.get(card=child).number

    def found(term: str) -> set[str]:
        rows = staff.get(list_address(Card), {"q": term}).context["cl"].queryset
        return {card.external_id for card in rows}

    assert found("child") == {"child"}
    assert found(f" {number[:4].lower()}-{number[4:]} ") == {"child"}
    assert found("parent") == {"parent", "child"}
    assert found("maria") == {"parent", "child"}
    assert found("nobody") == set()


@pytest.mark.parametrize("term", ["1", "9" * 30, "x' OR 1=1", "²", "\ud800", "=1+1", "٣"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_search_fails(model: type[models.Model], term: str, staff: Client) -> None:
    create_program(slug="club")

    assert staff.get(list_address(model), {"q": term.encode("utf-8", "replace").decode()}).status_code == 200


def test_amounts_are_shown_in_the_units_of_their_currency(staff: Client) -> None:
    program = create_program(slug="club", currencies=[{"code": "points", "decimals": 2}])
    card = enrol_card(program=program, external_id="anna")
    record_purchase(external_id="order-1", total="1234.50", card=card)
    process_inbox()
    adjust_balance(card=card, amount="7.25", reason="test")

    assert "1,234.50" in staff.get(list_address(Purchase)).content.decode()
    with override("ru"):
        assert show_amount(123450, 2) == "1\xa0234,50"
    assert "7.25" in staff.get(list_address(LedgerEntry)).content.decode()


def test_a_list_is_headed_by_what_it_lists(staff: Client) -> None:
    with override("ru"):
        page = staff.get(list_address(Card), headers={"accept-language": "ru"})

    assert page.context["title"] == "Карты"


def test_a_list_counts_no_more_than_it_can_page(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from loyalty.admin.base import BoundedPaginator

    monkeypatch.setattr(BoundedPaginator, "most", 5)
    write_rows(10)

    changelist: Any = staff.get(list_address(Event)).context["cl"]

    assert changelist.result_count == 5
