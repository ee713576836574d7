"""The pages of the editor, for `CampaignAdmin` to inherit: one to add, one to change or to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from loyalty import services
from loyalty.admin.base import ModelAdmin
from loyalty.admin.campaign_editor.editing import Editing
from loyalty.admin.campaign_editor.reading import readable_parts
from loyalty.exceptions import LoyaltyError
from loyalty.models import (
    Campaign,
    CampaignAction,
    CampaignCondition,
    CampaignLimit,
    CampaignRevision,
    Program,
)
from loyalty.selectors import get_campaign_state
from loyalty.services.campaigns import campaigns_locked
from loyalty.services.drafts import draft_differs

_PARTS = (CampaignCondition, CampaignAction, CampaignLimit)


class CampaignEditor(ModelAdmin):
    """Drafts are written by whoever may add or change campaigns, and read by whoever may see them."""

    change_form_template = "admin/loyalty/campaign/change_form.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return ModelAdmin.has_change_permission(self, request, obj) and not (obj and obj.archived_at)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = ModelAdmin.has_delete_permission(self, request, obj)
        return may and (obj is None or not obj.publications.exists())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The parts of a draft go with it: nobody needs permissions for each of them."""
        deleted, counts, needed, protected = super().get_deleted_objects(objs, request)
        own = {str(model._meta.verbose_name) for model in _PARTS}
        return deleted, counts, {name for name in needed if str(name) not in own}, protected

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.delete_draft(campaign=obj)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A campaign from nothing."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        programs = list(Program.objects.order_by("slug")[:100])
        wanted = request.POST.get("program") or request.GET.get("program")
        program = next((one for one in programs if one.slug == wanted), programs[0] if programs else None)
        if program is None:
            self.message_user(
                request, _("Create a program first: campaigns belong to one."), messages.WARNING
            )
            return HttpResponseRedirect(self._address("gallery"))
        editing = Editing(request, program=program)
        return self._edit(request, editing, {**(extra_context or {}), "programs": programs})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A campaign that is there; to look at only, for those who may not change it and when it is archived."""
        campaign = self.get_object(request, object_id)
        if campaign is None:
            self.message_user(request, _("This campaign is not there any more."), messages.WARNING)
            return HttpResponseRedirect(self._address("changelist"))
        if not self.has_view_or_change_permission(request, campaign):
            raise PermissionDenied
        if not self.has_change_permission(request, campaign):
            if request.method == "POST":
                raise PermissionDenied
            return self._show(request, campaign, extra_context or {})
        if "_save" not in request.POST:
            return self._edit_one(request, campaign, extra_context)
        # Nobody else saves between the look at what is stored and this save.
        with campaigns_locked(campaign.program):
            campaign.refresh_from_db()
            return self._edit_one(request, campaign, extra_context)

    def _edit_one(
        self, request: HttpRequest, campaign: Campaign, extra: dict[str, Any] | None
    ) -> HttpResponse:
        return self._edit(request, Editing(request, program=campaign.program, campaign=campaign), extra or {})

    def _edit(self, request: HttpRequest, editing: Editing, extra: dict[str, Any]) -> HttpResponse:
        if editing.wants_to_save and editing.is_ready:
            try:
                saved = editing.save()
            except LoyaltyError as error:
                editing.page.problems.append(str(error))
            else:
                if saved is not None:
                    return self._saved(request, saved, is_new=editing.campaign is None)
        editing.finish()
        title = _("Add campaign") if editing.campaign is None else _("Change campaign")
        context = {"editor": editing.page, "editing": editing, "title": title, **extra}
        return self._render(request, editing.campaign, context)

    def _address(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:loyalty_campaign_{name}", args=args)

    def _saved(self, request: HttpRequest, campaign: Campaign, *, is_new: bool) -> HttpResponse:
        if is_new:
            self.log_addition(request, campaign, [{"added": {}}])
        else:
            self.log_change(request, campaign, [{"changed": {"fields": [_("draft")]}}])
        text = _("The draft of “%(campaign)s” is saved. What is published has not changed.")
        if get_campaign_state(campaign).revision_id is None:
            text = _("The draft of “%(campaign)s” is saved. Nothing is published yet.")
        self.message_user(request, text % {"campaign": campaign}, messages.SUCCESS)
        return HttpResponseRedirect(self._address("change", campaign.pk))

    def _show(self, request: HttpRequest, campaign: Campaign, extra: dict[str, Any]) -> HttpResponse:
        context = {"parts": readable_parts(campaign), "title": _("View campaign"), **extra}
        return self._render(request, campaign, context)

    def _render(
        self, request: HttpRequest, campaign: Campaign | None, context: dict[str, Any]
    ) -> HttpResponse:
        opts = self.opts
        state = get_campaign_state(campaign) if campaign else None
        whole = {
            **self.admin_site.each_context(request),
            "opts": opts,
            "original": campaign,
            "object_id": campaign.pk if campaign else None,
            "subtitle": str(campaign) if campaign else None,
            "state": state,
            "differs": campaign is not None and state is not None and _differs(campaign, state.revision_id),
            "is_popup": IS_POPUP_VAR in request.GET,
            "has_view_permission": self.has_view_permission(request, campaign),
            "has_change_permission": self.has_change_permission(request, campaign),
            "has_delete_permission": campaign is not None and self.has_delete_permission(request, campaign),
            **context,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.change_form_template, whole)


def _differs(campaign: Campaign, revision_id: int | None) -> bool:
    """Whether the draft says something else than what was published last."""
    revision = CampaignRevision.objects.filter(pk=revision_id).first() if revision_id else None
    return revision is not None and draft_differs(campaign, revision)
