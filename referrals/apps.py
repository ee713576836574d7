"""The app `referrals` as Django knows it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReferralsConfig(AppConfig):
    """Labelled `loyalty_referrals`, since hosts and other packages have an app called `referrals` already."""

    name = "referrals"
    label = "loyalty_referrals"
    verbose_name = _("Referrals")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Run by Django once, when the models of every app are loaded; `loyalty` finds our rules."""
        from referrals import checks, receivers, signals  # noqa: F401
