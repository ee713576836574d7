"""Settings of a host shaped otherwise: `loyalty` without `referrals`, and a user model of its own.

`pytest --ds tests.settings_loyalty_only tests/loyalty`
"""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as BOTH_APPS

WITH_REFERRALS = {"referrals", "example_project", "example_project.shop"}
INSTALLED_APPS = [*(app for app in BOTH_APPS if app not in WITH_REFERRALS), "tests.otherhost"]
AUTH_USER_MODEL = "otherhost.Member"
