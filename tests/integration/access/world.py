"""One program with something behind every address, and one person of each role."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.test import Client

from loyalty import services
from loyalty.models import Campaign, Card, Event, IdempotencyKey, Spend
from loyalty.services.groups import make_groups
from loyalty.testing import give_points, process_inbox
from referrals.models import Referral
from referrals.services import get_link, register_via_link
from tests.factories import EventFactory, UserFactory

NDJSON = "application/x-ndjson"
START = datetime(2026, 1, 5, 10, tzinfo=UTC)

# The owner of the card, who uses it along with the owner, and a member with another card.
MEMBERS = ("owner", "holder", "stranger")
GROUPS = {
    "till": "Loyalty till",
    "marketer": "Loyalty marketer",
    "support": "Loyalty support",
    "accountant": "Loyalty accountant",
    "auditor": "Loyalty auditor",
}
STAFF = ("marketer", "support", "accountant", "auditor", "superuser")
ROLES = ("anonymous", *MEMBERS, "till", "uploader", *STAFF)


def percent(key: str) -> dict[str, Any]:
    """A percentage of each purchase to the buyer."""
    amount = {"kind": "loyalty.percent", "percent": "5"}
    action = {"slot": "buyer", "kind": "loyalty.credit", "currency": "points", "amount": amount}
    return {"key": key, "trigger": {"kind": "loyalty.purchase"}, "actions": [action]}


class World:
    """The rows; `users` by role, and `clients`: the browser of each, signed in by the host's session."""

    def __init__(self) -> None:
        cache.clear()
        make_groups()
        self.program = services.create_program(slug="club")
        self.users = {role: self._user(role) for role in ROLES if role != "anonymous"}
        self.clients = {role: self._client(role) for role in ROLES}
        self.card = services.enrol_card(program=self.program, user=self.users["owner"], external_id="anna")
        services.add_holder(card=self.card, user=self.users["holder"])
        services.enrol_card(program=self.program, user=self.users["stranger"])
        self.friend = services.enrol_card(program=self.program, external_id="boris")
        register_via_link(card=self.friend, code=get_link(card=self.card).code)
        self.campaigns = {key: self._campaign(key) for key in ("draft", "running", "paused")}
        give_points(self.card, 500)
        services.record_purchase(card=self.card, external_id="order-1", total=1000, occurred_at=START)
        process_inbox()
        self.own_spend = services.spend_as_member(card=self.card, amount=10)
        self.spend = services.spend_points(card=self.card, amount=10, source="shop", key="spend-1")
        self.hold = services.hold_points(card=self.card, amount=10, source="shop", key="hold-1")
        self.failed = EventFactory(card=self.card, status="failed", attempts=5, key="failed")

    def _user(self, role: str) -> Any:
        user = UserFactory(
            username=role, is_superuser=role == "superuser", is_staff=role in STAFF, first_name=role.title()
        )
        if role in GROUPS:
            user.groups.add(Group.objects.get(name=GROUPS[role]))
        if role == "uploader":
            user.user_permissions.add(Permission.objects.get(codename="upload_events"))
        return user

    def _campaign(self, key: str) -> Campaign:
        campaign = services.save_draft(program=self.program, definition=percent(key))
        if key != "draft":
            services.publish_campaign(campaign=campaign)
        if key == "paused":
            services.pause_campaign(campaign=campaign)
        return campaign

    def _client(self, role: str) -> Client:
        client = Client(raise_request_exception=True)
        if role != "anonymous":
            client.force_login(self.users[role])
        return client

    def ask(self, role: str, method: str, address: str, body: object = None, **more: Any) -> Any:
        """One request of the API."""
        client = self.clients[role]
        content_type = more.pop("content_type", "application/json")
        headers = {"Idempotency-Key": uuid4().hex, "Accept": "application/json"}
        if method == "get":
            return client.get(address, headers=headers)
        return client.generic(
            method.upper(), address, _encode(body), content_type=content_type, headers=headers
        )

    def token(self) -> str:
        """What the owner shows at a till."""
        return services.issue_token(Card.objects.get(pk=self.card.pk)).text


def rows() -> dict[str, object]:
    """What may not change where nothing is allowed: how many rows of each kind there are, and what can change in place."""
    models = [
        *apps.get_app_config("loyalty").get_models(),
        *apps.get_app_config("loyalty_referrals").get_models(),
    ]
    counts: dict[str, object] = {
        model.__name__: model._default_manager.count()
        for model in models
        if model is not IdempotencyKey and model._meta.managed and not model._meta.proxy
    }
    counts["spends"] = list(Spend.objects.order_by("pk").values_list("status", "captured", "returned"))
    counts["events"] = list(Event.objects.order_by("pk").values_list("status", "attempts"))
    counts["referrals"] = list(Referral.objects.order_by("pk").values_list("referrer", "status"))
    return counts


def _encode(body: object) -> Any:
    import json

    return body if isinstance(body, bytes) else json.dumps({} if body is None else body)
