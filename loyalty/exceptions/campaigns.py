"""Refusals about campaigns, presets and segments."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions.base import LoyaltyError


class PresetNotFound(LoyaltyError):
    code = "preset_not_found"
    message = _("There is no preset “%(preset)s”. Choose one of those that are listed.")


class CampaignInvalid(LoyaltyError):
    """`details` is a list of {"path", "code", "message"}, one for each mistake."""

    code = "campaign_invalid"
    message = _("The campaign is not valid. Correct the mistakes listed in the details.")


class CampaignFileInvalid(LoyaltyError):
    """Params: `path` (place inside the file) and `line` (from 1)."""

    code = "campaign_file_invalid"
    message = _("The campaign file is not valid at %(path)s, line %(line)s. Correct it and import it again.")


class CampaignStateInvalid(LoyaltyError):
    code = "campaign_state_invalid"
    message = _("The campaign's state does not allow this. Load it again and check its status.")


class SegmentInvalid(LoyaltyError):
    """`details` is a list of {"path", "code", "message"}, one for each mistake."""

    code = "segment_invalid"
    message = _("The segment is not valid. Correct the mistakes listed in the details.")


class SegmentArchived(LoyaltyError):
    """Param: `key`."""

    code = "segment_archived"
    message = _("The segment “%(key)s” is archived. Make a new one under another key.")


class SegmentInUse(LoyaltyError):
    """Param: `campaigns`, the keys of the campaigns that name it."""

    code = "segment_in_use"
    message = _("Campaigns ask for this segment: %(campaigns)s. Archive or change them first.")


class SegmentNotListed(LoyaltyError):
    """Param: `key`."""

    code = "segment_not_listed"
    message = _("The segment “%(key)s” has conditions and no list. Save it as a list first.")
