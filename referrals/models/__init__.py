"""One file per noun; import models from here."""

from referrals.models.link import ReferralLink
from referrals.models.referral import Referral
from referrals.models.stats import ReferrerStats

__all__ = ["Referral", "ReferralLink", "ReferrerStats"]
