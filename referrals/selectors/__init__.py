"""Reads: the friends of a card, how far each has come, and who brings most."""

from referrals.selectors.friends import friends_of, get_referral, top_referrers

__all__ = ["friends_of", "get_referral", "top_referrers"]
