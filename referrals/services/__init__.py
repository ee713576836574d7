"""The only code that writes: what a host calls. Every name here is public API."""

from referrals.services.attributing import (
    Attribution,
    attribute,
    enter_code,
    explain_attribution,
    register_member,
)
from referrals.services.links import find_link, get_link
from referrals.services.mangled import FoundLink, find_mangled_link
from referrals.services.registering import register_via_link
from referrals.services.resolvers import Clue, SignUp, register_resolver
from referrals.services.visits import Visited, counting_visit, record_visit

__all__ = [
    "Attribution",
    "Clue",
    "FoundLink",
    "SignUp",
    "Visited",
    "attribute",
    "counting_visit",
    "enter_code",
    "explain_attribution",
    "find_link",
    "find_mangled_link",
    "get_link",
    "record_visit",
    "register_member",
    "register_resolver",
    "register_via_link",
]
