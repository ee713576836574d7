"""One request to the editor: what was typed, the command that was given, and what is to be shown for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import services
from loyalty.admin.campaign_editor.commands import Done, carry_out
from loyalty.admin.campaign_editor.offer import Offer
from loyalty.admin.campaign_editor.page import EditorPage, new_action
from loyalty.exceptions import CampaignInvalid
from loyalty.models import Campaign, CampaignRevision, Program
from loyalty.processing.campaigns import load_program_rules
from loyalty.rules.compile import canonical_campaign
from loyalty.selectors import describe_campaign
from loyalty.services.drafts import written_definition

SAVE, CHECK, REDRAW = "save", "check", "redraw"
_UNSAVED = "unsaved"


class Editing:
    """What is on the page, and whether it can be saved."""

    def __init__(self, request: HttpRequest, *, program: Program, campaign: Campaign | None = None) -> None:
        self.program, self.campaign = program, campaign
        self.rules = load_program_rules(program)
        self.stored = written_definition(campaign) if campaign is not None else None
        self.version = _digest(self.stored)
        self.is_posted = request.method == "POST"
        offer, key = Offer(program), campaign.key if campaign is not None else ""
        if not self.is_posted:
            self.command, self.shows_problems, self.is_newest = "", campaign is not None, True
            definition = self._to_begin_with(offer) if self.stored is None else self._with_usual(self.stored)
            self.page = EditorPage(offer, key=key, definition=definition)
            return
        data: QueryDict = request.POST.copy()
        self.command = SAVE if "_save" in data else data.get("do", REDRAW)
        self.is_newest = data.get("version", "") == self.version
        done = carry_out(data, self.command)
        self.page = EditorPage(offer, key=key, data=data, done=done)
        self.shows_problems = self.command in (SAVE, CHECK) or "checked" in data

    @property
    def keeps_problems(self) -> bool:
        """Whether the next page shows problems too: once they were asked for they stay in sight."""
        return self.shows_problems and (self.is_posted or bool(self.page.count_problems()))

    @property
    def wants_to_save(self) -> bool:
        """Whether "Save" was pressed."""
        return self.command == SAVE

    @property
    def is_ready(self) -> bool:
        """Whether what is on the page is all that will be saved; if not, the page says why."""
        if any(slot.is_fresh for slot in self.page.slots):
            self.page.problems.append(_("Fill in the settings of what you have just chosen, then save."))
        elif not self.is_newest:
            self.page.problems.append(
                _("Somebody else has saved this draft meanwhile. Save again to replace what they wrote.")
            )
        return not self.page.problems

    def save(self) -> Campaign | None:
        """Save what was typed; None when something is wrong, which the page then shows. Raises LoyaltyError."""
        definition = self.page.definition(key=self._key, used_slots=self._used_slots())
        if not self.page.is_valid:
            return None
        try:
            if self.campaign is None:
                return services.add_draft(program=self.program, definition=definition)
            return services.save_draft(program=self.program, definition=definition)
        except CampaignInvalid as error:
            self.page.place([one for one in error.details if isinstance(one, Mapping)])
            return None

    def finish(self) -> None:
        """Say in a sentence what is on the page, and show what is wrong where that was asked for."""
        definition = self.page.definition(key=self._key)
        self.page.sentence = describe_campaign(definition, program=self.program)
        if not self.shows_problems:
            self.page.forget_problems()
            return
        try:
            canonical_campaign(definition, program=self.rules)
        except CampaignInvalid as error:
            self.page.place([one for one in error.details if isinstance(one, Mapping)])
        if self.is_posted:
            self._say_how_it_stands()

    @property
    def _key(self) -> str:
        return self.campaign.key if self.campaign is not None else _UNSAVED

    def _say_how_it_stands(self) -> None:
        if self.command in (SAVE, CHECK):
            count = self.page.count_problems()
            if count:
                note = ngettext(
                    "%(count)s thing is to be corrected; nothing was saved.",
                    "%(count)s things are to be corrected; nothing was saved.",
                    count,
                )
                self.page.done = Done(note % {"count": count}, "ce-problems")
            else:
                self.page.done = Done(_("Everything fits. Nothing is saved yet."), "ce-problems")

    def _to_begin_with(self, offer: Offer) -> dict[str, Any]:
        """Points on a purchase: what most campaigns begin with."""
        return {"trigger": {"kind": "loyalty.purchase"}, "actions": [new_action(offer)]}

    def _with_usual(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The draft, with what refunds do left to what is usual wherever it is so already.

        So it follows when an amount or a condition is changed, as long as nobody asked for something else.
        """
        told = deepcopy(dict(stored))
        for action in told["actions"]:
            action.pop("on_refund")
        try:
            usual = canonical_campaign(told, program=self.rules)
        except CampaignInvalid:
            return dict(stored)
        for action, before, by_itself in zip(
            told["actions"], stored["actions"], usual["actions"], strict=True
        ):
            if before["on_refund"] not in (None, by_itself["on_refund"]):
                action["on_refund"] = before["on_refund"]
        return told

    def _used_slots(self) -> list[str]:
        """The names of actions that were ever published: none of them may come to mean something else."""
        if self.campaign is None:
            return []
        revisions = CampaignRevision.objects.filter(campaign=self.campaign).values_list(
            "definition", flat=True
        )
        return [str(action["slot"]) for definition in revisions for action in definition["actions"]]


def _digest(definition: Mapping[str, Any] | None) -> str:
    return sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()[:16]
