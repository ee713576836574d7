"""Whom a member brought, and how far each has come."""

from __future__ import annotations

from dataclasses import asdict

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.member.base import MemberCardView
from loyalty.api.operations import Operation
from loyalty.api.pagination import Page, PageQuery, page_of
from loyalty.api.serializers import Instant, StrictSerializer
from referrals.selectors import friends_progress


class FriendAnswer(StrictSerializer):
    """A friend: a masked name and stages with their dates, nothing else of theirs."""

    id = serializers.IntegerField()
    name = serializers.CharField(help_text=_("Masked: the first letter at most."))
    stage = serializers.ChoiceField(
        choices=[
            ("registered", _("registered")),
            ("qualified", _("bought something that counts")),
            ("pending", _("the reward waits for its day")),
            ("rewarded", _("the reward can be spent")),
            ("reversed", _("the reward was taken back")),
        ]
    )
    registered_at = Instant()
    qualified_at = Instant(allow_null=True)
    pending_at = Instant(allow_null=True)
    rewarded_at = Instant(allow_null=True)
    reversed_at = Instant(allow_null=True)


class MyFriends(MemberCardView):
    """Friends, the latest first."""

    operations = {
        "get": Operation(
            name="list_my_friends",
            summary=_("My friends, and how far each has come"),
            query=PageQuery,
            answers={200: page_of(FriendAnswer)},
        )
    }

    def get(self, request: Request, card: int) -> Response:
        query = self.read_query()
        page = friends_progress(self.card, before=query.get("cursor"), limit=query["limit"])
        return self.answer(Page([asdict(one) | {"id": one.pk} for one in page.friends], page.older))
