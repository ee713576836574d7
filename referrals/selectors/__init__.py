"""Reads: the friends of a card, how far each has come, and who brings most."""

from referrals.selectors.addresses import current_visit, link_address
from referrals.selectors.friends import friends_of, get_referral, top_referrers
from referrals.selectors.progress import FriendProgress, FriendsProgress, friends_progress, mask_name

__all__ = [
    "FriendProgress",
    "FriendsProgress",
    "current_visit",
    "friends_of",
    "friends_progress",
    "get_referral",
    "link_address",
    "mask_name",
    "top_referrers",
]
