"""The pages of one campaign beside its editor, for `CampaignAdmin` to inherit."""

from __future__ import annotations

from loyalty.admin.base import ModelAdmin


class CampaignTrials(ModelAdmin):
    """Adds the pages that try a campaign out and the buttons that publish, pause, resume and archive it."""
