"""The shop as it might be today: half a year of orders by forty members, and Anna with friends at every stage."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from example_project.shop import basket, orders
from example_project.shop.models import Order, Product
from loyalty.models import Card, Program
from loyalty.services import enrol_card, fill_preset, import_campaigns, sweep
from referrals.services import get_link, register_via_link

DATA = Path(__file__).resolve().parent.parent / "data"
DAYS = 180
NAMES = [
    "Gustav",
    "Hanna",
    "Igor",
    "Jana",
    "Karim",
    "Lena",
    "Marko",
    "Nadia",
    "Olga",
    "Pavel",
    "Rosa",
    "Stefan",
    "Tara",
    "Umar",
    "Vera",
    "Wanda",
    "Xenia",
    "Yuri",
    "Zoe",
    "Amir",
    "Bella",
    "Caspar",
    "Dina",
    "Emil",
    "Freya",
    "Georg",
    "Heidi",
    "Ilya",
    "Julia",
    "Kolya",
    "Lidia",
    "Max",
    "Nora",
    "Oskar",
    "Petra",
]


@dataclass
class Town:
    """Members by name, and what happens to them: each step at its time, whatever the order of telling."""

    now: datetime
    cards: dict[str, Card] = field(default_factory=dict)
    steps: list[tuple[datetime, int, Callable[[datetime], Any]]] = field(default_factory=list)

    def plan(self, days_ago: float, act: Callable[[datetime], Any]) -> None:
        """Something that happens so many days before now."""
        self.steps.append((self.now - timedelta(days=days_ago), len(self.steps), act))

    def live(self) -> None:
        """Let all of it happen, the oldest first."""
        for at, _place, act in sorted(self.steps):
            act(at)


def fill_shop(users: dict[str, Any]) -> Program:
    """Products, campaigns, members, orders; answers the program."""
    products = [Product(position=place, **row) for place, row in enumerate(_read("products.json"))]
    Product.objects.bulk_create(products)
    text = (DATA / "shop.yaml").read_text(encoding="utf-8")
    program = import_campaigns(text=text, kind="yaml", publish=True, allow_past=True).program
    shelf = {product.slug: product for product in Product.objects.all()}
    town = Town(now=timezone.now())
    _plan_anna(town, users, shelf)
    _plan_others(town, shelf)
    town.live()
    # Left as drafts, for the marketer to look at, try out and publish.
    fill_preset(preset="loyalty.win_back", program=program)
    sweep()
    return program


def _plan_anna(town: Town, users: dict[str, Any], shelf: dict[str, Product]) -> None:
    joined = {"boris": 47, "felix": 60, "greta": 66, "clara": 9, "david": 2, "eva": 30}
    users = users | {name: _user(name.capitalize()) for name in ("felix", "greta")}
    town.plan(150, lambda at: _join(town, "anna", users["anna"], at))
    for name, days_ago in joined.items():
        town.plan(days_ago, _joins(town, name, users[name], "anna"))
    bought = [
        ("anna", 140, {"morning-blend": 2, "slow-dripper": 1}),
        ("anna", 96, {"spring-sencha": 1, "dark-chocolate": 2}),
        ("anna", 41, {"gooseneck-kettle": 1}),
        ("anna", 5, {"morning-blend": 1, "linden-honey": 1}),
        ("greta", 64, {"everyday-mug": 2}),
        ("felix", 59, {"espresso-no-5": 2, "dark-chocolate": 1}),
        ("boris", 33, {"hand-grinder": 1}),
        ("clara", 4, {"earl-grey": 2, "everyday-mug": 1}),
        ("eva", 28, {"slow-dripper": 1}),
    ]
    for name, days_ago, pieces in bought:
        town.plan(days_ago, _buys(town, name, _lines(shelf, pieces)))
    town.plan(24, lambda at: _return_all(town.cards["eva"], at))


def _plan_others(town: Town, shelf: dict[str, Product]) -> None:
    chance = random.Random(9)
    for place, name in enumerate(NAMES):
        days_ago = chance.uniform(20, DAYS)
        parent = chance.choice(NAMES[:place]) if place > 5 and chance.random() < 0.55 else None
        town.plan(days_ago, _joins(town, name, _user(name), parent))
        for _order in range(chance.randint(1, 8)):
            slugs = chance.sample(sorted(shelf), k=chance.randint(1, 3))
            pieces = {slug: chance.randint(1, 2) for slug in slugs}
            town.plan(chance.uniform(0.1, days_ago - 0.5), _buys(town, name, _lines(shelf, pieces)))


def _joins(town: Town, name: str, user: Any, parent: str | None) -> Callable[[datetime], None]:
    return lambda at: _join(town, name, user, at, parent)


def _join(town: Town, name: str, user: Any, at: datetime, parent: str | None = None) -> None:
    card = town.cards[name] = enrol_card(user=user, at=at, program="shop")
    sender = town.cards.get(parent or "")
    if sender is not None:
        register_via_link(card=card, code=get_link(card=sender).code, at=at)


def _buys(town: Town, name: str, lines: list[basket.Line]) -> Callable[[datetime], None]:
    return lambda at: _buy(town.cards[name], lines, at)


def _buy(card: Card, lines: list[basket.Line], at: datetime) -> None:
    user = card.user
    customer = orders.Customer(name=user.first_name, email=user.email, user=user, card=card)
    orders.place_order(key=f"demo-{card.pk}-{at.timestamp()}", customer=customer, lines=lines, at=at)


def _return_all(card: Card, at: datetime) -> None:
    order = Order.objects.get(user=card.user)
    orders.return_pieces(order, {line.position: line.quantity for line in order.lines.all()}, seen=0, at=at)


def _lines(shelf: dict[str, Product], pieces: dict[str, int]) -> list[basket.Line]:
    return [basket.Line(shelf[slug], quantity) for slug, quantity in pieces.items()]


def _user(name: str) -> Any:
    users = get_user_model()._default_manager
    username = f"{name.lower()}.demo"
    return users.create(
        username=username, first_name=name, email=f"{username}@example.com", password=make_password(None)
    )


def _read(name: str) -> Iterable[dict[str, Any]]:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
