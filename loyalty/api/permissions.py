"""Who may call what. Every view states one of these; one that states nothing lets nobody in."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Nobody(BasePermission):
    """What a view has that forgot to say."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class IsMember(BasePermission):
    """Anybody who is signed in; which cards are theirs is for the view to look up."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user.is_authenticated


class HasPermissions(BasePermission):
    """Base of what `permitted` makes."""

    names: ClassVar[tuple[str, ...]] = ()

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        return bool(user.is_authenticated and user.has_perms(self.names))


def permitted(*names: str) -> type[HasPermissions]:
    """A permission class: all of these permissions of Django's, such as "loyalty.use_till"."""
    return type("Permitted", (HasPermissions,), {"names": names, "__doc__": f"Has {', '.join(names)}."})
