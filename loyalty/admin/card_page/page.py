"""The card page: holder, balances, why each point came, the tree, and what staff may do, each on a page of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.admin.base import ModelAdmin, key_of
from loyalty.admin.card_page.actions import ACTIONS, CardAction
from loyalty.admin.card_page.forms import words_of
from loyalty.admin.card_page.reading import read_card, read_children
from loyalty.admin.card_page.registry import CardPanel, make_panels
from loyalty.exceptions import LoyaltyError
from loyalty.models import Card

page_media = Media(css={"all": ["loyalty/admin/card.css"]}, js=["loyalty/admin/card.js"])


class CardPages(ModelAdmin):
    """The page of one card in place of the form, its children page by page, and the acts of staff."""

    def get_urls(self) -> list[URLPattern]:
        own = [("children", self._children), *((action.slug, self._view_of(action)) for action in ACTIONS)]
        pages = [
            path(
                f"<int:pk>/{slug}/",
                self.admin_site.admin_view(self._for_card(view)),
                name=f"loyalty_card_{slug}",
            )
            for slug, view in own
        ]
        return [*pages, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page. There is nothing to save on it."""
        key = key_of(object_id)
        card = None if key is None else self._cards(request).filter(pk=key).first()
        if not self.has_view_permission(request, card) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        if card is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        with timezone.override(card.program.zone):
            return self._show(
                request,
                card,
                "page.html",
                title=_("Card %(card)s") % {"card": card.number or card},
                actions=[
                    {"label": one.label, "address": self._address(one.slug, card)}
                    for one in ACTIONS
                    if one.is_offered(card) and one.is_allowed(request)
                ],
                user_address=self._user_address(card, request),
                panels=[_rendered(panel, card, request) for panel in make_panels(card, request)],
                **read_card(card, request),
            )

    def _children(self, request: HttpRequest, card: Card) -> HttpResponse:
        """50 children: a part of a page for the script, a whole page without it."""
        if not self.has_view_permission(request, card):
            raise PermissionDenied
        children = read_children(card, before=key_of(request.GET.get("before")))
        if "part" in request.GET:
            return render(
                request, "admin/loyalty/card/children.html", {"children": children, "original": card}
            )
        title = _("Child cards of %(card)s") % {"card": card.number or card}
        return self._show(request, card, "children_page.html", title=title, children=children)

    def _view_of(self, action: CardAction) -> Callable[[HttpRequest, Card], HttpResponse]:
        def view(request: HttpRequest, card: Card) -> HttpResponse:
            if not self.has_view_permission(request, card) or not action.is_allowed(request):
                raise PermissionDenied
            return self._act(request, card, action)

        return view

    def _act(self, request: HttpRequest, card: Card, action: CardAction) -> HttpResponse:
        """The form; sent in, do it, say what was done and lead back to the card."""
        back = self._address("change", card)
        if not action.is_offered(card):
            messages.error(request, _("The state of this card does not allow this."))
            return HttpResponseRedirect(back)
        form = action.form(request.POST if request.method == "POST" else None, card=card)
        if form.is_valid():
            try:
                told = action.act(card, form.cleaned_data, request.user)
            except LoyaltyError as error:
                form.add_error(None, words_of(error))
            else:
                messages.success(request, told)
                return HttpResponseRedirect(back)
        title = str(action.title) % {"card": card.number or card}
        return self._show(request, card, "act.html", title=title, action=action, form=form)

    def _address(self, page: str, card: Card) -> str:
        return reverse(f"{self.admin_site.name}:loyalty_card_{page}", args=[card.pk])

    def _user_address(self, card: Card, request: HttpRequest) -> str:
        """The holder's own page, where the host has one and whoever looks may open it."""
        user = card.user
        registered = None if user is None else self.admin_site._registry.get(type(user))
        if user is None or registered is None or not registered.has_view_permission(request, user):
            return ""
        name = f"{user._meta.app_label}_{user._meta.model_name}_change"
        return reverse(f"{self.admin_site.name}:{name}", args=[user.pk])

    def _for_card(self, view: Callable[[HttpRequest, Card], HttpResponse]) -> Callable[..., HttpResponse]:
        def found(request: HttpRequest, pk: int) -> HttpResponse:
            card = self._cards(request).filter(pk=pk).first()
            if card is None:
                raise Http404
            with timezone.override(card.program.zone):
                return view(request, card)

        return found

    def _cards(self, request: HttpRequest) -> Any:
        cards = self.get_queryset(request).select_related("program", "user", "parent", "merged_into")
        return cards.prefetch_related("numbers", "parent__numbers", "merged_into__numbers")

    def _show(self, request: HttpRequest, card: Card, template: str, **context: Any) -> HttpResponse:
        whole = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": card,
            "number": card.number or str(card),
            "media": self.media + page_media,
            **context,
        }
        return render(request, f"admin/loyalty/card/{template}", whole)


def _rendered(panel: CardPanel, card: Card, request: HttpRequest) -> dict[str, Any]:
    """A section of an app, rendered apart so that its names do not meet those of the page."""
    content = render_to_string(panel.template, {"card": card, **panel.context}, request)
    return {"title": panel.title, "content": content}
