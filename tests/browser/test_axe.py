"""axe-core, and the right edge, on the pages for support and for figures: at a desk's and a phone's width.

The editor, the pages around a campaign, the shop and the members' pages have theirs beside their own tests.
"""

from __future__ import annotations

import pytest
from django.urls import reverse

from loyalty.services import refresh_days
from tests.browser.pages import fits
from tests.integration.access.world import World
from tests.integration.test_access_matrix import URLS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls(URLS),
]


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_serious_is_found_on_the_pages_for_support_and_figures(
    live_server, new_page, sign_in, serious_findings, screenshot, width
):
    world = World()
    refresh_days()
    page = new_page(width=width)
    sign_in(page, world.users["superuser"])
    purchase = world.card.purchases.get()
    rows = {"card": world.card, "purchase": purchase, "event": world.failed}
    addresses = {name: reverse(f"admin:loyalty_{name}_change", args=[row.pk]) for name, row in rows.items()}
    addresses |= {
        name: reverse(f"admin:loyalty_card_{name}", args=[world.card.pk])
        for name in ("adjust", "block", "replace", "move", "children")
    }
    addresses["dashboard"] = reverse("admin:loyalty_dashboard_changelist")
    addresses["cards"] = reverse("admin:loyalty_card_changelist")
    addresses["trace"] = reverse("admin:loyalty_event_change", args=[purchase.event_id])
    found = {}

    for name, address in addresses.items():
        page.goto(f"{live_server.url}{address}")
        screenshot(page, f"desk-{name}-{width}")
        found[name] = serious_findings(page)
        if not fits(page):
            found[name].append("wider than the screen")

    assert {name: problems for name, problems in found.items() if problems} == {}
