"""A person at the editor: opens pages, types into boxes, presses buttons."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from loyalty.models import Campaign
from loyalty.services.drafts import written_definition
from tests.loyalty.admin.form_reading import Form

ADD = "admin:loyalty_campaign_add"
CHANGE = "admin:loyalty_campaign_change"


class Desk:
    """One page of the editor: its form, and what was made of it."""

    def __init__(self, client: Client, campaign: Campaign | None = None) -> None:
        self.client, self.campaign = client, campaign
        self.address = reverse(CHANGE, args=[campaign.pk]) if campaign else f"{reverse(ADD)}?blank=1"
        self.show(client.get(self.address))

    def show(self, response: Any) -> None:
        """Look at an answer."""
        self.response = response
        self.html = response.content.decode()
        if response.status_code == 200:
            self.form = Form(self.html)
            self.data = self.form.data()

    def type(self, **typed: Any) -> None:
        """Type into boxes by name; "__" stands for a hyphen."""
        for name, value in typed.items():
            self.data[name.replace("__", "-")] = value if isinstance(value, list) else [value]

    def press(self, command: str) -> None:
        """Press one of the buttons that draw the page anew."""
        assert command in [
            value for name, value, disabled in self.form.buttons if name == "do" and not disabled
        ]
        self.show(self.client.post(self.address, {**self.data, "do": command}))

    def save(self) -> Campaign | None:
        """Press "Save draft": the campaign as it was saved, or None where the page came back."""
        self.show(self.client.post(self.address, {**self.data, "_save": "1"}))
        if self.response.status_code == 200:
            return None
        assert self.response.status_code == 302
        pk = int(self.response["Location"].rstrip("/").split("/")[-2])
        return Campaign.objects.get(pk=pk)

    @property
    def page(self) -> Any:
        """The page's forms."""
        return self.response.context["editor"]

    @property
    def problems(self) -> dict[str, list[str]]:
        """What is marked: by the name of the field; what stands over the page or over a row, under an empty name."""
        found: dict[str, list[str]] = {}
        for form in self.page.forms:
            for view in form.views.values():
                if view.problems:
                    found[view.bound.html_name] = view.problems
            if form.problems:
                found.setdefault("", []).extend(form.problems)
        for slot in self.page.slots:
            if slot.problems:
                found[f"{slot.prefix}-kind"] = slot.problems
        for spot in (self.page, *self.page.groups, *self.page.rows):
            if spot.problems:
                found.setdefault("", []).extend(spot.problems)
        return found


def definition(campaign: Campaign) -> dict[str, Any]:
    """What the rows of the draft say now."""
    return written_definition(Campaign.objects.select_related("program").get(pk=campaign.pk))
