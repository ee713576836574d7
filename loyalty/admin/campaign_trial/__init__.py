"""What a marketer does between writing a campaign and letting it run: try it out, publish it, stop it."""

from loyalty.admin.campaign_trial.mixin import CampaignTrials

__all__ = ["CampaignTrials"]
