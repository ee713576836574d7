"""The campaign editor: a draft as a page of forms, drawn from what is registered; nobody types JSON."""

from loyalty.admin.campaign_editor.mixin import CampaignEditor

__all__ = ["CampaignEditor"]
