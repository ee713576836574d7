"""A small shop that uses `loyalty` and `referrals` as any host would."""

from example_project.celery import app as celery_app

__all__ = ["celery_app"]
