"""The documentation is true: every snippet of every page is run, and every link leads somewhere."""

from __future__ import annotations

import re

import pytest
from celery import Task
from django.test import override_settings

import loyalty.checks
import referrals.checks
from loyalty import tasks
from loyalty.conf import loyalty_settings
from loyalty.rules import registry
from loyalty.services import groups
from referrals.conf import referrals_settings
from tests.documents import (
    OURS,
    ROOT,
    expected_prints,
    find_block,
    missing_prints,
    read_blocks,
    read_page,
    run_pages,
    shell_lines,
)
from tests.glue.test_glue import glue

pytestmark = pytest.mark.once

CHECKS = {"loyalty": loyalty.checks.__doc__ or "", "loyalty_referrals": referrals.checks.__doc__ or ""}

# Pages that are run one after the other, each going on where the one before ended.
CHAINS = {
    "tutorial": [
        "docs/tutorial.md",
        "docs/app.md",
        "docs/till.md",
        "docs/pages.md",
        "docs/django-allauth.md",
        "docs/django-oscar.md",
    ],
    "books": [
        "docs/services.md",
        "docs/campaigns.md",
        "docs/history.md",
        "docs/extending.md",
        "docs/testing.md",
        "docs/operations.md",
    ],
}
PAGES = sorted(str(path.relative_to(ROOT)) for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])

# What is run by no test of these pages: it installs, or it starts what does not end.
ELSEWHERE = {
    "python -m venv .venv && . .venv/bin/activate",
    'pip install "django-loyalty-referrals[yaml,qr]"',
    "celery -A yoursite worker --beat",
}

# What a reader of the tutorial does in three browsers.
JOURNEY = """
from urllib.parse import urlsplit
from django.contrib.auth.models import User
from django.test import Client
from loyalty.selectors import find_card
from referrals.selectors import link_address

def sign_up(name, come_by=None):
    client = Client(SERVER_NAME="127.0.0.1", SERVER_PORT="8000")
    if come_by:
        landed = client.get(come_by)
        assert (landed.status_code, landed["Location"]) == (302, "/"), landed
    passwords = {"password1": "a-long-one", "password2": "a-long-one"}
    assert client.post("/sign-up/", {"username": name, **passwords})["Location"] == "/"
    return client

anna_browser = sign_up("anna")
invite = anna_browser.get("/club/friends/invite/")
link = link_address(find_card(user=User.objects.get(username="anna")), request=invite.wsgi_request)
assert link in invite.content.decode()
boris_browser = sign_up("boris", come_by=urlsplit(link).path)
assert boris_browser.post("/")["Location"] == "/club/"
assert "<strong>200</strong> on the way" in boris_browser.get("/club/").content.decode()
assert "<strong>500</strong> on the way" in anna_browser.get("/club/").content.decode()
for address in ADDRESSES:
    client = Client(SERVER_NAME="127.0.0.1", SERVER_PORT="8000")
    client.force_login(User.objects.get(username="admin" if address.startswith("/admin/") else "anna"))
    assert client.get(address).status_code == 200, address
"""


def addresses(page: str) -> list[str]:
    """What a page tells to open, of the site that runs here."""
    return sorted(set(re.findall(r"http://127\.0\.0\.1:8000(/[^\s,:)]*)", read_page(page))))


# Oscar's signals as they come: the number is an int at first, a full refund is told more than once.
OSCAR = """
from decimal import Decimal
from types import SimpleNamespace
from django.contrib.auth.models import AnonymousUser, User
from loyalty.models import Purchase
from shop import oscar_receivers

def order(number):
    lines = [
        SimpleNamespace(partner_sku="pot", quantity=2, line_price_incl_tax=Decimal("30.00")),
        SimpleNamespace(partner_sku="cup", quantity=1, line_price_incl_tax=Decimal("9.50")),
    ]
    return SimpleNamespace(number=number, lines=SimpleNamespace(all=lambda: lines))

def refund(pk, amount, txn_type="Refund"):
    source = SimpleNamespace(order=order("100042"))
    instance = SimpleNamespace(pk=pk, txn_type=txn_type, amount=Decimal(amount), source=source)
    oscar_receivers.on_transaction_saved(sender=None, instance=instance, created=True)

def left():
    return [(str(one.total), str(one.remaining)) for one in Purchase.objects.filter(external_id="100042")]

oscar_receivers.on_order_placed(sender=None, order=order(100041), user=AnonymousUser())
oscar_receivers.on_order_placed(sender=None, order=order(100042), user=User.objects.get(username="boris"))
assert not Purchase.objects.filter(external_id="100041").exists()
refund(7, "39.50", txn_type="Debit")
first = left()
assert first == [("3950", "3950")], first
refund(8, "9.50")
refund(8, "9.50")
assert left() == [("3950", "3000")], left()
for status in ("Being processed", "Cancelled", "Cancelled"):
    oscar_receivers.on_status_changed(sender=None, order=order("100042"), new_status=status)
refund(9, "30.00")
assert left() == [("3950", "0")], left()
"""


BEHIND = {
    "docs/tutorial.md": JOURNEY.replace("ADDRESSES", repr(addresses("docs/tutorial.md"))),
    "docs/django-oscar.md": OSCAR,
}


@pytest.fixture(scope="module", params=CHAINS)
def run(request, tmp_path_factory):
    pages = CHAINS[request.param]
    return pages, run_pages(tmp_path_factory.mktemp(request.param), pages, BEHIND)


def test_snippets_run_and_print_what_they_say(run):
    pages, done = run

    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    assert missing_prints(expected_prints(pages), done.stdout) == []


def test_every_page_with_snippets_is_run():
    written = {page for page in PAGES if read_blocks(page)} - {"README.md", "docs/performance.md"}

    assert written == {page for pages in CHAINS.values() for page in pages}


@pytest.mark.parametrize("page", sorted({page for pages in CHAINS.values() for page in pages}))
def test_every_block_is_of_a_kind_that_is_run(page):
    blocks = read_blocks(page)

    assert {block.language for block in blocks} <= {
        "python",
        "yaml",
        "shell",
        "jsonl",
        "html",
        "http",
        "json",
    }
    assert [b.place for b in blocks if b.language in ("yaml", "jsonl", "html") and not b.file] == []
    assert {line for line in shell_lines(page) if not line.startswith(OURS)} <= ELSEWHERE


@pytest.mark.parametrize(
    "page", [*PAGES, *(f"docs/adr/{path.name}" for path in (ROOT / "docs/adr").glob("*.md"))]
)
def test_links_lead_somewhere(page):
    folder = (ROOT / page).parent
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", read_page(page))

    assert [link for link in links if not (folder / link).exists()] == []


def test_the_beat_schedule_names_our_tasks_and_the_settings_are_valid():
    names: dict[str, object] = {}
    exec(find_block("docs/operations.md", "settings.py, for Celery"), names)

    with override_settings(LOYALTY=names["LOYALTY"]):
        assert loyalty_settings.find_problems() == []
    ours = {f"loyalty.tasks.{name}" for name, task in vars(tasks).items() if isinstance(task, Task)}
    assert {entry["task"] for entry in names["CELERY_BEAT_SCHEDULE"].values()} == ours


def test_the_condition_takes_less_than_twenty_lines():
    first, *_others = [b for b in read_blocks("docs/extending.md") if b.file == "shop/loyalty_rules.py"]

    assert len(first.text.splitlines()) < 20


def test_the_lines_for_allauth_are_those_of_the_glue_test():
    shown = find_block("docs/django-allauth.md", "shop/receivers.py").splitlines()[1:]

    assert [line for line in shown if line.strip()] == glue()["store/receivers.py"]


def test_every_kind_that_a_campaign_can_name_is_in_the_table():
    def own(rules) -> list[str]:
        return sorted(rule.kind for rule in rules if rule.kind.startswith(("loyalty.", "referrals.")))

    told = {
        row.split("|")[1].strip(): re.findall(r"`([^`]+)`", row)
        for row in read_page("docs/campaigns.md").splitlines()
        if re.match(r"\| (triggers|conditions|amounts|actions) \|", row)
    }

    assert told == {
        "triggers": own(kind for kind in registry.event_kinds if kind.triggers),
        "conditions": own(registry.conditions),
        "amounts": own(registry.amounts),
        "actions": own(registry.actions),
    }


def test_groups_of_staff_are_as_the_code_makes_them():
    told = re.findall(r"^\| (Loyalty \w+) \| (.*) \|$", read_page("docs/marketer.md"), re.M)

    assert told == re.findall(r"^\| (Loyalty \w+) \| (.*) \|$", groups.__doc__ or "", re.M)
    assert [name for name, _may in told] == list(groups.GROUPS)


def test_the_blocks_of_templates_that_pages_names_are_there():
    told = re.findall(r"^\| `((?:loyalty|referrals)/\w+\.html)` \|(.*)\|$", read_page("docs/pages.md"), re.M)

    assert len(told) == 7
    for template, blocks in told:
        text = (ROOT / template.partition("/")[0] / "templates" / template).read_text(encoding="utf-8")
        own = set(re.findall(r"{% block (\w+) %}", text)) - {"title", "head", "content", "loyalty_content"}
        shared = (
            {"loyalty_css", "loyalty_js", "loyalty_content"}
            if template == "loyalty/base_pages.html"
            else set()
        )
        assert set(re.findall(r"`(\w+)`", blocks)) - shared == own - {"loyalty_css", "loyalty_js"}, template


def test_colours_are_those_of_the_sheet():
    sheet = (ROOT / "loyalty/static/loyalty/pages/pages.css").read_text(encoding="utf-8")

    assert set(re.findall(r"`(--loyalty-[\w-]+)`", read_page("docs/pages.md"))) == set(
        re.findall(r"var\((--loyalty-[\w-]+)", sheet)
    )


def test_settings_that_pages_name_exist():
    asked = set(re.findall(r"(?:LOYALTY|REFERRALS)\[\"(\w+)\"\]", "".join(map(read_page, PAGES))))

    assert asked <= {one.name for one in (*loyalty_settings.declared, *referrals_settings.declared)}


def test_every_warning_of_the_checks_is_told():
    ours = {
        f"{label}.{number}"
        for label, doc in CHECKS.items()
        for number in re.findall(r"^\| (W\d+)", doc, re.M)
    }

    assert ours == set(re.findall(r"^\| `(\w+\.W\d+)` \|", read_page("docs/operations.md"), re.M))


def test_the_index_leads_to_every_page():
    told = re.findall(r"\]\((\w[\w-]*\.md)\)", read_page("docs/index.md"))

    assert sorted(told) == sorted(
        path.name for path in (ROOT / "docs").glob("*.md") if path.name != "index.md"
    )


def test_decision_records_are_numbered_on():
    records = sorted((ROOT / "docs/adr").glob("*.md"))

    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for number, path in enumerate(records, start=1):
        assert re.match(rf"# (?:ADR )?0*{number}[.:] ", path.read_text(encoding="utf-8")), path.name
