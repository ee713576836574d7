"""Whether a visitor agreed to the cookie that keeps a visit."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

from referrals.conf import referrals_settings

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger("referrals.visits")

_NO = frozenset({"", "0", "no", "false", "off", "none", "denied", "declined", "rejected"})


def has_consent(request: HttpRequest) -> bool:
    """What REFERRALS["CONSENT"] says of this visitor; yes where nobody is asked, no where it fails."""
    asked = referrals_settings.CONSENT
    if asked is None:
        return True
    if "." not in asked:
        return request.COOKIES.get(asked, "").strip().lower() not in _NO
    try:
        return bool(import_string(asked)(request))
    except Exception:
        logger.exception("The function of the consent failed; the visit is not kept.")
        return False
