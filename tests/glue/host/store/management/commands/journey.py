"""What people do on the host's site, from nothing to the last purchase. Prints what was seen as one line of JSON."""

from __future__ import annotations

import json
import re
from io import StringIO

from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.test import Client
from django.test.utils import override_settings

from loyalty.models import Card, Event
from loyalty.selectors import find_card, get_balances
from referrals.models import Referral
from referrals.selectors import link_address
from store.models import Order

_CACHES = "django.core.cache.backends"
HOST = "host.example"
PASSWORD = "correct horse battery"
seen: dict[str, object] = {}


def browser() -> Client:
    """Somebody's browser."""
    return Client(SERVER_NAME=HOST, headers={"Accept": "text/html"}, raise_request_exception=True)


def sign_up(client: Client, name: str, **fields: str) -> Card | None:
    """By django-allauth's own page; the person's card."""
    address = f"{name}@people.example"
    answer = client.post("/accounts/signup/", {"email": address, "password1": PASSWORD, **fields})
    assert (answer.status_code, answer["Location"]) == (302, "/catalogue/"), answer.content
    person = get_user_model().objects.get(email=address)
    return Card.objects.filter(user=person).first()


def buy(client: Client, total: str) -> int:
    """A basket."""
    answer = client.post("/checkout/", {"total": total})
    assert answer.status_code == 200, answer.content
    return int(answer.content)


def balance(card: Card) -> str:
    """What the card has to spend."""
    return str(get_balances(card)["leaves"].available)


def command(*words: str) -> str:
    """What a command prints."""
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def set_up() -> None:
    """A new database, and campaigns."""
    command("migrate", "--verbosity=0")
    command("createcachetable")
    seen["missing migrations"] = command("makemigrations", "--check", "--dry-run")
    # In production the host's cache is shared, and the host knows its proxies.
    with override_settings(
        CACHES={"default": {"BACKEND": f"{_CACHES}.redis.RedisCache", "LOCATION": "redis://cache"}},
        REST_FRAMEWORK={"NUM_PROXIES": 1},
    ):
        messages = run_checks(include_deployment_checks=True)
    seen["checks"] = [str(one.id) for one in messages if str(one.id).startswith(("loyalty", "referrals"))]
    command("loyalty_campaigns", "import", "campaigns.yaml", "--publish")


def bring_a_friend() -> None:
    """Anna shares her link, Boris comes by it and buys."""
    anna = sign_up(browser(), "anna")
    assert anna is not None
    boris_browser = browser()
    link = link_address(anna, request=boris_browser.get("/").wsgi_request)
    seen["link"] = link.replace(anna.number, "CODE")
    landed = boris_browser.get(link)
    seen["landed"] = [landed.status_code, landed["Location"], landed["Content-Security-Policy"] != ""]
    boris = sign_up(boris_browser, "boris")
    assert boris is not None
    seen["parent"] = boris.parent == anna
    seen["method"] = Referral.objects.get(referee=boris).method
    buy(boris_browser, "200.00")
    seen["after a purchase"] = [balance(boris), balance(anna)]


def raise_in_a_condition() -> None:
    """The host's condition fails in the midst of a checkout."""
    client = browser()
    client.post("/accounts/login/", {"login": "boris@people.example", "password": PASSWORD})
    order = buy(client, "130.00")
    boris, anna = (find_card(user=_person(name)) for name in ("boris", "anna"))
    seen["order of the raising condition"] = Order.objects.filter(pk=order).exists()
    event = Event.objects.get(kind="loyalty.purchase", key=str(order))
    seen["its event"] = [event.status, event.evaluation.outcome]
    seen["others' rewards"] = [balance(boris), balance(anna)]


def sign_up_with_garbage() -> None:
    """Codes and cookies of all kinds."""
    for number, code in enumerate(["nonsense", "\x00", "🎁", "x" * 5_000]):
        client = browser()
        client.cookies["referral"] = code.replace("\x00", "garbage").replace("🎁", "a:b:c")
        assert sign_up(client, f"odd{number}", code=code) is not None
    seen["brought by garbage"] = Referral.objects.filter(referee__user__email__startswith="odd").count()
    anna = find_card(user=_person("anna"))
    typed = sign_up(browser(), "clara", code=anna.number.lower())
    seen["typed code"] = typed is not None and typed.parent == anna


def look_around() -> None:
    """The API, the member's pages and the admin answer."""
    member = browser()
    member.post("/accounts/login/", {"login": "boris@people.example", "password": PASSWORD})
    cards = member.get("/bonus/api/v1/me/cards/", headers={"Accept": "application/json"})
    seen["API"] = [cards.status_code, cards["Content-Type"]]
    card = cards.json()["results"][0]["id"]
    link = member.get(f"/bonus/api/v1/me/cards/{card}/link/").json()
    seen["link in the API"] = link["address"].startswith("http://host.example/invited/")
    seen["API for nobody"] = browser().get("/bonus/api/v1/me/cards/").status_code in (401, 403)
    answers = {name: member.get(address, follow=True) for name, address in _member_pages().items()}
    seen["pages"] = {name: answer.status_code for name, answer in answers.items()}
    seen["against the policy"] = [
        name
        for name, answer in answers.items()
        if re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.content.decode())
    ]
    get_user_model().objects.create_superuser("root@people.example", PASSWORD)
    staff = browser()
    staff.post("/accounts/login/", {"login": "root@people.example", "password": PASSWORD})
    lists = ["", "loyalty/card/", "loyalty/card/?q=anna", "loyalty/campaign/", "loyalty_referrals/referral/"]
    card = Card.objects.order_by("pk").first()
    assert card is not None
    lists.append(f"loyalty/card/{card.pk}/change/")
    seen["admin"] = {name: staff.get(f"/backstage/{name}", follow=True).status_code for name in lists}


def _member_pages() -> dict[str, str]:
    from django.urls import reverse

    names = ("loyalty_pages:card", "referrals_pages:invite", "referrals_pages:friends")
    return {name: reverse(name) for name in names}


def _person(name: str) -> object:
    return get_user_model().objects.get(email=f"{name}@people.example")


class Command(BaseCommand):
    """Runs it."""

    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        """Step by step, on an empty database."""
        for step in (set_up, bring_a_friend, raise_in_a_condition, sign_up_with_garbage, look_around):
            self.stderr.write(step.__name__)
            step()
        seen["books"] = command("loyalty_check").strip().splitlines()[-1:]
        self.stdout.write(json.dumps(seen))
