"""The pages of the gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import services
from loyalty.admin.base import key_of
from loyalty.admin.campaign_editor.offer import Offer
from loyalty.admin.campaign_editor.settings_form import SettingsForm
from loyalty.admin.campaign_gallery.setup import CurrencyForm, ProgramForm, make_currency, make_program
from loyalty.admin.campaign_trial.drafts import Draft, Problem, describe_place
from loyalty.admin.campaign_trial.pages import page_media
from loyalty.conf import loyalty_settings
from loyalty.exceptions import CampaignInvalid, LoyaltyError
from loyalty.models import Campaign, Currency, Program
from loyalty.presets import Preset

if TYPE_CHECKING:
    from loyalty.admin.campaign_gallery.mixin import CampaignGallery

_MOST_MADE = 20


class Gallery:
    """One request to the gallery: by whom, and for which program."""

    def __init__(self, admin: CampaignGallery, request: HttpRequest) -> None:
        self.admin, self.request = admin, request
        self.programs = list(Program.objects.order_by("pk"))
        self.program = self._program()
        self.has_currency = Currency.objects.filter(program=self.program, spendable=True).exists()

    def choose(self) -> HttpResponse:
        """All presets as cards; on a new site first what is missing."""
        return self._show("choose.html", presets=services.list_presets(), **self._setup())

    def set_up(self) -> HttpResponse:
        """Make the program or the currency that is missing, or one more currency."""
        forms = self._setup(posted=True, always=True)
        program, currency = forms["program_form"], forms["currency_form"]
        asked = [form for form in (program, currency) if form is not None]
        valid = [form.is_valid() for form in asked]  # all of them, so that each shows its mistakes
        if self.request.method == "POST" and asked and all(valid):
            try:
                made = self._make(program, currency)
            except ValidationError as error:
                asked[0].add_error(None, error.messages)
            else:
                messages.success(self.request, _("“%(name)s” was created.") % {"name": made})
                slug = made.slug if isinstance(made, Program) else made.program.slug
                return HttpResponseRedirect(f"{self._address('gallery')}?program={slug}")
        return self._show("setup.html", title=_("Set up the program"), **forms)

    def _make(self, program: Any, currency: Any) -> Program | Currency:
        if self.program is None:
            return make_program(program, currency)
        return make_currency(self.program, currency)

    def fill(self, key: str) -> HttpResponse:
        """The figures of a preset as a form; filled in, they become drafts."""
        preset = next((one for one in services.list_presets() if one.key == key), None)
        if preset is None:
            raise Http404
        if self.program is None or not self.has_currency:
            return HttpResponseRedirect(self._address("gallery"))
        posted = self.request.POST if self.request.method == "POST" else None
        offer = Offer(self.program)
        stored = None if posted is not None else self._only_currency(offer)
        form = SettingsForm(preset.Params, prefix="preset", offer=offer, data=posted, stored=stored)
        problems: list[Problem] = []
        if posted is not None and form.is_valid:
            try:
                return self._made(self._fill(preset, form))
            except CampaignInvalid as error:
                problems = _note(error, form)
            except LoyaltyError as error:
                problems = [Problem("", str(error))]
        return self._show("fill.html", preset=preset, form=form, problems=problems)

    def made(self) -> HttpResponse:
        """The drafts that a preset made, each with its sentence."""
        keys = [key_of(text) for text in self.request.GET.get("made", "").split(",")[:_MOST_MADE]]
        found = self.admin.get_queryset(self.request).filter(pk__in=[key for key in keys if key is not None])
        drafts = [Draft.read(one) for one in found.select_related("program").order_by("pk")]
        return self._show("made.html", drafts=drafts)

    def _fill(self, preset: Preset, form: SettingsForm) -> list[Campaign]:
        made = services.fill_preset(preset=preset.key, program=self.program, params=form.values())
        for campaign in made:
            self.admin.log_addition(self.request, campaign, _("Filled by the preset “%s”.") % preset.label)
        return made

    def _made(self, campaigns: list[Campaign]) -> HttpResponse:
        count = len(campaigns)
        text = ngettext(
            "%(count)d draft was made. Nothing is published yet.",
            "%(count)d drafts were made. Nothing is published yet.",
            count,
        )
        messages.success(self.request, text % {"count": count})
        if count == 1:
            return HttpResponseRedirect(self._address("change", campaigns[0].pk))
        keys = ",".join(str(one.pk) for one in campaigns)
        return HttpResponseRedirect(f"{self._address('gallery_made')}?made={keys}")

    def _setup(self, *, posted: bool = False, always: bool = False) -> dict[str, Any]:
        """The forms for what is missing; with `always` at least that for a currency."""
        data = self.request.POST if posted and self.request.method == "POST" else None
        may_program = self.request.user.has_perm("loyalty.add_program")
        may_currency = self.request.user.has_perm("loyalty.add_currency")
        wants_program = self.program is None
        wants = wants_program or not self.has_currency or always
        may = may_currency and (may_program or not wants_program)
        return {
            "lacks": wants_program or not self.has_currency,
            "may_set_up": may,
            "program_form": ProgramForm(data, prefix="program") if wants_program and may else None,
            "currency_form": CurrencyForm(data, prefix="currency") if wants and may else None,
        }

    def _program(self) -> Program | None:
        """The one that was chosen, else the default, else the first."""
        slug = self.request.GET.get("program") or loyalty_settings.DEFAULT_PROGRAM
        named = next((one for one in self.programs if one.slug == slug), None)
        return named or (self.programs[0] if self.programs else None)

    def _only_currency(self, offer: Offer) -> dict[str, Any] | None:
        """The currency that is chosen beforehand: the first that can be spent."""
        rows = Currency.objects.filter(program=offer.program, spendable=True).order_by("pk")
        code = rows.values_list("code", flat=True).first()
        return None if code is None else {"currency": code}

    def _address(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin.admin_site.name}:loyalty_campaign_{name}", args=args)

    def _show(self, template: str, **context: Any) -> HttpResponse:
        whole = {
            **self.admin.admin_site.each_context(self.request),
            "opts": self.admin.opts,
            "title": _("Add a campaign"),
            "media": page_media,
            "program": self.program,
            "programs": self.programs if len(self.programs) > 1 else [],
            "may_add_currency": self.request.user.has_perm("loyalty.add_currency"),
            **context,
        }
        return render(self.request, f"admin/loyalty/campaign/gallery/{template}", whole)


def _note(error: CampaignInvalid, form: SettingsForm) -> list[Problem]:
    """Each mistake at its field; those of a draft that was made of the figures above all of them."""
    problems = []
    for one in error.details:
        if isinstance(one, dict):
            if one["path"] in form.views:
                form.note(one["path"], one["message"])
            else:
                problems.append(Problem(describe_place(one["path"].partition(".")[2]), one["message"]))
    return problems
