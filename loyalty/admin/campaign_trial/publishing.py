"""Publish, pause, resume, archive: a page that says what will happen, and the button that does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from loyalty import services
from loyalty.admin.campaign_trial.bar import BUTTONS, may
from loyalty.admin.campaign_trial.drafts import Draft, problems_of
from loyalty.admin.campaign_trial.pages import TrialPage
from loyalty.admin.moments import MomentField
from loyalty.exceptions import CampaignInvalid, LoyaltyError, PastNotAllowed
from loyalty.models import Campaign
from loyalty.services.campaigns import campaigns_locked

_PAST = _(
    "This lies in the past. Choose a later moment, or ask for the permission to let campaigns decide about the past."
)


class WhenForm(forms.Form):
    """From when on it holds; `seen` is what the draft said when the page was drawn."""

    effective_from = MomentField(
        label=_("From"),
        required=False,
        help_text=_("Empty: from now on. Events that happened before stay as they are."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class PublishForm(WhenForm):
    """Publishing may be for the shadow only."""

    shadow = forms.BooleanField(
        label=_("In shadow mode"),
        required=False,
        help_text=_("The campaign is decided and its results are counted, but nobody gets anything."),
    )
    field_order = ("effective_from", "shadow", "seen")


class NowForm(forms.Form):
    """What holds at once."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class ActPage(TrialPage):
    """One of the four. It needs its own permission, and a state in which it makes sense."""

    template = "act.html"
    form: ClassVar[type[forms.Form]] = WhenForm
    button: ClassVar[str | Promise]
    what: ClassVar[str | Promise]
    done: ClassVar[str | Promise]
    needs_sound_draft: ClassVar[bool] = False
    service: ClassVar[Callable[..., Any]]

    @classmethod
    def is_allowed(cls, admin: Any, request: HttpRequest, campaign: Campaign) -> bool:
        return may(request, cls.slug) and super().is_allowed(admin, request, campaign)

    @property
    def can_be_done(self) -> bool:
        """Whether the campaign's state and draft allow it."""
        sound = self.draft.definition is not None or not self.needs_sound_draft
        return sound and self.slug in BUTTONS[self.draft.state.decided]

    def respond(self) -> HttpResponse:
        if self.request.method != "POST":
            return self._show(self.form(initial={"seen": self.draft.digest}))
        with campaigns_locked(self.campaign.program):
            self.campaign.refresh_from_db()
            self.draft = Draft.read(self.campaign)
            return self._confirm(self.form(self.request.POST))

    def _confirm(self, form: forms.Form) -> HttpResponse:
        """Do it if the draft still says what somebody has seen."""
        if self.can_be_done and form.is_valid():
            if form.cleaned_data["seen"] == self.draft.digest:
                return self._act(form)
            messages.error(
                self.request, gettext("The draft was changed meanwhile. Look at it again, then confirm.")
            )
            form = self.form(initial={**form.cleaned_data, "seen": self.draft.digest})
        return self._show(form)

    def _act(self, form: forms.Form) -> HttpResponse:
        try:
            type(self).service(campaign=self.campaign, actor=self.request.user, **self._arguments(form))
        except CampaignInvalid as error:
            self.draft.definition, self.draft.problems = None, problems_of(error)
            return self._show(form)
        except LoyaltyError as error:
            is_past = isinstance(error, PastNotAllowed)
            form.add_error("effective_from" if is_past else None, str(_PAST if is_past else error))
            return self._show(form)
        self.admin.log_change(self.request, self.campaign, str(self.done) % {"campaign": self.campaign})
        messages.success(self.request, str(self.done) % {"campaign": self.campaign})
        page = f"{self.admin.admin_site.name}:loyalty_campaign_publications"
        return HttpResponseRedirect(reverse(page, args=[self.campaign.pk]))

    def _arguments(self, form: forms.Form) -> dict[str, Any]:
        moment: datetime | None = form.cleaned_data.get("effective_from")
        backdates = self.request.user.has_perm("loyalty.backdate_campaign")
        return {"effective_from": moment, "allow_past": bool(moment) and backdates}

    def _show(self, form: forms.Form) -> HttpResponse:
        return self.show(
            form=form,
            slug=self.slug,
            button=self.button,
            what=self.what,
            can_be_done=self.can_be_done,
            shows_draft=self.needs_sound_draft,
            now=timezone.now(),
        )


class PublishPage(ActPage):
    """Let the draft decide."""

    slug, label, button = "publish", _("Publish"), _("Publish")
    form, needs_sound_draft = PublishForm, True
    what = _("The draft as it stands will decide about what happens from then on.")
    done = gettext_lazy("“%(campaign)s” was published.")
    service = services.publish_campaign

    def _arguments(self, form: forms.Form) -> dict[str, Any]:
        return {**super()._arguments(form), "shadow": form.cleaned_data["shadow"]}


class PausePage(ActPage):
    """Stop it for a while."""

    slug, label, button = "pause", _("Pause"), _("Pause")
    what = _("From then on the campaign decides nothing more, until it is resumed. What it gave stays.")
    done = gettext_lazy("“%(campaign)s” was paused.")
    service = services.pause_campaign


class ResumePage(ActPage):
    """Let it go on."""

    slug, label, button = "resume", _("Resume"), _("Resume")
    what = _(
        "From then on the campaign decides again, as it was published last. Changes of the draft are left aside."
    )
    done = gettext_lazy("“%(campaign)s” was resumed.")
    service = services.resume_campaign


class ArchivePage(ActPage):
    """End it for good."""

    slug, label, button = "archive", _("Archive"), _("Archive")
    form = NowForm
    what = _(
        "The campaign ends now and for good, and leaves the list. What it gave stays, and so does its history. It cannot be "
        "published again."
    )
    done = gettext_lazy("“%(campaign)s” was archived.")
    service = services.archive_campaign


ACTS = (PublishPage, PausePage, ResumePage, ArchivePage)
