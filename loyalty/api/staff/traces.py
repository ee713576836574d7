"""How a decision is told to staff: each campaign looked at, each question with its answer, and what came of it."""

from __future__ import annotations

from rest_framework import serializers

from loyalty.api.serializers import StrictSerializer


class QuestionAnswer(StrictSerializer):
    """One question of a campaign and its answer; any `group` that holds as a whole is enough."""

    group = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    result = serializers.ChoiceField(choices=["pass", "fail", "not_applicable", "error"])
    expected = serializers.CharField()
    actual = serializers.CharField()
    sentence = serializers.CharField()


class LookedAtAnswer(StrictSerializer):
    """One campaign that was looked at, and whether it applied."""

    key = serializers.CharField()
    name = serializers.CharField()
    applied = serializers.BooleanField()
    code = serializers.CharField()
    sentence = serializers.CharField()
    checklist = QuestionAnswer(many=True)
