"""The app `loyalty` as Django knows it."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    """Loads what registers itself: signal receivers, system checks and every app's `loyalty_rules` module."""

    name = "loyalty"
    label = "loyalty"
    verbose_name = _("Loyalty")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Run by Django once, when the models of every app are loaded."""
        from loyalty import checks, db_triggers, receivers  # noqa: F401

        autodiscover_modules("loyalty_rules")
        # After every migration, because SQLite drops the triggers of a table whenever it remakes the table.
        post_migrate.connect(db_triggers.install, sender=self, dispatch_uid="loyalty.db_triggers.install")
