"""One file per noun; import models from here."""

from referrals.models.link import ReferralLink
from referrals.models.referral import Referral
from referrals.models.stats import ReferrerStats
from referrals.models.visit import Visit

__all__ = ["Referral", "ReferralLink", "ReferrerStats", "Visit"]
