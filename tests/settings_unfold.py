"""Settings of a host whose admin has the theme django-unfold."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as BOTH_APPS

INSTALLED_APPS = ["unfold", *BOTH_APPS]
