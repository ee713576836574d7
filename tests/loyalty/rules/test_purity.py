"""Decisions do no I/O: a thousand of them without a database, a socket or a file."""

from __future__ import annotations

import builtins
import socket
from datetime import timedelta

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.loyalty.rules.definitions import EMIT
from tests.loyalty.rules.engine import START, World, credit, on_purchase

LEVELS = {"kind": "loyalty.percent_by_level", "of": "total", "percents": ["10", "5", "2.5"]}


def refuse(*_args: object, **_named: object) -> None:
    raise AssertionError("A decision must not do any I/O.")


@pytest.mark.usefixtures("host_rules")
def test_a_thousand_events_are_decided_without_any_input_or_output(monkeypatch):
    limit = {"measure": "amount", "max": "500", "period": "month", "per": "campaign"}
    first = {"kind": "loyalty.purchase_number", "params": {"match": "every", "count": 3}}
    world = World(
        on_purchase(credit("5"), EMIT),
        on_purchase(credit(LEVELS, {"role": "ancestors"}), limits=[limit]),
        on_purchase(credit("1"), conditions=[[first]]),
        {"trigger": {"kind": "tests.lesson"}, "actions": [credit({"kind": "loyalty.fixed", "value": "1"})]},
        cards=5,
        chain=True,
        hold="P3D",
        validity="P30D",
    )
    for name in ("connect", "cursor", "ensure_connection"):
        monkeypatch.setattr(BaseDatabaseWrapper, name, refuse)
    for connection in connections.all():
        monkeypatch.setattr(connection, "execute_wrappers", [refuse])
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(builtins, "open", refuse)

    for number in range(500):
        at = START + timedelta(hours=number)
        bought = world.buy(f"{number + 1}.50", card=1 + number % 5, at=at)
        if number % 3:
            world.send("loyalty.spend", {"currency": "points", "amount": "1"}, card=1 + number % 5, at=at)
        else:
            world.refund(bought, at=at + timedelta(days=1))

    assert len(world.state.evaluations) >= 1000
    assert len(world.rewards) > 1000
