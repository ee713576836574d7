"""How a friend was attributed to who brought them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Method(TextChoices):
    """What tied the friend to the referrer."""

    LINK = "link", _("link")
    CODE = "code", _("code typed in")
    COOKIE = "cookie", _("cookie of a visit")
    STAFF = "staff", _("staff")
    IMPORT = "import", _("import")


# Ours to say, not the member's: these are believed after the first purchase too.
TRUSTED = frozenset({Method.STAFF, Method.IMPORT})
