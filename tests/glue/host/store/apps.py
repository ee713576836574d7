"""The host's shop."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Listens to what happens."""

    name = "store"

    def ready(self) -> None:
        from store import receivers  # noqa: F401
