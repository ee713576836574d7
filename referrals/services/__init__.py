"""The only code that writes: what a host calls. Every name here is public API."""

from referrals.services.links import find_link, get_link
from referrals.services.registering import register_via_link

__all__ = ["find_link", "get_link", "register_via_link"]
