"""Who can sign in to the demonstration, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group


@dataclass(frozen=True, slots=True)
class Login:
    """A user, the groups they are in, and what they are for."""

    name: str
    first_name: str
    does: str
    groups: tuple[str, ...] = ()
    is_staff: bool = False
    is_superuser: bool = False


STAFF = (
    Login("admin", "", "everything in the admin", is_staff=True, is_superuser=True),
    Login("marketer", "Mira", "campaigns and the dashboard", ("Loyalty marketer",), is_staff=True),
    Login("support", "Sam", "cards, and why a point came", ("Loyalty support",), is_staff=True),
    Login("accountant", "Ada", "what is owed to members", ("Loyalty accountant",), is_staff=True),
    Login("auditor", "Otto", "everything, to read", ("Loyalty auditor",), is_staff=True),
    Login("till", "", "the API of tills and shops", ("Loyalty till",)),
)
MEMBERS = (
    Login("anna", "Anna", "a member who has sent her link to friends"),
    Login("boris", "Boris", "a friend of Anna's who bought a month ago"),
    Login("clara", "Clara", "a friend who bought some days ago: Anna's points are pending"),
    Login("david", "David", "a friend who has only joined"),
    Login("eva", "Eva", "a friend who returned everything: Anna's points were taken back"),
)


def create_users(*, with_passwords: bool) -> dict[str, Any]:
    """All of them, by name; the groups are there already.

    The password is the name itself; without passwords nobody can sign in yet.
    """
    users = get_user_model()
    groups = {group.name: group for group in Group.objects.all()}
    made = {}
    for login in (*STAFF, *MEMBERS):
        user = users._default_manager.create(
            username=login.name,
            first_name=login.first_name,
            email=f"{login.name}@example.com",
            password=make_password(login.name if with_passwords else None),
            is_staff=login.is_staff,
            is_superuser=login.is_superuser,
        )
        user.groups.set(groups[name] for name in login.groups)
        made[login.name] = user
    return made
