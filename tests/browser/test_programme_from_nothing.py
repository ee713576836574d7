"""A programme from nothing: a marketer sets it up, a friend comes by a link on a phone, the parent sees it; EN and RU.

P3 in the browser, on a site that has no program yet. The English marketer builds the campaign in the editor, the Russian one
fills a preset; both look at the audience, test it on a card, run it over history and publish it.
"""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.management import call_command
from playwright.sync_api import expect

from example_project.shop.models import Product
from loyalty.models import Campaign, Card, Program, Reward
from loyalty.selectors import get_balances, get_campaign_state
from loyalty.services import enrol_card, make_groups, record_purchase
from referrals.services import get_link, register_via_link
from tests.browser.pages import follow, settle
from tests.shop.conftest import DATA, settings_of_the_shop  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long and quiet evening"

TEXTS = {
    "en": {
        "lacking": "There is no program yet.",
        "begin": "Start from nothing",
        "made": "Nothing is published yet.",
        "name": "A friend's first purchase",
        "sentence": "When a client registered by link makes the first purchase, the parent card gets 10 % of it, "
        "at most 10 times a month.",
        "reach": "This campaign would reach 2 cards now.",
        "yes": ["Yes", "Yes"],
        "given": [["Its parent card", "5 points"]],
        "cost": ["0.08 EUR", "0.10 %", "1", "80.00 EUR"],
        "published": "“A friend's first purchase” was published.",
        "greeting": "A••• sends you here.",
        "pending": "Your points are on the way",
        "steps": ["Joined", "Bought", "Points on the way", "Points to spend"],
        "spent from": "can be spent from",
        "lines": [
            ("Taken back: A friend's first purchase", "−2", "2"),
            ("Earned: A friend's first purchase", "+4", "4"),
        ],
    },
    "ru": {
        "lacking": "Программы ещё нет.",
        "begin": "Родительская и дочерняя карты",
        "made": "Пока ничего не опубликовано.",
        "name": "Первая покупка друга",
        "sentence": "Когда клиент, зарегистрированный по ссылке, делает первую покупку, родительская карта получает 10 % "
        "от неё, а дочерняя карта получает 50 баллов.",
        "reach": "Сейчас эта кампания охватила бы 2 карты.",
        "yes": ["Да", "Да"],
        "given": [["Её родительская карта", "5 points"], ["Сама карта", "50 points"]],
        "cost": ["0,58 EUR", "0,73 %", "2", "80,00 EUR"],
        "published": "Кампания «Первая покупка друга» опубликована.",
        "greeting": "Вас приглашает A•••.",
        "pending": "Ваши баллы скоро станут доступны",
        "steps": ["Регистрация", "Покупка", "Баллы ожидают", "Баллы доступны"],
        "spent from": "можно тратить с",
        "lines": [
            ("Отозвано: Первая покупка друга", "−2", "2"),
            ("Начислено: Первая покупка друга", "+4", "4"),
        ],
    },
}
# What the friend's card has in the end: the Russian preset gives the friend a bonus too.
OWN = {"en": 0, "ru": 50}


@pytest.fixture
def new_site(settings, settings_of_the_shop):  # noqa: F811
    """A shop with goods and nothing else; its loyalty program is still to be made."""
    settings.LOYALTY = {}
    cache.clear()
    rows = json.loads((DATA / "products.json").read_text(encoding="utf-8"))
    Product.objects.bulk_create(Product(position=place, **row) for place, row in enumerate(rows))
    make_groups()


class Marketer:
    """Somebody of the ready-made group, at a desk."""

    def __init__(self, page, site: str, language: str) -> None:
        self.page, self.site, self.says = page, site, TEXTS[language]

    def sign_in(self) -> None:
        user = get_user_model().objects.create_user("mary", password=PASSWORD, is_staff=True)
        user.groups.add(Group.objects.get(name="Loyalty marketer"))
        self.page.goto(f"{self.site}/admin/")
        self.page.fill("#id_username", "mary")
        self.page.fill("#id_password", PASSWORD)
        follow(self.page.locator("#login-form [type=submit]"))

    def set_the_program_up(self) -> None:
        """By the form that the gallery shows while there is none: a unit is worth a cent, and waits for 14 days."""
        page = self.page
        follow(page.locator("a[href='/admin/loyalty/campaign/add/']").first)
        expect(page.get_by_text(self.says["lacking"])).to_be_visible()
        page.fill("#id_program-name", "Kettle & Leaf")
        page.fill("#id_program-purchase_currency", "eur")
        page.select_option("#id_program-timezone", "Europe/Berlin")
        page.fill("#id_currency-hold", "14")
        page.fill("#id_currency-worth", "0.01")
        follow(page.locator("#content-main form [type=submit]"))
        expect(page.get_by_role("link", name=self.says["begin"])).to_be_visible()

    def build_by_hand(self) -> None:
        """In the editor, from an empty campaign."""
        page = self.page
        follow(page.get_by_role("link", name=self.says["begin"]))
        page.fill('[name="campaign-name"]', self.says["name"])
        page.locator("#add-groups").click()
        self.choose("c2-kind", "referrals.registered_via_link")
        page.locator(".ce-group > [id^=add-g]").click()
        self.choose("c3-kind", "loyalty.purchase_number")
        self.choose("a1-recipient", "parent_card")
        page.fill('[name="a1-amount-p-percent"]', "10")
        page.locator("#add-limits").click()
        page.fill('[name="l4-max"]', "10")
        page.select_option('[name="l4-period"]', "month")
        settle(page)
        follow(page.locator("[name=_save]"))
        expect(page.get_by_text(self.says["made"])).to_be_visible()

    def fill_the_preset(self) -> None:
        """In the gallery, with its usual figures."""
        page = self.page
        follow(page.get_by_role("link", name=self.says["begin"]))
        follow(page.locator("#content-main form [type=submit]"))
        expect(page.get_by_text(self.says["made"])).to_be_visible()

    def choose(self, name: str, value: str) -> None:
        """Choose a kind, and wait for its settings."""
        self.page.locator(f'[name="{name}"]').select_option(value)
        settle(self.page)

    def open(self, campaign: Campaign, tab: str = "change") -> None:
        self.page.goto(f"{self.site}/admin/loyalty/campaign/{campaign.pk}/{tab}/")

    def try_it_out(self, campaign: Campaign) -> None:
        """How many it reaches, what it gives on a card, what it would have cost."""
        page, says = self.page, self.says
        self.open(campaign, "audience")
        assert page.locator(".trial-sentence").inner_text() == says["sentence"]
        assert page.locator(".trial-figure").inner_text() == says["reach"]

        self.open(campaign, "test")
        page.fill("#id_card", "dina")
        page.fill("#id_total", "50.00")
        follow(page.locator("#content-main form .trial-primary"))
        assert page.locator("#outcome .trial-pass .trial-word").all_inner_texts() == says["yes"]
        rows = page.locator("#outcome tbody tr").all()
        assert [[words(row.locator("th")), words(row.locator("td strong"))] for row in rows] == says["given"]

        self.open(campaign, "backtest")
        follow(page.locator("#content-main form .trial-primary"))
        assert page.locator("#outcome tr.trial-own").first.locator("td").all_inner_texts() == says["cost"]

    def publish(self, campaign: Campaign) -> None:
        self.open(campaign, "publish")
        follow(self.page.locator("#content-main form .trial-primary"))
        assert words(self.page.locator(".messagelist")) == self.says["published"]


def words(spot) -> str:
    """What stands there, each run of blanks as one."""
    return " ".join(spot.inner_text().split())


def history() -> dict[str, Card]:
    """What happened before anything was published: Clara came by Anna's link and bought; Dina came and did not."""
    cards = {}
    for name in ("anna", "clara", "dina"):
        user = get_user_model().objects.create_user(name, first_name=name.capitalize(), password=PASSWORD)
        cards[name] = enrol_card(user=user)
    for name in ("clara", "dina"):
        register_via_link(card=cards[name], code=get_link(card=cards["anna"]).code)
    record_purchase(card=cards["clara"], external_id="before", total="80.00")
    return cards


def join_by_link(phone, address: str, greeting: str) -> None:
    """Boris opens the link, is greeted, and gets a card."""
    phone.goto(address)
    assert greeting in words(phone.locator(".greeting"))
    follow(phone.locator(".greeting a"))
    phone.fill("#id_first_name", "Boris")
    phone.fill("#id_username", "boris")
    phone.fill("#id_password1", PASSWORD)
    phone.fill("#id_password2", PASSWORD)
    follow(phone.locator("main form button"))
    phone.wait_for_url("**/club/")


def buy(phone) -> None:
    """A mug of 16.00 and a dripper of 24.00."""
    follow(phone.locator("header nav a[href='/']"))
    follow(phone.locator("#everyday-mug button"))
    follow(phone.locator("#slow-dripper button"))
    follow(phone.locator(".basket-link"))
    follow(phone.locator("aside a.button"))
    phone.fill("#id_email", "boris@example.com")
    follow(phone.locator("form.form button"))
    phone.wait_for_url("**/orders/*/")


def send_the_mug_back(phone) -> None:
    phone.select_option("#line-0", "1")
    follow(phone.locator("#return-form button"))
    phone.wait_for_selector(".message")


def pending(card: Card) -> int:
    return get_balances(card)["points"].pending


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_programme_from_nothing(new_site, live_server, new_page, sign_in, screenshot, language):
    says, site = TEXTS[language], live_server.url
    desk = Marketer(new_page(language=language), site, language)
    desk.sign_in()
    desk.set_the_program_up()
    program = Program.objects.get()
    assert (program.purchase_currency, str(program.zone)) == ("EUR", "Europe/Berlin")
    cards = history()
    (desk.build_by_hand if language == "en" else desk.fill_the_preset)()
    campaign = Campaign.objects.get(trigger_kind="loyalty.purchase")
    desk.try_it_out(campaign)
    screenshot(desk.page, f"from-nothing-backtest-{language}")
    assert not Reward.objects.exists()
    desk.publish(campaign)
    assert get_campaign_state(campaign).status == "published"

    mine, phone = new_page(language=language), new_page(width=390, language=language)
    sign_in(mine, cards["anna"].user)
    mine.goto(f"{site}/club/friends/invite/")
    join_by_link(phone, mine.input_value("#referrals-link"), says["greeting"])
    boris = Card.objects.get(user__username="boris")
    assert boris.parent == cards["anna"]
    buy(phone)
    assert (pending(cards["anna"]), pending(boris)) == (4, OWN[language])
    send_the_mug_back(phone)
    assert (pending(cards["anna"]), pending(boris)) == (2, OWN[language])
    screenshot(phone, f"from-nothing-order-{language}")

    mine.goto(f"{site}/club/friends/")
    boris_on_it = mine.locator(".loyalty-friends li.loyalty-panel").first
    assert boris_on_it.locator("strong").inner_text() == "B•••"
    assert boris_on_it.locator(".loyalty-soft").inner_text() == says["pending"]
    steps = boris_on_it.locator(".loyalty-journey li").all_inner_texts()
    assert [step.split("\n")[0] for step in steps] == says["steps"]
    assert boris_on_it.locator(".loyalty-done").count() == 3
    screenshot(mine, f"from-nothing-friends-{language}")
    mine.goto(f"{site}/club/")
    assert mine.locator(".loyalty-plus").all_inner_texts() == ["+2"]
    assert says["spent from"] in mine.locator(".loyalty-rows .loyalty-soft").inner_text()
    mine.goto(f"{site}/club/statement/")
    lines = [row.locator("td").all_inner_texts() for row in mine.locator("tbody tr").all()]
    assert [(what, amount, left) for _day, what, amount, left in lines] == says["lines"]

    desk.page.goto(f"{site}/admin/loyalty/card/{boris.pk}/change/")
    follow(desk.page.get_by_role("link", name=boris.purchases.get().external_id).first)
    given = desk.page.locator("section[aria-labelledby=lc-rewards]")
    assert given.get_by_role("link", name=cards["anna"].number).count() == 1
    screenshot(desk.page, f"from-nothing-purchase-{language}")
    call_command("loyalty_check", stdout=StringIO())
