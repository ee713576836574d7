"""The purchase of django-referral-system, in a process of its own: its app is named as ours, and wants other versions.

Run by `tests.benchmarks.against_peer` with the Python of an environment in which it is installed. Reads how many
purchases to make from its input, answers with the seconds they took; each is the first of a referred user.
"""

from __future__ import annotations

import os
import sys
import time


def main(database: dict[str, str]) -> None:
    """Make the tables, then purchases as they are asked for."""
    import django
    from django.conf import settings

    os.environ.setdefault("BASE_REFERRAL_LINK", "https://shop.example/")
    os.environ.setdefault("BASE_EMAIL", "shop@example.com")
    settings.configure(
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "referrals"],
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **database}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="peer",
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User

    from referrals.models import Promoter, Referral, ReferralProgram
    from referrals.services.referral_service import referral_service

    ReferralProgram.objects.create(name="peer", commission_rate=10)
    referrer = Promoter.objects.create(user=User.objects.create(username="referrer"), referral_token="T")
    print("ready", flush=True)
    made = 0
    for line in sys.stdin:
        names = [f"friend-{made + n}" for n in range(int(line))]
        made += len(names)
        friends = User.objects.bulk_create(User(username=name, email=f"{name}@example.com") for name in names)
        for friend in friends:
            Referral.objects.create(user=friend, promoter=referrer, invitation_method="link", status="signup")
        started = time.perf_counter()
        for number, friend in enumerate(friends):
            commission = referral_service.handle_purchase_subscription(friend, 10_000, f"{made}-{number}")
            assert commission is not None
        print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    keys = ("HOST", "PORT", "USER", "PASSWORD", "NAME")
    main({key: os.environ.get(f"PEER_{key}", "") for key in keys})
