"""Where a campaign begins: the presets to choose from, their figures as a form, and what a new site lacks for them."""

from loyalty.admin.campaign_gallery.mixin import CampaignGallery

__all__ = ["CampaignGallery"]
