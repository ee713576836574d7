"""The table: each operation of the API, who may do it, and a request that does it.

Whoever is not named is refused: 403, and 404 where the address names a card that is not theirs. An operation that
stands nowhere here fails the test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.integration.access.world import NDJSON, ROLES, World, percent

SIGNED_IN = tuple(role for role in ROLES if role != "anonymous")
OWN = ("owner", "holder")
TILL = ("till", "superuser")
SEE_CAMPAIGNS = ("marketer", "support", "auditor", "superuser")
MAKE_CAMPAIGNS = ("marketer", "superuser")
SEE_EVENTS = ("marketer", "support", "auditor", "superuser")

Body = Callable[[World], object]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may, what is answered, and what is sent. `hidden`: for all others who are signed in there is nothing here."""

    roles: tuple[str, ...]
    status: int = 200
    body: Body | None = None
    hidden: bool = False
    content_type: str = "application/json"
    address: Callable[[World], dict[str, Any]] | None = None


def _card(world: World) -> dict[str, Any]:
    return {"card": {"number": world.card.number}}


def _payment(world: World) -> dict[str, Any]:
    return {"card": {"token": world.token()}, "external_id": "new", "amount": "5"}


def _mine(status: int = 200, body: Body | None = None) -> Access:
    return Access(OWN, status, body, hidden=True)


def _campaign(key: str, body: Body | None = None, roles: tuple[str, ...] = MAKE_CAMPAIGNS) -> Access:
    return Access(roles, 200, body, address=lambda _world: {"key": key})


ME, STAFF, TILLS = "api/v1/me/", "api/v1/staff/", "api/v1/till/"
CARD, CAMPAIGN = ME + "cards/<int:card>/", STAFF + "campaigns/<slug:key>/"
ID = "<loyalty_external_id:external_id>/"

TABLE: dict[str, Access] = {
    f"get {ME}cards/": Access(SIGNED_IN),
    f"post {ME}cards/": Access(SIGNED_IN, 0),
    f"post {ME}join/": Access(SIGNED_IN, 0),
    f"get {CARD}": _mine(),
    f"get {CARD}home/": _mine(),
    f"get {CARD}expiring/": _mine(),
    f"get {CARD}statement/": _mine(),
    f"get {CARD}rewards/": _mine(),
    f"get {CARD}campaigns/": _mine(),
    f"get {CARD}spends/": _mine(),
    f"post {CARD}spends/": _mine(201, lambda _world: {"amount": "5"}),
    f"post {CARD}spends/<int:spend>/cancel/": _mine(),
    f"get {CARD}token/": _mine(),
    f"get {CARD}token.svg": _mine(),
    f"get {CARD}link/": _mine(),
    f"get {CARD}link/qr.svg": _mine(),
    f"get {CARD}link/qr.png": _mine(),
    f"get {CARD}friends/": _mine(),
    # Refused by the rules, since Anna has bought: but not for want of a right.
    f"post {CARD}code/": _mine(409, lambda world: {"code": world.friend.number}),
    f"get {STAFF}campaigns/": Access(SEE_CAMPAIGNS),
    f"get {CAMPAIGN}": _campaign("draft", roles=SEE_CAMPAIGNS),
    f"put {CAMPAIGN}draft/": _campaign("draft", lambda _world: {"definition": percent("draft")}),
    f"post {CAMPAIGN}test/": _campaign(
        "draft", lambda _world: {"card": "anna", "total": "10.00"}, roles=SEE_CAMPAIGNS
    ),
    f"post {CAMPAIGN}backtest/": _campaign(
        "draft",
        lambda _world: {"since": "2026-01-01", "until": "2026-01-31"},
        roles=("marketer", "auditor", "superuser"),
    ),
    f"post {CAMPAIGN}publish/": _campaign("draft"),
    f"post {CAMPAIGN}pause/": _campaign("running"),
    f"post {CAMPAIGN}resume/": _campaign("paused"),
    f"post {CAMPAIGN}archive/": _campaign("running"),
    f"post {STAFF}definitions/validate/": Access(
        SEE_CAMPAIGNS, 200, lambda _world: {"definition": percent("new")}
    ),
    f"post {STAFF}adjustments/": Access(
        ("support", "superuser"), 201, lambda _world: {"card": "anna", "amount": "5", "reason": "Late"}
    ),
    f"get {STAFF}events/": Access(SEE_EVENTS),
    f"get {STAFF}events/<int:event>/": Access(SEE_EVENTS),
    f"post {STAFF}events/<int:event>/retry/": Access(("support", "superuser")),
    f"post {TILLS}cards/": Access(TILL, 201, lambda _world: {"external_id": "new"}),
    f"post {TILLS}cards/find/": Access(TILL, 200, _card),
    f"post {TILLS}previews/": Access(TILL, 200, lambda world: _card(world) | {"total": "10.00"}),
    f"post {TILLS}purchases/": Access(
        TILL, 201, lambda world: _card(world) | {"total": "10.00", "external_id": "new"}
    ),
    f"post {TILLS}purchases/{ID}refunds/": Access(
        TILL, 201, lambda _world: {"external_id": "new", "amount": "1.00"}
    ),
    f"post {TILLS}purchases/{ID}reopenings/": Access(TILL, 409, lambda _world: {"external_id": "new"}),
    f"post {TILLS}spends/": Access(TILL, 201, _payment),
    f"post {TILLS}spends/{ID}cancel/": Access(TILL, address=lambda _world: {"external_id": "spend-1"}),
    f"post {TILLS}holds/": Access(TILL, 201, _payment),
    f"post {TILLS}holds/{ID}capture/": Access(TILL, address=lambda _world: {"external_id": "hold-1"}),
    f"post {TILLS}holds/{ID}void/": Access(TILL, address=lambda _world: {"external_id": "hold-1"}),
    f"post {TILLS}holds/{ID}cancel/": Access(TILL, 409, address=lambda _world: {"external_id": "hold-1"}),
    f"post {TILLS}events/": Access(
        TILL, 400, lambda world: _card(world) | {"kind": "no.such", "external_id": "new"}
    ),
    f"post {TILLS}uploads/": Access(("uploader", "superuser"), 200, lambda _world: b"", content_type=NDJSON),
}
